import {
  CERTIFICATES,
  type Certificate,
  registrationDigest,
  signRegistration,
  signVote,
} from "@p2p/consensus";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { RECORD_HEAD_BYTES } from "../src/record-file.ts";
import { VOTE_LOG_FILE } from "../src/vote-log.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

/** One world: peers come, go, die and contradict themselves, while seeds are killed in the middle of what they do. */
function stormyTown(seed: number): { town: Town; dead: TestPeer[] } {
  let killings = 6;
  const town = new Town({
    seed,
    latency: { minMs: 1, maxMs: 80 },
    // A relay, or evidence of a case, comes just before a vote is written; a vote just after.
    sent: (host, [kind]) => {
      const isMoment = kind === Kind.relay || kind === Kind.vote || kind === Kind.evidence;
      if (!isMoment || killings <= 0 || world.random.next() < 0.7) return;
      killings -= 1;
      world.after(world.random.next() * (kind === Kind.evidence ? 9000 : 12), () => {
        host.crash();
        world.after(20 + world.random.next() * 3000, () => host.restart());
      });
    },
  });
  const { world } = town;
  const peers = town.peers(4);
  const rebel = town.peer("rebel", { againMs: 0 });
  const rivals = [rebel.registration(), rebel.registration({ token: Uint8Array.of(9) })];
  for (let time = 0; time < 20; time++) {
    world.after(world.random.next() * 10_000, () => {
      const connections = [...rebel.lobby.seeds].filter(() => world.random.next() < 0.4);
      rebel.register(rivals[time % 2], connections);
    });
  }
  const [leaver, victim, ...others] = peers as [TestPeer, TestPeer, ...TestPeer[]];
  world.after(2000 + world.random.next() * 3000, () => leaver.leave());
  world.after(5000, () => {
    town.hostOfPeer(victim).crash();
    for (const peer of [...others, rebel]) peer.accuse(victim.id);
  });
  return { town, dead: [leaver, victim] };
}

/** A town in which two peers are members and one seed is down. */
function withOneDown(seed: number): { town: Town; host: Host } {
  const town = new Town({ seed });
  const peers = town.peers(2);
  town.until(() => peers.every((peer) => town.isListed(peer)), 5000);
  town.world.run(1000);
  const host = town.hosts[0] as Host;
  host.crash();
  return { town, host };
}

describe("seeds killed at random moments", () => {
  for (const block of [0, 1, 2, 3]) {
    test(`worlds ${block * 50} to ${block * 50 + 49}: no second vote, no lost decision, equal lists`, {
      timeout: 120_000,
    }, () => {
      for (let seed = block * 50; seed < block * 50 + 50; seed++) {
        const { town, dead } = stormyTown(1000 + seed);
        town.world.run(30_000);
        town.world.run(20_000);
        const [, victim] = dead as [TestPeer, TestPeer];
        town.world.runUntil(() => town.isGone(victim), 200_000);
        town.world.run(10_000);
        expect(town.failures, `world ${seed}`).toEqual([]);
        expect(town.faults(), `world ${seed}`).toEqual([]);
        expect(town.lost(), `world ${seed}`).toEqual([]);
        expect(new Set(town.lists()).size, `world ${seed}`).toBe(1);
        expect(town.isGone(victim), `world ${seed}`).toBe(true);
        expect(town.invariants.votes).toBeGreaterThan(0);
      }
    });
  }
});

test("two seeds that voted differently on one life do not change their minds by a restart", () => {
  for (let seed = 0; seed < 20; seed++) {
    const town = new Town({ seed: 2000 + seed });
    town.world.run(2000);
    const [one, other, third] = town.hosts as [Host, Host, Host];
    const rebel = town.peer("rebel", { isShy: true, incarnation: 5 });
    third.crash();
    town.world.cut(one, other);
    town.until(() => rebel.lobby.seeds.size === 2, 5000);
    const [registration, rival] = [rebel.registration(), rebel.registration({ token: Uint8Array.of(9) })];
    for (const connection of rebel.lobby.seeds) {
      rebel.register(connection.id === one.signer.id ? registration : rival, [connection]);
    }
    town.world.run(1000);
    one.crash();
    town.world.heal();
    one.restart();
    town.world.run(3000);
    for (const either of [rival, registration]) rebel.register(either);
    town.world.run(20_000);
    expect(town.told("added")).toEqual([]);
    expect(town.faults(), `world ${2000 + seed}`).toEqual([]);
  }
});

describe("the disk of a seed", () => {
  test("a torn tail of the vote log is cut, and the seed starts", () => {
    const { town, host } = withOneDown(70);
    host.platter.append(VOTE_LOG_FILE, (host.platter.bytesOf(VOTE_LOG_FILE) as Uint8Array).slice(0, 100));
    host.restart();
    town.world.run(5000);
    expect(town.failures).toEqual([]);
    expect(town.seedOf(host).isFresh).toBe(true);
    expect(new Set(town.lists()).size).toBe(1);
  });

  test("a flipped bit anywhere in the vote log: the seed refuses to start and says what to do", () => {
    const { town, host } = withOneDown(71);
    const length = (host.platter.bytesOf(VOTE_LOG_FILE) as Uint8Array).length;
    expect(length).toBeGreaterThan(2 * RECORD_HEAD_BYTES);
    let count = 0;
    for (let byte = 0; byte < length; byte += 37) {
      host.platter.flipBit(VOTE_LOG_FILE, byte * 8 + (byte % 8));
      host.restart();
      town.world.run(100);
      host.crash();
      host.platter.flipBit(VOTE_LOG_FILE, byte * 8 + (byte % 8));
      count += 1;
      expect(town.failures).toHaveLength(count);
    }
    const { code, message } = town.failures[0] as (typeof town.failures)[0];
    expect(code).toBe("STORE_CORRUPT");
    expect(message).toMatch(/^votes\.log is damaged at byte \d+: .*Restore the file/);
  });

  test("a flipped bit in the archive: the seed refuses to start; without the file it catches up", () => {
    const { town, host } = withOneDown(72);
    host.platter.flipBit("archive.log");
    host.restart();
    town.world.run(100);
    expect(town.failures[0]?.message).toMatch(/^archive\.log is damaged at byte \d+/);
    host.crash();
    const votes = host.platter.bytesOf(VOTE_LOG_FILE) as Uint8Array;
    host.wipeDisk();
    host.platter.replace(VOTE_LOG_FILE, votes);
    host.restart();
    town.until(() => town.seedOf(host).isFresh && new Set(town.lists()).size === 1, 10_000);
  });

  test("a full disk: the seed abstains and says so; with room again it goes on", () => {
    const town = new Town({ seed: 73 });
    town.world.run(2000);
    const [full, other] = town.hosts as [Host, Host];
    full.platter.fill();
    const first = town.peer("first");
    town.until(() => [...town.seeds].slice(1).every(({ ledger }) => ledger.isMember(first.id)), 5000);
    expect(town.told("diskFailed").map(({ seed }) => seed)).toEqual(["seed0"]);
    expect(town.seedOf(full).ledger.isMember(first.id)).toBe(false);
    other.crash();
    const second = town.peer("second");
    town.world.run(30_000);
    expect(town.isGone(second)).toBe(true);
    full.platter.repair();
    town.until(() => town.isListed(first) && town.isListed(second), 30_000);
    expect(town.faults()).toEqual([]);
  });

  test("votes survive a wiped archive: still no second vote for one life", () => {
    const town = new Town({ seed: 74, booted: false });
    const [alone, second] = town.hosts as [Host, Host];
    town.bootSeed(alone);
    town.bootSeed(second);
    town.until(() => town.seeds.every(({ isFresh }) => isFresh), 5000);
    const peer = town.peer("p", { againMs: 0 });
    town.until(() => peer.lobby.seeds.size === 2, 5000);
    town.world.runUntil(() => town.invariants.votes > 0, 5000);
    alone.crash();
    second.crash();
    town.world.run(1000);
    alone.restart();
    second.restart();
    town.world.run(3000);
    peer.register(peer.registration({ token: Uint8Array.of(77) }));
    town.world.run(20_000);
    expect(town.faults()).toEqual([]);
    expect(town.isListed(peer)).toBe(true);
  });
});

describe("seeds in step", () => {
  test("a seed that comes late catches up", () => {
    const town = new Town({ seed: 80, signatures: "hash", booted: false });
    const [first, second, late] = town.hosts as [Host, Host, Host];
    town.bootSeed(first);
    town.bootSeed(second);
    const peers = town.peers(60, { seeds: [0, 1, 2] });
    town.until(() => peers.every((peer) => town.isListed(peer)), 20_000);
    town.bootSeed(late);
    const tookMs = town.until(() => town.seedOf(late).isFresh && new Set(town.lists()).size === 1, 20_000);
    expect(tookMs).toBeLessThan(2000);
  });

  test("a seed catches up with more than fits into one exchange", { timeout: 60_000 }, () => {
    const town = new Town({ seed: 86, signatures: "hash", booted: false });
    const [first, second, late] = town.hosts as [Host, Host, Host];
    town.bootSeed(first);
    town.bootSeed(second);
    const messenger = town.peer("messenger");
    town.until(() => town.isListed(messenger), 5000);
    const [link] = [...messenger.lobby.seeds];
    for (let count = 0; count < 1500; count++) {
      const certificate = certified(town, `member${count}`);
      // No faster than a seed looks at what one peer brings.
      town.world.after(
        10 * count,
        () => void link?.send(CERTIFICATES.encode({ certificates: [certificate] })),
      );
    }
    town.until(() => town.seeds.every(({ ledger }) => ledger.size === 1501), 20_000);
    town.bootSeed(late);
    town.until(() => town.seedOf(late).isFresh, 10_000);
    expect(town.seedOf(late).ledger.size).toBe(1501);
    expect(town.told("forged")).toEqual([]);
  });

  test("two seeds parted from two, healed: equal lists, no flip", () => {
    const town = new Town({ seed: 81, seeds: 4 });
    const peers = town.peers(5);
    town.until(() => peers.every((peer) => town.isListed(peer)), 5000);
    const [a, b, c, d] = town.hosts as [Host, Host, Host, Host];
    town.world.partition([a, b], [c, d]);
    const late = town.peer("late");
    peers[0]?.leave();
    town.world.run(100_000);
    expect(town.isGone(late)).toBe(true);
    expect(town.told("removed")).toEqual([]);
    town.world.heal();
    town.until(() => town.isListed(late) && town.isGone(peers[0] as TestPeer), 60_000);
    town.world.run(20_000);
    expect(new Set(town.lists()).size).toBe(1);
    expect(town.faults()).toEqual([]);
    expect(town.told("removed").every(({ news }) => news.peer === peers[0]?.id)).toBe(true);
  });

  test("an edge reported to one seed is known to all, and makes its ends monitors of each other", () => {
    const town = new Town({ seed: 82 });
    const peers = town.peers(9);
    town.until(() => peers.every((peer) => town.isListed(peer)), 5000);
    town.world.run(2000);
    const [one, other] = peers as [TestPeer, TestPeer];
    for (const seed of [...one.lobby.seeds].slice(1)) seed.close();
    one.link(other);
    town.world.run(20_000);
    for (const { edges } of town.seeds) {
      expect(edges.size).toBe(1);
      expect(edges.bucketHashes()).toEqual(town.seeds[0]?.edges.bucketHashes());
    }
    town.world.run(600_000);
    for (const { edges } of town.seeds) expect(edges.size).toBe(0);
    town.world.run(60_000);
    for (const { edges } of town.seeds) expect(edges.size).toBe(0);
  });

  test("one seed alone decides; seven with two that may lie decide by five", () => {
    const single = new Town({ seed: 83, seeds: 1 });
    const alone = single.peer("p");
    single.until(() => single.isListed(alone), 5000);
    const seven = new Town({ seed: 84, seeds: 7, faulty: 2 });
    seven.world.run(2000);
    for (const host of seven.hosts.slice(0, 2)) host.crash();
    const peer = seven.peer("p");
    seven.until(() => seven.isListed(peer), 5000);
    expect(seven.seeds[0]?.ledger.standing(peer.id)?.certificate.votes).toHaveLength(5);
    expect(seven.faults()).toEqual([]);
  });

  test("a seed that stops closes everything, twice is once, and starts again", () => {
    const town = new Town({ seed: 85 });
    const peer = town.peer("p");
    town.until(() => town.isListed(peer), 5000);
    const host = town.hosts[0] as Host;
    let closed = 0;
    town.seedOf(host).close(() => (closed += 1));
    host.stop();
    town.world.run(5000);
    expect(closed).toBe(1);
    expect(host.isUp).toBe(false);
    town.bootSeed(host);
    town.until(() => town.seedOf(host).isFresh && town.isListed(peer), 5000);
    expect(town.faults()).toEqual([]);
  });
});

/** A certificate for a member that nobody ever saw, by the keys of the first two seeds. */
function certified(town: Town, name: string): Certificate {
  const { signer, address } = town.world.host(name);
  const { networkId, cfg } = town.configuration;
  const terms = { peer: signer.id, address, incarnation: 1 };
  const registration = signRegistration(terms, networkId, signer);
  const digest = registrationDigest(registration, networkId);
  const fact = { kind: "add" as const, peer: signer.id, incarnation: 1, digest };
  const votes = town.hosts.slice(0, 2).map((host) => {
    return signVote({ cfg, fact, tick: 0, counter: 1, seed: host.signer.id }, networkId, host.signer);
  });
  return { fact, votes, registration };
}
