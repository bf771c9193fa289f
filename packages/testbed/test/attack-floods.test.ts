import { ACCUSE, type Accuse, CERTIFICATES, encodeCertificate, PROBE, WITNESS } from "@p2p/consensus";
import { DEGREE_ASK } from "@p2p/overlay";
import { CERTIFICATE_ASK, EDGES, LIST_ASK, POLL, REPORT } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { type Address, type Connection, Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import type { Network } from "../src/network.ts";
import { Hostile, listing, settled } from "./attack-hostile.ts";

function hostileMember(network: Network, name = "flooder"): Hostile {
  const host = network.world.host(name);
  const hostile = host.boot(() => new Hostile(network, host));
  network.world.run(1);
  hostile.join();
  return hostile;
}

/** Opens `perSecond` links a second to `to` from one host and says nothing on them, for `ms`. */
function openSilently(network: Network, host: Host, to: Address, perSecond: number): () => void {
  const transport = host.transport();
  const owner = {
    linkOpened: () => undefined,
    linkFrame: () => undefined,
    linkDrained: () => undefined,
    linkClosed: () => undefined,
  };
  let isOver = false;
  const open = (): void => {
    if (isOver) return;
    transport.dial(to, owner);
    network.world.after(1000 / perSecond, open);
  };
  open();
  return () => {
    isOver = true;
  };
}

/** Looks at the honest nodes every second for a while: what they hold may not grow. */
function watched(network: Network, ms: number, act: () => void): void {
  for (const end = network.world.now + ms; network.world.now < end; network.world.run(1000)) act();
}

describe("half-open links by the hundred a second", () => {
  test.each([
    ["a member", (network: Network) => network.peerHosts[0] as Host],
    ["a seed", (network: Network) => network.seedHosts[0] as Host],
  ])("do not keep %s from being probed, linked, and heard", (_, victimOf) => {
    const network = settled({ seed: 1, peers: 6 });
    const victim = victimOf(network);
    const host = network.world.host("knocker");
    const stop = openSilently(network, host, victim.address, 300);
    const peer = listing(network, (network.peerHosts[0] as Host).signer.id);
    const accuser = hostileMember(network, "accuser");
    let answered = 0;
    for (const seed of network.liveSeeds)
      seed.on("caseClosed", ({ outcome }) => (answered += Number(outcome === "alive")));
    watched(network, 10_000, () => {
      const accusation = accuser.accusation(peer.peer, peer.incarnation);
      for (const seed of accuser.lobby.seeds)
        seed.send(ACCUSE.encode({ accusation, nonce: new Uint8Array(32) }));
    });
    expect(answered).toBeGreaterThan(0);
    network.addPeer();
    network.world.run(6000);
    stop();
    expect(network.books.removals).toEqual([]);
    expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([8, 8, 8]);
  });
});

describe("questions by the thousand from one member", () => {
  test("cost a peer no more proofs, dials and testimonies than its allowance, and nobody else anything", () => {
    const network = settled({ seed: 2, peers: 6 });
    const flooder = hostileMember(network);
    const [victim, other] = network.peerHosts as [Host, Host];
    const { address, peer, incarnation } = listing(network, victim.signer.id);
    const third = listing(network, other.signer.id);
    const link = flooder.dial(address, { purpose: "probe", expect: peer }) as Connection;
    const { random } = network.world;
    let probes = 0;
    network.peer(other).liveness.on("answered", ({ asker }) => (probes += Number(asker === peer)));
    watched(network, 20_000, () => {
      for (let count = 0; count < 500; count++) {
        const nonces = [random.bytes(32)];
        link.send(PROBE.encode({ peer, nonces }));
        link.send(WITNESS.encode({ victim: third.peer, incarnation: third.incarnation, nonces }));
        const accusation = flooder.accusation(third.peer, third.incarnation);
        const accuse: Accuse = { accusation, nonce: random.bytes(32) };
        if (count < 50) link.send(ACCUSE.encode(accuse));
        link.send(CERTIFICATE_ASK.encode({ peer: third.peer }));
      }
    });
    network.world.run(5000);
    expect(flooder.of(Kind.alive).length).toBeLessThan(200); // 120 at once and two a second, for two questions
    expect(probes).toBeLessThan(250);
    expect(network.books.removals).toEqual([]);
    expect(incarnation).toBe(listing(network, peer).incarnation);
    expect(network.live.every((host) => network.peer(host).liveness.suspects.length === 0)).toBe(true);
  });

  test("to seeds do not hold up the others", () => {
    const network = settled({ seed: 3, peers: 6 });
    const flooder = hostileMember(network);
    const [victim] = network.peerHosts as [Host];
    const { peer, incarnation, certificate } = listing(network, victim.signer.id);
    let opened = 0;
    for (const seed of network.liveSeeds) seed.on("caseOpened", () => (opened += 1));
    watched(network, 30_000, () => {
      const accusation = flooder.accusation(peer, incarnation);
      for (const seed of flooder.lobby.seeds) {
        for (let count = 0; count < 200; count++) {
          seed.send(ACCUSE.encode({ accusation, nonce: new Uint8Array(32) }));
          seed.send(REPORT.encode({ report: { victim: peer, incarnation, accusations: [accusation] } }));
          seed.send(POLL.encode({ incarnation: 0, proof: undefined }));
          seed.send(CERTIFICATES.encode({ certificates: [certificate] }));
          seed.send(EDGES.encode({ made: [], ended: [] }));
          if (count < 20) seed.send(LIST_ASK.encode({ after: undefined, wanted: [] }));
        }
      }
    });
    expect(opened).toBeLessThanOrEqual(3 * 5); // one in ten seconds at each seed
    const at = network.world.now;
    const newcomer = network.addPeer();
    expect(network.world.runUntil(() => network.peer(newcomer).seeds.isMember, 5000)).toBe(true);
    expect(network.world.now - at).toBeLessThan(2000);
    victim.crash();
    expect(network.world.runUntil(() => network.books.removalsOf(victim, at).seeds === 3, 30_000)).toBe(true);
  });
});

describe("links", () => {
  test("made again and again with new sessions leave a peer with one", () => {
    const network = settled({ seed: 4, peers: 6 });
    const [victim] = network.peerHosts as [Host];
    const { address, peer } = listing(network, victim.signer.id);
    const first = hostileMember(network);
    const host = [...network.world.hosts.values()].at(-1) as Host;
    const runs = Array.from({ length: 200 }, () => new Hostile(network, host, { listens: false }));
    for (const run of runs) run.dial(address, { expect: peer, replaces: true });
    first.dial(address, { expect: peer });
    network.world.run(100);
    const own = [...network.peer(victim).lobby.links].filter(({ id }) => id === first.id);
    expect(own.length).toBeLessThanOrEqual(1);
    expect(network.peer(victim).lobby.links.size).toBeLessThanOrEqual(7);
    network.world.run(60_000);
    expect(network.books.removalsOf(victim, 0).seeds).toBe(0);
  });

  test("of somebody who names another's address lead nobody astray", () => {
    const network = settled({ seed: 5, peers: 6 });
    const [victim, other] = network.peerHosts as [Host, Host];
    const host = network.world.host("pretender");
    const pretender = host.boot(() => new Hostile(network, host, { advertise: victim.address }));
    network.world.run(1);
    pretender.join();
    // Or that one dials at the same time.
    const dialled = pretender.dial(other.address, { expect: other.signer.id });
    const link = dialled ?? pretender.lobby.links.get(other.signer.id);
    expect(link?.isOpen).toBe(true);
    const suspected: string[] = [];
    for (const peer of network.live)
      network.peer(peer).liveness.on("suspected", (one) => suspected.push(one.peer));
    network.world.run(20_000);
    host.vanish();
    network.world.run(90_000);
    expect(suspected.filter((id) => id !== pretender.id)).toEqual([]);
    expect(network.books.removalsOf(host, 0).seeds).toBe(3);
    expect(network.isSettled).toBe(true);
  });

  test("are refused to who was removed, with whatever certificate it once had", () => {
    const network = settled({ seed: 6, peers: 6 });
    const [victim] = network.peerHosts as [Host];
    const member = hostileMember(network, "was");
    const host = network.world.hosts.get("was") as Host;
    const { certificate } = listing(network, member.id);
    host.crash();
    const isOut = (): boolean => network.liveSeeds.every(({ ledger }) => !ledger.isMember(member.id));
    expect(network.world.runUntil(isOut, 60_000)).toBe(true);
    network.world.run(2000);
    const back = host.boot(() => new Hostile(network, host, { credential: encodeCertificate(certificate) }));
    network.world.run(1);
    expect(back.dial(victim.address, { expect: victim.signer.id })).toBeUndefined();
  });

  test("by probe from everybody at once do not shut out a seed's own probes", () => {
    const network = settled({ seed: 7, peers: 6 });
    const [victim] = network.peerHosts as [Host];
    const { address, peer, incarnation } = listing(network, victim.signer.id);
    const host = network.world.host("crowd");
    const crowd = Array.from({ length: 300 }, (_, index) => {
      const { signer } = network.world.host(`key ${index}`);
      return new Hostile(network, host, { signer, listens: false });
    });
    for (const one of crowd) one.lobby.dial(address, { purpose: "probe", expect: peer });
    network.world.run(1000);
    expect(network.peer(victim).lobby.probes.size).toBeLessThanOrEqual(256);
    const accuser = hostileMember(network, "accuser");
    let alive = 0;
    for (const seed of network.liveSeeds) seed.on("refuted", () => (alive += 1));
    watched(network, 30_000, () => {
      for (const one of crowd.slice(0, 100)) one.lobby.dial(address, { purpose: "probe", expect: peer });
      const accusation = accuser.accusation(peer, incarnation);
      for (const seed of accuser.lobby.seeds)
        seed.send(ACCUSE.encode({ accusation, nonce: new Uint8Array(32) }));
      for (const probe of accuser.lobby.probes) probe.send(DEGREE_ASK.encode({}));
    });
    expect(alive).toBeGreaterThan(2);
    expect(network.books.removals).toEqual([]);
  });
});
