import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { LAN_TIMING } from "../src/index.ts";
import type { Peer } from "./client-town.ts";
import { CrookedTown } from "./crooked-town.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

/** Ten ticks: twice as long as any that are young may take. */
const WEEKEND_MS = 200_000;

/**
 * A weekend: two of three honest seeds were away for so long that nobody knows for how long the tick has been standing.
 * A hiccup of `victim` before it made the third one vote, and the liar remembers that.
 */
class Weekend extends CrookedTown {
  readonly victim: Peer = this.peers[0] as Peer;

  constructor(seed: number) {
    super(4, 1, 4, seed);
    const [, two, three] = this.honest as [Host, Host, Host];
    two.crash();
    three.crash();
    this.victim.host.vanish();
    if (!this.world.runUntil(() => this.liar.pocket.size === 1, 60_000)) throw new Error("no first vote");
    this.victim.host.reappear();
    this.run(WEEKEND_MS);
    for (const host of [two, three]) this.bootSeed(host);
    this.until(() => this.honest.every((host) => this.seeds.get(host)?.isFresh === true), 15_000);
  }

  get ticks(): number[] {
    return this.honest.map((host) => this.seeds.get(host)?.tick ?? 0);
  }

  until(condition: () => boolean, maxMs: number): void {
    if (!this.world.runUntil(condition, maxMs)) throw new Error(`not within ${maxMs} ms`);
  }

  /** A hiccup that only the second seed is there to see; whether the liar can make a certificate of both. */
  hiccupAgain(): boolean {
    const [one, , three] = this.honest as [Host, Host, Host];
    one.crash();
    three.crash();
    this.victim.host.vanish();
    this.world.runUntil(() => this.liar.pocket.size === 2, 60_000);
    this.victim.host.reappear();
    return this.liar.strike();
  }
}

describe("two hiccups of a live peer with a weekend without a quorum between them, and a liar that keeps votes", () => {
  test("do not add up in two ticks that are next to each other", () => {
    const town = new Weekend(1);
    const [before] = town.ticks as [number];
    town.until(() => town.ticks.every((tick) => tick === before + 1), 60_000);
    expect(town.hiccupAgain()).toBe(false);
  });

  test("do not add up in one tick, which a seed that was started again cannot tell the age of", () => {
    const town = new Weekend(2);
    expect(new Set(town.ticks).size).toBe(1);
    expect(town.hiccupAgain()).toBe(false);
  });
});

test.each([
  [1, "one of three seeds is"],
  [3, "all three seeds are"],
])("%i: six seconds after %s restarted the dead are found as fast as ever", (restarted) => {
  const town = new Town({ seed: 5, signatures: "hash", options: { timing: LAN_TIMING } });
  const peers = town.peers(6);
  town.until(() => peers.every((peer) => town.isListed(peer)), 30_000);
  town.world.run(30_000);
  for (const host of town.hosts.slice(0, restarted)) host.restart();
  town.world.run(6000);
  const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
  town.hostOfPeer(victim).crash();
  for (const other of others) other.accuse(victim.id);
  expect(town.until(() => town.isGone(victim), 120_000)).toBeLessThan(LAN_TIMING.caseAgeMs);
});
