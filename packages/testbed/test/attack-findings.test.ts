import { CERTIFICATES, registrationDigest, signLeave } from "@p2p/consensus";
import {
  ELECTORATE_ASK,
  EVIDENCE,
  LAN_TIMING,
  LEAVE,
  LIST_ASK,
  REGISTER,
  Seed,
  type SeedOptions,
} from "@p2p/seed";
import type { Host, HostFailure } from "@p2p/sim";
import { type Connection, Kind, type Link, WHO } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import type { Network } from "../src/network.ts";
import { certificateBy, compromise, Hostile, listing, settled } from "./attack-hostile.ts";

/** Boots a seed that differs a little from the network's others. */
function bootSeedWith(network: Network, host: Host, options: Partial<SeedOptions>): Seed {
  host.crash();
  const { configuration } = network;
  const { verifier } = host;
  return host.boot((on) => {
    const ports = { transport: on.transport(), disk: on.disk, clock: on.clock, random: on.random };
    const seed = new Seed({
      configuration,
      signer: on.signer,
      verifier,
      timing: LAN_TIMING,
      ...ports,
      ...options,
    });
    network.seeds.set(host, seed);
    seed.open(() => undefined);
    return seed;
  });
}

describe("one compromised seed of four (f = 1)", () => {
  test("does not keep a dead peer listed by evidence against lives that it never had", () => {
    const network = settled({ seed: 3, seeds: 4, faulty: 1, peers: 6 });
    const rogue = compromise(network);
    network.world.run(3000);
    const [victim, ...others] = network.peerHosts as [Host, ...Host[]];
    const { peer, incarnation } = listing(network, peerId(victim));
    const nonce = new Uint8Array(32);
    const spend = (): void => {
      const evidence = { victim: peer, incarnation: incarnation + 1, nonce, accusations: [] };
      rogue.lobby.seeds.broadcast(EVIDENCE.encode(evidence));
    };
    spend();
    // Nobody accuses: it is the seeds' own audit that has to find out.
    for (const host of others) network.peer(host).seeds.send = () => undefined;
    network.world.run(100);
    victim.vanish();
    const at = network.world.now;
    while (network.world.now < at + 180_000 && network.books.removalsOf(victim, at).seeds < 3) {
      for (const pauseMs of [9910, 60, 60]) {
        network.world.run(pauseMs);
        spend();
      }
    }
    // Without the rogue's doing it takes half a minute.
    expect(network.books.removalsOf(victim, at).seeds).toBe(3);
  });

  test("makes no other seed throw by naming more members than there is room for nonces", () => {
    const failures: HostFailure[] = [];
    const network = settled({
      seed: 1,
      seeds: 4,
      faulty: 1,
      peers: 5,
      signatures: "hash" as const,
      onFailure: (failure) => failures.push(failure),
    });
    const honest = network.seedHosts.slice(1).map(({ signer }) => signer);
    const rogue = compromise(network);
    // One honest seed is enough to see it.
    for (const host of network.seedHosts.slice(1)) host.crash();
    const members = Array.from({ length: 2100 }, (_, index) => {
      const host = network.world.host(`member ${index}`);
      const registration = rogue.registration(1000, host.address, host.signer);
      const digest = registrationDigest(registration, network.configuration.networkId);
      const fact = { kind: "add" as const, peer: host.signer.id, incarnation: 1000, digest };
      const certificate = certificateBy(network, fact, honest, 0, { registration });
      rogue.lobby.seeds.broadcast(CERTIFICATES.encode({ certificates: [certificate] }));
      return host.signer.id;
    });
    network.world.run(1000);
    const [victim] = network.peerHosts as [Host];
    const [seed] = network.liveSeeds as [Seed];
    expect(seed.ledger.size).toBe(2105);
    victim.vanish();
    expect(network.world.runUntil(() => seed.cases.has(peerId(victim)), 60_000)).toBe(true);
    for (const victim of members) {
      rogue.lobby.seeds.broadcast(
        EVIDENCE.encode({ victim, incarnation: 1000, nonce: new Uint8Array(32), accusations: [] }),
      );
    }
    network.world.runUntil(() => failures.length > 0, 5000);
    expect(failures.map(({ message }) => message)).toEqual([]);
  }, 120_000);
});

function outsider(seed: number): { network: Network; hostile: Hostile; host: Host } {
  const network = settled({ seed, peers: 5 });
  const host = network.world.host("outsider");
  const hostile = host.boot(() => new Hostile(network, host));
  network.world.run(1);
  return { network, hostile, host };
}

describe("one outsider with one key", () => {
  test("keeps nobody from registering by registering in life after life", () => {
    const { network, hostile } = outsider(2);
    const blackHole = network.world.host("black hole");
    blackHole.vanish();
    const links = hostile.dialSeeds();
    let incarnation = 1_700_000_000;
    const flood = (): void => {
      for (let count = 0; count < 300; count++) {
        const registration = hostile.registration(++incarnation, blackHole.address);
        for (const link of links) link.send(REGISTER.encode({ registration }));
      }
    };
    for (let count = 0; count < 4; count++) flood();
    network.world.run(1000);
    const at = network.world.now;
    const newcomer = network.addPeer();
    while (network.world.now < at + 30_000 && !network.peer(newcomer).seeds.isMember) {
      flood();
      network.world.run(1000);
    }
    // Without the flood it takes a second.
    expect(network.peer(newcomer).seeds.isMember).toBe(true);
  });

  test("has a seed sign an introduction once a link, not for every WHO", () => {
    const { network, host } = outsider(1);
    const [seed] = network.liveSeeds as [Seed];
    let signatures = 0;
    const { signer } = seed.lobby.local;
    const sign = signer.sign.bind(signer);
    signer.sign = (bytes) => {
      signatures += 1;
      return sign(bytes);
    };
    const ask = (link: Link): void => {
      for (let count = 0; count < 2000; count++) link.send(WHO.encode({ nonce: host.random.bytes(32) }));
    };
    const owner = { linkFrame: nothing, linkDrained: nothing, linkClosed: nothing };
    host.transport().dial((network.seedHosts[0] as Host).address, { linkOpened: ask, ...owner });
    network.world.run(2000);
    expect(signatures).toBeLessThan(100);
  });

  test("has a seed check few of the signatures that it forges", () => {
    const { network, hostile } = outsider(4);
    const [seed] = network.liveSeeds as [Seed];
    let checks = 0;
    const { verifier } = seed.lobby.local;
    const verify = verifier.verify.bind(verifier);
    verifier.verify = (id, bytes, signature) => {
      checks += 1;
      return verify(id, bytes, signature);
    };
    const link = hostile.dial((network.seedHosts[0] as Host).address) as Connection;
    const { networkId } = network.configuration;
    const before = checks;
    for (let incarnation = 1; incarnation <= 2000; incarnation++) {
      const leave = signLeave({ peer: hostile.id, incarnation }, networkId, hostile.signer);
      link.send(LEAVE.encode({ leave: { ...leave, incarnation: incarnation + 1 } }));
    }
    network.world.run(1000);
    verifier.verify = verify;
    expect(checks - before).toBeLessThan(600);
  });

  test("is not told electorates, each of which has a seed hash every member", () => {
    const { network, hostile } = outsider(6);
    const links = hostile.dialSeeds();
    const members = network.peerHosts.map((host) => listing(network, peerId(host)).peer);
    for (let count = 0; count < 100; count++) {
      for (const victim of members) for (const link of links) link.send(ELECTORATE_ASK.encode({ victim }));
      network.world.run(1100); // an answer is kept for a second
    }
    expect(hostile.of(Kind.electorate).length).toBeLessThan(100);
  });

  test("has a seed hold little for links that it does not read", () => {
    const { network, host } = outsider(3);
    for (let count = 0; count < 64; count++) network.addPeer();
    expect(network.settle()).toBe(true);
    const [seedHost] = network.seedHosts as [Host];
    const wanted = [...network.seed(seedHost).ledger.memberIds()].slice(0, 64);
    for (let count = 0; count < 20; count++) {
      const { signer } = network.world.host(`key ${count}`);
      const reader = new Hostile(network, host, { signer, listens: false });
      const link = reader.dial(seedHost.address) as Connection;
      link.pause();
      for (let ask = 0; ask < 200; ask++) link.send(LIST_ASK.encode({ after: undefined, wanted }));
    }
    network.world.run(3000);
    const held = [...network.seed(seedHost).lobby.links].reduce(
      (sum, { queuedBytes }) => sum + queuedBytes,
      0,
    );
    expect(held).toBeLessThan(20 * 256 * 1024);
  });

  test.each([0, 80])("and %i links does not take the places that members need at a seed", (count) => {
    const { network, host } = outsider(5);
    const [first, second] = network.seedHosts as [Host, Host];
    const seed = bootSeedWith(network, first, { limits: { acceptedMax: 64 } });
    network.world.run(5000);
    for (let index = 0; index < count; index++) {
      const { signer } = network.world.host(`key ${index}`);
      new Hostile(network, host, { signer, listens: false }).dial(first.address);
    }
    // From now on everybody needs the first seed, too.
    second.crash();
    const newcomer = network.addPeer();
    network.world.run(30_000);
    expect([...seed.lobby.links].filter(({ id }) => seed.ledger.isMember(id)).length).toBeGreaterThan(4);
    expect(network.peer(newcomer).seeds.isMember).toBe(true);
  });
});

test("a case that is over when the victim answers ends like any other", () => {
  const network = settled({ seed: 1, peers: 4 });
  const [victim] = network.peerHosts as [Host];
  const [first, second, third] = network.seedHosts as [Host, Host, Host];
  // The last look of a case is under way when its life ends.
  const seed = bootSeedWith(network, first, { timing: { ...LAN_TIMING, caseLifeMs: 29_200 } });
  network.world.run(20_000);
  second.crash();
  third.crash();
  network.world.run(1000);
  victim.freeze();
  expect(network.world.runUntil(() => seed.cases.has(peerId(victim)), 60_000)).toBe(true);
  network.world.run(29_250);
  victim.thaw();
  network.world.run(120_000);
  expect(seed.cases.has(peerId(victim))).toBe(false);
});

function peerId({ signer }: Host): typeof signer.id {
  return signer.id;
}

function nothing(): void {
  // Not of interest.
}
