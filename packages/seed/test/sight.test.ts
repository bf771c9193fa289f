import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { LAN_TIMING, Seed } from "../src/index.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town, type TownOptions } from "./town.ts";

/** A town in which so many peers are members and have been for a while. */
function settled(count: number, options: TownOptions = {}): { town: Town; peers: TestPeer[]; hosts: Host[] } {
  const town = new Town({ signatures: "hash", ...options });
  const peers = town.peers(count);
  town.until(() => peers.every((peer) => town.isListed(peer)), 20_000);
  town.world.run(30_000);
  return { town, peers, hosts: peers.map((peer) => town.hostOfPeer(peer)) };
}

describe("the uplink of all seeds is cut", () => {
  test.each([1, 2, 3])(
    "for two minutes, with 50 members: nobody is removed (world %i)",
    (seed) => {
      const { town, peers, hosts } = settled(50, { seed });
      town.world.partition([...town.hosts], hosts);
      town.world.run(120_000);
      expect(new Set(town.told("blind").map(({ seed: name }) => name)).size).toBe(3);
      town.world.heal();
      town.world.run(60_000);
      expect(town.told("removed")).toEqual([]);
      expect(town.told("proposedRemove")).toEqual([]);
      expect(new Set(town.told("sighted").map(({ seed: name }) => name)).size).toBe(3);
      expect(peers.every((peer) => town.isListed(peer))).toBe(true);
      expect(town.faults()).toEqual([]);
    },
    60_000,
  );

  test("for half an hour: nobody is removed, and who dies meanwhile is removed afterwards", () => {
    const { town, peers, hosts } = settled(12, { seed: 4 });
    const [dead] = peers as [TestPeer];
    town.world.partition([...town.hosts], hosts);
    town.world.run(900_000);
    hosts[0]?.crash();
    town.world.run(900_000);
    expect(town.told("removed")).toEqual([]);
    town.world.heal();
    town.until(() => town.isGone(dead), 150_000);
    town.world.run(60_000);
    expect(town.told("removed")).toHaveLength(3);
  });

  test("for longer than an hour: then nobody tells them from the dead", () => {
    const { town, peers, hosts } = settled(6, { seed: 5 });
    town.world.partition([...town.hosts], hosts);
    const tookMs = town.until(() => peers.every((peer) => town.isGone(peer)), 4_500_000);
    expect(tookMs).toBeGreaterThan(3_600_000);
  });
});

test("a split in which the seeds see 30 %: nobody is removed", () => {
  const { town, peers, hosts } = settled(50, { seed: 6 });
  town.world.partition([...town.hosts, ...hosts.slice(0, 15)], hosts.slice(15));
  town.world.run(600_000);
  expect(town.told("removed")).toEqual([]);
  town.world.heal();
  town.world.run(60_000);
  expect(peers.every((peer) => town.isListed(peer))).toBe(true);
}, 60_000);

test("a split in which the seeds see 70 %: the others are removed", () => {
  const { town, peers, hosts } = settled(20, { seed: 7 });
  town.world.partition([...town.hosts, ...hosts.slice(0, 14)], hosts.slice(14));
  town.until(() => peers.slice(14).every((peer) => town.isGone(peer)), 300_000);
  expect(peers.slice(0, 14).every((peer) => town.isListed(peer))).toBe(true);
  expect(town.told("blind")).toEqual([]);
});

test("a leave needs no sight", () => {
  const { town, peers, hosts } = settled(6, { seed: 8 });
  const [leaver] = peers as [TestPeer];
  for (const host of hosts.slice(1)) host.crash();
  town.world.run(150_000);
  expect(town.told("blind").length).toBeGreaterThan(0);
  leaver.leave();
  town.until(() => town.isGone(leaver), 2000);
});

describe("all but one of few are dead", () => {
  test.each([
    [2, 200_000],
    [3, 200_000],
  ])("of %i: removed at the usual pace", (count, withinMs) => {
    const { town, peers, hosts } = settled(count, { seed: 10 });
    for (const host of hosts.slice(1)) host.crash();
    town.until(() => peers.slice(1).every((peer) => town.isGone(peer)), withinMs);
    town.world.run(60_000);
    expect(town.isListed(peers[0] as TestPeer)).toBe(true);
  });

  test.each([1, 2])("or all, of %i: removed after ten minutes", (count) => {
    const { town, peers, hosts } = settled(count, { seed: 11 });
    for (const host of hosts) host.crash();
    const tookMs = town.until(() => peers.every((peer) => town.isGone(peer)), 900_000);
    expect(tookMs).toBeGreaterThan(600_000);
  });
});

describe("a seed that did not run", () => {
  test.each([20_000, 30_000])(
    "for %i ms in the middle of a case, with all the others: nobody is removed",
    (ms) => {
      for (const beforeMs of [300, 4500, 13_900, 19_000]) {
        const { town, peers, hosts } = settled(8, { seed: 12 });
        const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
        hosts[0]?.vanish();
        for (const other of others) other.accuse(victim.id);
        town.world.run(beforeMs);
        for (const host of town.hosts) host.freeze();
        town.world.run(1000);
        hosts[0]?.reappear();
        town.world.run(ms);
        for (const host of town.hosts) host.thaw();
        town.world.run(120_000);
        expect(town.told("stalled")).toHaveLength(3);
        expect(town.told("removed"), `frozen after ${beforeMs} ms`).toEqual([]);
        expect(town.told("blind")).toEqual([]);
        expect(town.isListed(victim)).toBe(true);
      }
    },
  );

  test("looks again from the beginning: the dead are removed a case's length after it woke", () => {
    const { town, peers, hosts } = settled(8, { seed: 13 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    hosts[0]?.vanish();
    for (const other of others) other.accuse(victim.id);
    town.world.run(15_000);
    for (const host of town.hosts) host.freeze();
    town.world.run(20_000);
    for (const host of town.hosts) host.thaw();
    const tookMs = town.until(() => town.isGone(victim), 60_000);
    expect(tookMs).toBeGreaterThan(20_000);
    expect(tookMs).toBeLessThan(25_000);
  });
});

test("seeds whose wall clocks are set ahead all the time never think that they were away, and remove the dead", () => {
  const { town, peers, hosts } = settled(8, { seed: 14 });
  const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
  hosts[0]?.vanish();
  for (const other of others) other.accuse(victim.id);
  for (let second = 0; second < 25; second++) {
    for (const host of town.hosts) host.shiftWallClock(10_000);
    town.world.run(1000);
  }
  expect(town.isGone(victim)).toBe(true);
  expect(town.told("stalled")).toEqual([]);
});

test("timing that contradicts itself is the caller's bug", () => {
  const town = new Town({ seeds: 1, booted: false });
  const [host] = town.hosts as [Host];
  const seedWith = (timing: Partial<typeof LAN_TIMING>): Seed =>
    new Seed({
      configuration: town.configuration,
      signer: host.signer,
      transport: host.transport(),
      disk: host.disk,
      timing,
    });
  expect(() => seedWith({ probeMs: 0 })).toThrow(RangeError);
  expect(() => seedWith({ stallMs: Number.NaN })).toThrow(RangeError);
  expect(() => seedWith({ caseRoundsMs: [0, 5, 5] })).toThrow(RangeError);
  expect(() => seedWith({ caseLooksMs: [] })).toThrow(RangeError);
  expect(() => seedWith({ caseAgeMs: 14_000 })).toThrow(RangeError);
  expect(() => seedWith({ voteAgainMs: 120_000 })).toThrow(RangeError);
  expect(() => seedWith(LAN_TIMING)).not.toThrow();
});
