import {
  ACCUSE,
  type Accusation,
  ALIVE,
  CERTIFICATES,
  NO_DIGEST,
  PROBE,
  registrationDigest,
  signLeave,
  signProofOfLife,
} from "@p2p/consensus";
import { LEAVE, POLL, REGISTER, REGISTER_ANSWER, REPORT, STATUS } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { type Connection, joinAddress, Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";
import { certificateBy, Hostile, listing, settled } from "./attack-hostile.ts";

const id32 = new Uint8Array(32);

describe("a member whose every neighbour lies", () => {
  test("is removed once it is dead, whatever they say and whoever keeps still", () => {
    for (let seed = 1; seed <= 3; seed++) {
      const network = settled({ seed, peers: 6 });
      const [victim, ...others] = network.peerHosts as [Host, ...Host[]];
      for (const host of others) network.peer(host).seeds.send = () => undefined;
      victim.vanish();
      network.world.run(60_000);
      expect(network.books.removalsOf(victim, 0).seeds, `world ${seed}`).toBe(3);
    }
  });

  test("stays while twenty members that made themselves its neighbours accuse it", () => {
    const network = settled({ seed: 3, peers: 5 });
    const [victim] = network.peerHosts as [Host];
    const { address, incarnation, peer: id } = listing(network, victim.signer.id);
    const stuffers = Array.from({ length: 20 }, (_, index) => {
      const host = network.world.host(`stuffer ${index}`);
      const hostile = host.boot(() => new Hostile(network, host));
      network.world.run(1);
      hostile.join();
      hostile.dial(address, { expect: id });
      return hostile;
    });
    for (let round = 0; round < 10; round++) {
      const accusations = stuffers.map((one) => one.accusation(id, incarnation));
      for (const [index, one] of stuffers.entries()) {
        for (const seed of one.lobby.seeds)
          seed.send(ACCUSE.encode({ accusation: accusations[index] as Accusation, nonce: id32 }));
        for (const seed of one.lobby.seeds)
          seed.send(REPORT.encode({ report: { victim: id, incarnation, accusations } }));
      }
      network.world.run(3000);
    }
    expect(network.books.removals).toEqual([]);
  });
});

describe("a dead member", () => {
  test("is not kept by proofs of life that it gave while it lived", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const network = settled({ seed, peers: 6 });
      const [victim] = network.peerHosts as [Host];
      const { address, peer: id } = listing(network, victim.signer.id);
      const host = network.world.host("keeper");
      const keeper = host.boot(() => new Hostile(network, host));
      network.world.run(1);
      keeper.join();
      // Everything it could be made to sign: over its own nonces, and over whatever nonces can be had in advance.
      const probe = keeper.dial(address, { purpose: "probe", expect: id }) as Connection;
      for (let count = 0; count < 50; count++) {
        probe.send(PROBE.encode({ peer: id, nonces: [host.random.bytes(32)] }));
      }
      network.world.run(1000);
      const proofs = keeper.of(Kind.alive);
      expect(proofs.length).toBeGreaterThan(40);
      victim.vanish();
      const at = network.world.now;
      const relays = [...keeper.lobby.seeds];
      while (network.world.now < at + 60_000 && network.books.removalsOf(victim, at).seeds < 3) {
        for (const seed of relays) for (const proof of proofs.slice(0, 10)) seed.send(proof);
        network.world.run(500);
      }
      expect(network.books.removalsOf(victim, at), `world ${seed}`).toMatchObject({ seeds: 3 });
      expect(network.books.removalsOf(victim, at).latestMs).toBeLessThan(30_000);
    }
  });

  test("does not come back by its old registration, its old certificate, or both", () => {
    const network = settled({ seed: 2, peers: 6 });
    const [victim] = network.peerHosts as [Host];
    const { certificate, peer: id } = listing(network, victim.signer.id);
    victim.crash();
    expect(network.world.runUntil(() => network.books.removals.length === 3, 60_000)).toBe(true);
    const host = network.world.host("necromancer");
    const outsider = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    const thief = network.world.host("thief");
    const replayer = thief.boot(() => new Hostile(network, thief, { signer: victim.signer }));
    network.world.run(1);
    for (const one of [outsider, replayer]) {
      for (const seed of one.dialSeeds()) {
        seed.send(CERTIFICATES.encode({ certificates: [certificate] }));
        const { registration } = certificate;
        if (registration !== undefined) seed.send(REGISTER.encode({ registration }));
      }
    }
    network.world.run(10_000);
    expect(network.liveSeeds.map(({ ledger }) => ledger.isMember(id))).toEqual([false, false, false]);
    expect(network.live.map((peer) => network.peer(peer).seeds.ledger.isMember(id))).not.toContain(true);
  });

  test("that a newcomer is told of by its old certificate is off that list again in some minutes", () => {
    const network = settled({ seed: 4, peers: 6 });
    const [victim] = network.peerHosts as [Host];
    const { certificate, peer: id } = listing(network, victim.signer.id);
    victim.crash();
    expect(network.world.runUntil(() => network.books.removals.length === 3, 60_000)).toBe(true);
    const host = network.world.host("necromancer");
    const liar = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    liar.join();
    const newcomer = network.addPeer();
    expect(network.world.runUntil(() => network.peer(newcomer).seeds.isMember, 10_000)).toBe(true);
    network.world.run(1000);
    liar
      .dial(newcomer.address, { expect: newcomer.signer.id })
      ?.send(CERTIFICATES.encode({ certificates: [certificate] }));
    network.world.run(1000);
    const others = network.live.filter((peer) => peer !== newcomer);
    expect(others.map((peer) => network.peer(peer).seeds.ledger.isMember(id))).not.toContain(true);
    network.world.run(300_000);
    expect(network.peer(newcomer).seeds.ledger.isMember(id)).toBe(false);
  });
});

describe("certificates that prove nothing", () => {
  test("change no list, whoever brings them", () => {
    const network = settled({ seed: 1, peers: 6, seeds: 4, faulty: 1 });
    const [victim] = network.peerHosts as [Host];
    const { incarnation, peer: id, certificate: add } = listing(network, victim.signer.id);
    const host = network.world.host("forger");
    const forger = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    forger.join();
    const [one, two, three] = network.seedHosts.map(({ signer }) => signer) as [
      typeof host.signer,
      typeof host.signer,
      typeof host.signer,
    ];
    const strangers = [1, 2, 3, 4].map((number) => network.world.host(`stranger ${number}`).signer);
    const now = Math.max(...network.liveSeeds.map(({ tick }) => tick));
    const remove = { kind: "remove" as const, peer: id, incarnation, digest: NO_DIGEST };
    const good = certificateBy(network, remove, [one, two, three], now);
    const moved = forger.registration(incarnation + 1, host.address, {
      id,
      sign: (bytes) => forger.signer.sign(bytes),
    });
    const digest = registrationDigest(moved, network.configuration.networkId);
    const addition = { kind: "add" as const, peer: id, incarnation: incarnation + 1, digest };
    const leave = { peer: id, incarnation, signature: new Uint8Array(64) };
    const spread = good.votes.map(
      (vote, at) => certificateBy(network, remove, [[one, two, three][at] ?? one], now + at).votes[0] ?? vote,
    );
    const forged = [
      certificateBy(network, remove, [one, two], now), // fewer than a quorum
      certificateBy(network, remove, [one, one, one], now),
      certificateBy(network, remove, [one, two, forger.signer], now),
      certificateBy(network, remove, strangers, now),
      { ...good, votes: good.votes.map((vote) => ({ ...vote, signature: new Uint8Array(64) })) },
      { ...good, votes: good.votes.map((vote) => ({ ...vote, cfg: new Uint8Array(32) })) },
      { ...good, votes: good.votes.map((vote) => ({ ...vote, seed: one.id })) },
      { ...good, fact: { ...remove, incarnation: incarnation + 1 } },
      { fact: remove, votes: spread }, // no window holds a quorum
      { fact: remove, votes: spread, leave },
      { fact: remove, votes: add.votes },
      certificateBy(network, addition, [one, two, three], now, { registration: moved }), // not signed by its peer
      certificateBy(network, { ...addition, incarnation }, [one, two, three], now, { registration: moved }),
      { ...add, registration: { ...(add.registration as typeof moved), address: host.address } },
    ];
    const peers = network.live.flatMap((peer) => forger.dial(peer.address, { expect: peer.signer.id }) ?? []);
    expect(peers.length).toBeGreaterThan(2);
    const seedLinks = [...forger.lobby.seeds];
    const events: string[] = [];
    for (const seed of network.liveSeeds) {
      seed.on("removed", () => events.push("removed"));
      seed.on("added", () => events.push("added"));
    }
    for (const certificate of forged) {
      for (const link of [...seedLinks, ...peers])
        link.send(CERTIFICATES.encode({ certificates: [certificate] }));
      network.world.run(200);
      for (const peer of network.live) {
        if (!forger.lobby.links.has(peer.signer.id)) forger.dial(peer.address, { expect: peer.signer.id });
      }
    }
    network.world.run(5000);
    expect(events).toEqual([]);
    for (const peer of network.live)
      expect(network.peer(peer).seeds.ledger.isMember(id, incarnation)).toBe(true);
  });
});

function outsider(seed: number): { network: Network; host: Host; hostile: Hostile } {
  const network = settled({ seed, peers: 4 });
  const host = network.world.host("outsider");
  const hostile = host.boot(() => new Hostile(network, host));
  network.world.run(1);
  return { network, host, hostile };
}

describe("a registration", () => {
  test("of somebody else's key is refused, though its signature is right", () => {
    const { network, host, hostile } = outsider(1);
    const [victim] = network.peerHosts as [Host];
    const { incarnation } = listing(network, victim.signer.id);
    const stolen = hostile.registration(incarnation + 1, host.address, victim.signer);
    for (const seed of hostile.dialSeeds()) seed.send(REGISTER.encode({ registration: stolen }));
    network.world.run(5000);
    expect(hostile.of(Kind.registerAnswer).map((frame) => REGISTER_ANSWER.decode(frame))).toMatchObject(
      [1, 2, 3].map(() => ({ outcome: "rejected", code: "signature" })),
    );
    expect(listing(network, victim.signer.id).incarnation).toBe(incarnation);
  });

  test("with two addresses for one life lists one of them everywhere, or none", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { network, host, hostile } = outsider(seed);
      const twin = network.world.host("twin", { address: joinAddress(host.ip, 7001) });
      const second = twin.boot(() => new Hostile(network, twin, { signer: hostile.signer, incarnation: 5 }));
      network.world.run(1);
      hostile.incarnation = 5;
      const [at, elsewhere] = [hostile.registration(5), hostile.registration(5, twin.address)];
      for (const [index, link] of hostile.dialSeeds().entries()) {
        link.send(REGISTER.encode({ registration: index % 2 === 0 ? at : elsewhere }));
        link.send(REGISTER.encode({ registration: index % 2 === 0 ? elsewhere : at }));
      }
      network.world.run(20_000);
      expect(second.id).toBe(hostile.id);
      expect(network.listsAreEqual).toBe(true);
      const places = network.liveSeeds.map(({ ledger }) => ledger.addressOf(hostile.id));
      expect(new Set(places).size).toBe(1);
      expect([host.address, twin.address, undefined]).toContain(places[0]);
    }
  });

  test("with an incarnation out of reach is refused, and burns no numbers", () => {
    const { network, hostile } = outsider(3);
    const links = hostile.dialSeeds();
    for (const incarnation of [2 ** 40, 2 ** 52 - 1, 2 ** 45]) {
      hostile.incarnation = incarnation;
      const frame = REGISTER.encode({ registration: hostile.registration(incarnation) });
      for (const link of links) link.send(frame);
      network.world.run(2000);
    }
    // Beyond what a rank can hold it is not even read, and whoever says so is barred.
    const beyond = REGISTER.encode({
      registration: { ...hostile.registration(1), incarnation: 2 ** 53 - 1 },
    });
    links[0]?.send(beyond);
    network.world.run(2000);
    expect(network.liveSeeds.filter(({ lobby }) => lobby.barOf(hostile.id) !== undefined)).toHaveLength(1);
    network.world.run(600_000);
    const answers = hostile.of(Kind.registerAnswer).map((frame) => REGISTER_ANSWER.decode(frame));
    expect(answers.every((answer) => "code" in answer && answer.code === "implausible")).toBe(true);
    expect(network.liveSeeds.map(({ ledger }) => ledger.isMember(hostile.id))).toEqual([false, false, false]);
    hostile.join();
    expect(network.liveSeeds.map(({ ledger }) => ledger.isMember(hostile.id))).toEqual([true, true, true]);
  });

  test("at an address where somebody else answers is refused", () => {
    const { network, hostile } = outsider(4);
    const [victim] = network.peerHosts as [Host];
    hostile.incarnation = 7;
    const registration = hostile.registration(7, victim.address);
    for (const seed of hostile.dialSeeds()) seed.send(REGISTER.encode({ registration }));
    network.world.run(10_000);
    expect(network.liveSeeds.map(({ ledger }) => ledger.isMember(hostile.id))).toEqual([false, false, false]);
    expect(network.isSettled).toBe(true);
  });

  test("of a past life does not undo a later one; a leave of a past life does not end it", () => {
    const { network, hostile } = outsider(5);
    hostile.join(100);
    const leave = signLeave(
      { peer: hostile.id, incarnation: 100 },
      network.configuration.networkId,
      hostile.signer,
    );
    const old = hostile.registration(100);
    hostile.join(200);
    network.world.run(1000);
    const held = listing(network, hostile.id).incarnation;
    for (const seed of hostile.lobby.seeds) {
      seed.send(LEAVE.encode({ leave }));
      seed.send(REGISTER.encode({ registration: old }));
      seed.send(REGISTER.encode({ registration: hostile.registration(150) }));
    }
    network.world.run(5000);
    expect(held).toBe(200);
    expect(listing(network, hostile.id).incarnation).toBe(200);
  });
});

describe("a member that plays dead or alive by halves", () => {
  test("and answers seeds over its own links only, is not removed: it can exchange a signed answer", () => {
    const network = settled({ seed: 1, peers: 5 });
    const host = network.world.host("shy");
    const shy = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    shy.join();
    shy.answers = (from) => from.remote.purpose === "member";
    network.world.run(150_000);
    expect(network.books.removalsOf(host, 0).seeds).toBe(0);
  });

  test("and answers pings but neither probes nor polls, is removed", () => {
    const network = settled({ seed: 2, peers: 5 });
    const host = network.world.host("mute");
    const mute = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    mute.join();
    for (const other of network.peerHosts) mute.dial(other.address, { expect: other.signer.id });
    network.world.run(15_000);
    mute.incarnation = undefined; // answers nobody's probes from now on
    network.world.run(180_000);
    expect(network.books.removalsOf(host, 0).seeds).toBe(3);
    expect(network.isSettled).toBe(true);
  });

  test("and says goodbye to the network again and again, is removed once it is dead", () => {
    const network = settled({ seed: 3, peers: 5 });
    const host = network.world.host("leaver");
    const leaver = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    leaver.join();
    for (let round = 0; round < 10; round++) {
      for (const other of network.peerHosts) {
        leaver.dial(other.address, { expect: other.signer.id })?.goodbye("node");
      }
      network.world.run(1000);
    }
    host.vanish();
    const at = network.world.now;
    network.world.run(120_000);
    expect(network.books.removalsOf(host, at).seeds).toBe(3);
    expect(network.books.removals).toHaveLength(3);
  });
});

describe("a poll", () => {
  test("with somebody else's proof, or an old one of its own, is no sign of life", () => {
    const network = settled({ seed: 4, peers: 5 });
    const host = network.world.host("ghost");
    const ghost = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    ghost.join(9);
    const { networkId } = network.configuration;
    const [seed] = [...ghost.lobby.seeds] as [Connection];
    seed.send(POLL.encode({ incarnation: 9, proof: undefined }));
    network.world.run(500);
    const status = STATUS.decode(ghost.of(Kind.status)[0] as Uint8Array);
    const nonces = "nonces" in status ? status.nonces : [];
    const proof = signProofOfLife({ peer: ghost.id, incarnation: 9, nonces }, networkId, ghost.signer);
    ghost.incarnation = undefined;
    // The key's holder is gone; somebody who saw its frames polls on, over a link that was left open.
    for (let round = 0; round < 120; round++) {
      for (const link of ghost.lobby.seeds) {
        link.send(POLL.encode({ incarnation: 9, proof }));
        link.send(ALIVE.encode({ proof }));
      }
      network.world.run(1000);
    }
    expect(network.books.removalsOf(host, 0).seeds).toBe(3);
  });
});
