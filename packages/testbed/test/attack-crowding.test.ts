import { CERTIFICATES, NO_DIGEST, signRegistration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { LAN } from "@p2p/peer";
import { EVIDENCE, LIST, REGISTER, RELAY, STATUS, SYNC, SYNC_DELTA } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import type { Network } from "../src/network.ts";
import { certificateBy, compromise, Hostile, listing, settled } from "./attack-hostile.ts";

/** A compromised seed that looks well: it answers SYNC, with nothing. */
function courteous(network: Network): Hostile {
  const rogue = compromise(network);
  const nothing = {
    buckets: [],
    certificates: [],
    votes: [],
    edges: { made: [], ended: [] },
    yours: undefined,
  };
  const delta = SYNC_DELTA.encode({ ...nothing, answer: false, last: true, more: false, fresh: true });
  rogue.on(Kind.sync, (_, from) => void from.send(delta));
  return rogue;
}

/** Seconds until `isOver`, at most 120 or as many as are given; `meanwhile` happens every 100 ms. */
function secondsUntil(
  network: Network,
  isOver: () => boolean,
  meanwhile: () => void,
  maxMs = 120_000,
): number {
  const { world } = network;
  const begun = world.now;
  while (!isOver() && world.now < begun + maxMs) {
    meanwhile();
    world.run(100);
  }
  return (world.now - begun) / 1000;
}

describe("one seed of four crowds nobody out", () => {
  test.each([1, 2])(
    "by evidence against the living: the dead are removed as fast as ever (world %i)",
    (seed) => {
      const network = settled({ seed, seeds: 4, faulty: 1, peers: 12, signatures: "hash" });
      const rogue = courteous(network);
      network.world.run(5000);
      const [dead, ...others] = network.peerHosts as [Host, ...Host[]];
      const lives = others.map((host) => listing(network, host.signer.id));
      let [blind, sent] = [0, 0];
      for (const honest of network.liveSeeds) honest.on("blind", () => blind++);
      const flood = (): void => {
        rogue.linkSeeds();
        for (const { peer: victim, incarnation } of lives) {
          for (let count = sent < 4000 ? 8 : 1; count > 0; count--, sent++) {
            const nonce = network.world.random.bytes(32);
            rogue.lobby.seeds.broadcast(EVIDENCE.encode({ victim, incarnation, nonce, accusations: [] }));
          }
        }
      };
      secondsUntil(network, () => sent > 4000, flood);
      dead.vanish();
      const isGone = (): boolean => network.liveSeeds.every(({ ledger }) => !ledger.isMember(dead.signer.id));
      expect(secondsUntil(network, isGone, flood)).toBeLessThan(30);
      expect(blind).toBe(0);
      expect(network.books.removals.filter(({ peer }) => peer !== dead.signer.id)).toEqual([]);
    },
  );

  test("by relayed strangers that nobody can reach: newcomers come in, and members keep their leases", () => {
    const network = settled({
      seed: 2,
      seeds: 4,
      faulty: 1,
      peers: 5,
      signatures: "hash",
      seedTiming: { leaseTicks: 20, tickMs: 2500 },
      profile: { ...LAN, seeds: { ...LAN.seeds, leaseTicks: 20 } },
    });
    const rogue = courteous(network);
    const relay = strangers(network, 4000);
    const flood = (count: number): void => {
      rogue.linkSeeds();
      for (let sent = 0; sent < count; sent++) {
        const registration = relay();
        rogue.lobby.seeds.broadcast(RELAY.encode({ registration, address: registration.address }));
      }
    };
    flood(1400);
    network.world.run(500);
    const newcomer = network.addPeer();
    const isIn = (): boolean => network.peer(newcomer).seeds.isMember;
    expect(secondsUntil(network, isIn, () => flood(12))).toBeLessThan(15);
    let fewest = Number.POSITIVE_INFINITY;
    const count = (): void => {
      flood(12);
      fewest = Math.min(fewest, ...network.liveSeeds.map(({ ledger }) => ledger.size));
    };
    // More than a lease.
    secondsUntil(network, () => false, count, 60_000);
    expect(fewest).toBe(6);
  }, 120_000);
});

/** Registers one key after the other, and anew, at an address where nobody answers. */
function strangers(network: Network, count: number): () => ReturnType<typeof signRegistration> {
  const hole = network.world.host("black hole");
  hole.vanish();
  const signers = Array.from({ length: count }, (_, index) => network.world.host(`key ${index}`).signer);
  let sent = 0;
  return () => {
    const signer = signers[sent % count] as (typeof signers)[number];
    const terms = { peer: signer.id, address: hole.address, incarnation: 1_000_000 + ++sent };
    return signRegistration(terms, network.configuration.networkId, signer);
  };
}

test("a machine with thousands of keys that nobody can reach keeps no newcomer out", () => {
  const network = settled({ seed: 1, seeds: 3, peers: 5, signatures: "hash" });
  const host = network.world.host("machine");
  host.boot(() => undefined);
  const hole = network.world.host("black hole");
  hole.vanish();
  for (let index = 0; index < 700; index++) {
    const { signer } = network.world.host(`key ${index}`);
    const stranger = new Hostile(network, host, { signer, listens: false });
    const registration = stranger.registration(1000, hole.address);
    for (const { address, id } of network.configuration.seeds)
      stranger.lobby.dial(address, {
        expect: id,
        done: (outcome) => {
          if ("connection" in outcome) outcome.connection.send(REGISTER.encode({ registration }));
        },
      });
  }
  network.world.run(1000);
  const newcomer = network.addPeer();
  const isIn = (): boolean => network.peer(newcomer).seeds.isMember;
  expect(secondsUntil(network, isIn, () => undefined)).toBeLessThan(15);
}, 120_000);

test.each([1, 2, 8])(
  "one seed of four that tells an endless list, page by page, keeps nobody from joining (world %i)",
  (seed) => {
    const network = settled({ seed, seeds: 4, faulty: 1, peers: 6, signatures: "hash" });
    const rogue = courteous(network);
    let told = 0;
    const page = (): Uint8Array => {
      const ids = Array.from({ length: 64 }, () => (++told).toString(16).padStart(64, "0") as PeerId);
      const members = ids.map((peer) => ({ peer, incarnation: 1 }));
      return LIST.encode({ members, certificates: [], next: ids.at(-1), fresh: true, grey: [] });
    };
    rogue.on(Kind.poll, (_, from) =>
      from.send(STATUS.encode({ certificate: undefined, nonces: [new Uint8Array(32)], fresh: true })),
    );
    // The first at once, so that it is the first to ask certificates of; and then just before patience ends.
    rogue.on(Kind.listAsk, (_, from) => {
      if (told === 0) from.send(page());
      else network.world.after(700, () => void from.send(page()));
    });
    network.world.run(10_000);
    told = 0;
    const newcomer = network.addPeer();
    const { seeds } = network.peer(newcomer);
    let isRegistered = false;
    seeds.on("registered", () => {
      isRegistered = true;
    });
    expect(
      secondsUntil(
        network,
        () => isRegistered,
        () => rogue.linkSeeds(),
      ),
    ).toBeLessThan(15);
  },
);

describe("little is said for little", () => {
  test("a seed that opens exchanges all the time is answered at a pace", () => {
    const network = settled({ seed: 4, seeds: 4, faulty: 1, peers: 5, signatures: "hash" });
    const rogue = courteous(network);
    const opening = SYNC.encode({ buckets: [], fresh: true });
    for (let second = 0; second < 10; second++) {
      for (let count = 0; count < 100; count++) rogue.lobby.seeds.broadcast(opening);
      network.world.run(1000);
    }
    const answers = rogue.of(Kind.syncDelta).length;
    expect(answers).toBeGreaterThan(3 * 100);
    expect(answers).toBeLessThan(3 * 300);
  });

  test("who brings old certificates in one frame is told the newer in one", () => {
    const network = settled({ seed: 5, seeds: 4, faulty: 1, peers: 5, signatures: "hash" });
    const honest = network.seedHosts.slice(1).map(({ signer }) => signer);
    const rogue = courteous(network);
    const certificates = network.peerHosts.map(({ signer }) => {
      const { incarnation } = listing(network, signer.id);
      const fact = {
        kind: "remove" as const,
        peer: signer.id,
        incarnation: incarnation - 1,
        digest: NO_DIGEST,
      };
      return certificateBy(network, fact, honest, 0);
    });
    const [seed] = [...rogue.lobby.seeds];
    const before = rogue.of(Kind.certificates).length;
    seed?.send(CERTIFICATES.encode({ certificates }));
    network.world.run(1000);
    expect(rogue.of(Kind.certificates).length).toBe(before + 1);
  });

  test("a member that takes a new life each second is certified twelve times a minute at most", () => {
    const network = settled({ seed: 6, seeds: 3, peers: 5, signatures: "hash" });
    const host = network.world.host("phoenix");
    const phoenix = host.boot(() => new Hostile(network, host));
    network.world.run(1);
    phoenix.join();
    let added = 0;
    network.liveSeeds[0]?.on("added", ({ peer }) => {
      if (peer === phoenix.id) added++;
    });
    for (let second = 0; second < 120; second++) {
      const life = 1 + (phoenix.incarnation as number);
      phoenix.incarnation = life;
      phoenix.lobby.seeds.broadcast(REGISTER.encode({ registration: phoenix.registration(life) }));
      network.world.run(1000);
    }
    expect(added).toBeGreaterThan(10);
    expect(added).toBeLessThan(40);
  });
});
