import { expect, test } from "vitest";
import { LAN_TIMING } from "../src/index.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

test("loss, doubled and late frames for ten minutes: nobody who lives is removed, the dead are, lists agree", () => {
  for (let seed = 500; seed < 506; seed++) {
    const town = new Town({ seed, loss: 0.05, duplicate: 0.03, reorder: 0.03 });
    const peers = town.peers(8);
    town.until(() => peers.every((peer) => town.isListed(peer)), 60_000);
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.world.run(300_000);
    town.hostOfPeer(victim).crash();
    for (const other of others) other.accuse(victim.id);
    const tookMs = town.until(() => town.isGone(victim), 120_000);
    expect(tookMs, `world ${seed}`).toBeLessThan(40_000);
    town.world.run(300_000);
    expect(new Set(town.told("removed").map(({ news }) => news.peer))).toEqual(new Set([victim.id]));
    expect(new Set(town.lists()).size, `world ${seed}`).toBe(1);
    expect(town.faults(), `world ${seed}`).toEqual([]);
    expect(town.told("forged"), `world ${seed}`).toEqual([]);
    expect(town.told("evidence"), `world ${seed}`).toEqual([]);
  }
});

test("seeds whose wall clocks differ by twenty seconds agree nonetheless", () => {
  const town = new Town({ seed: 510 });
  town.hosts[1]?.shiftWallClock(20_000);
  const peers = town.peers(6);
  town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
  const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
  town.until(() => town.tick === 3, 30_000);
  town.world.run(2000);
  town.hostOfPeer(victim).crash();
  for (const other of others) other.accuse(victim.id);
  expect(town.until(() => town.isGone(victim), 30_000)).toBeLessThan(10_000);
});

test("at the pace of a LAN: refused is removed within 3 s, silence within 5 s", () => {
  for (const [kind, limitMs] of [
    ["crash", 3000],
    ["vanish", 5500],
  ] as const) {
    const town = new Town({ seed: 520, latency: { minMs: 0.2, maxMs: 2 }, options: { timing: LAN_TIMING } });
    const peers = town.peers(6, { pollMs: 2000 });
    town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.world.run(2000);
    town.hostOfPeer(victim)[kind]();
    for (const other of others) other.accuse(victim.id);
    const tookMs = town.until(() => town.isGone(victim), 60_000);
    expect(tookMs).toBeLessThan(limitMs);
    town.world.run(60_000);
    expect(others.every((other) => town.isListed(other))).toBe(true);
    expect(town.faults()).toEqual([]);
  }
});

test("the same world twice: the same history", () => {
  expect(history(530)).toBe(history(530));
  expect(history(530)).not.toBe(history(531));
});

/** What the seeds of a world tell, and when. */
function history(seed: number): string {
  const town = new Town({ seed });
  const peers = town.peers(5);
  town.world.run(5000);
  const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
  town.hostOfPeer(victim).crash();
  for (const other of others) other.accuse(victim.id);
  town.world.run(30_000);
  return JSON.stringify(town.heard.map(({ at, seed: name, event }) => [at, name, event]));
}
