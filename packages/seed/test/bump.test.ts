import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { ShownVotes } from "../src/client/shown-votes.ts";
import type { Peer } from "./client-town.ts";
import { CrookedTown } from "./crooked-town.ts";

/** Whether a peer stays listed whose hiccup a liar remembers. */
function survivesPocket(seeds: number, faulty: number, seed: number): boolean {
  const town = new CrookedTown(seeds, faulty, 4, seed);
  const { honest, liar, world } = town;
  const [victim] = town.peers as [Peer];
  // One honest seed is away when it happens, so that the votes are one too few.
  const away = honest.at(-1) as Host;
  away.crash();
  victim.host.vanish();
  expect(world.runUntil(() => liar.pocket.size === honest.length - 1, 120_000)).toBe(true);
  victim.host.reappear();
  town.bootSeed(away);
  town.run(20_000 + world.random.next() * 100_000);
  expect(liar.strike()).toBe(true);
  town.run(10_000);
  return town.isListed(victim) && !victim.log.includes("selfRemoved");
}

// P2P_WORLDS=200 for a thorough look.
const worlds = Number(process.env["P2P_WORLDS"] ?? 8);

describe.each([
  [3, 0],
  [4, 1],
])("one of %i seeds lies (f = %i)", (seeds, faulty) => {
  test("votes of a hiccup that it kept do not remove who lives", () => {
    for (let seed = 1; seed <= worlds; seed++)
      expect(survivesPocket(seeds, faulty, seed), `world ${seed}`).toBe(true);
  }, 1_200_000);

  test("it makes nobody take more new incarnations than one in ten minutes", () => {
    const town = new CrookedTown(seeds, faulty, 3, 1);
    town.liar.isStormy = true;
    town.run(1_500_000);
    for (const { log } of town.peers) {
      const bumps = log.filter((name) => name === "bumped").length;
      // With f = 0 the liar is one too many, and spends its budget; else it achieves nothing.
      expect(faulty > 0 ? [0] : [1, 2, 3]).toContain(bumps);
    }
    expect(town.peers.every((peer) => town.isListed(peer))).toBe(true);
  }, 120_000);
});

test("a seed that voted, was restarted and hears the member again shows its vote", () => {
  const town = new CrookedTown(3, 0, 4, 99);
  const { honest, liar, world } = town;
  const [victim] = town.peers as [Peer];
  const [voter, away] = honest as [Host, Host];
  away.crash();
  victim.host.vanish();
  expect(world.runUntil(() => liar.pocket.size === 1, 120_000)).toBe(true);
  voter.crash();
  victim.host.reappear();
  town.run(60_000);
  expect(victim.log).not.toContain("bumped");
  for (const host of honest) town.bootSeed(host);
  town.run(30_000);
  expect(victim.news.bumped).toMatchObject([{ votes: 1 }]);
  expect(victim.log).toContain("renewed");
  expect(town.isListed(victim)).toBe(true);
});

describe("shown votes", () => {
  const ids = ["a", "b", "c", "d", "e"] as PeerId[];

  test.each([
    [1, 0, 1],
    [2, 0, 1],
    [3, 0, 1],
    [4, 1, 2],
    [5, 0, 2],
    [7, 2, 3],
  ])("of %i seeds, f = %i: %i are enough", (size, faulty, enough) => {
    const shown = new ShownVotes({ size, faulty, quorum: Math.ceil((size + faulty + 1) / 2) });
    for (const id of ids.slice(0, enough)) {
      expect(shown.take(0)).toBe(false);
      shown.show(id);
    }
    expect(shown.take(0)).toBe(true);
  });

  test("the word of fewer than q − f is good once in ten minutes; of q − f, always", () => {
    const shown = new ShownVotes({ size: 5, faulty: 0, quorum: 3 });
    const show = (...seeds: PeerId[]): void => {
      shown.clear();
      for (const seed of seeds) shown.show(seed);
    };
    show(...ids.slice(0, 2));
    expect(shown.take(0)).toBe(true);
    show(...ids.slice(0, 2));
    expect(shown.take(599_999)).toBe(false);
    show(...ids.slice(1, 3));
    expect(shown.take(599_999)).toBe(false);
    show(...ids.slice(2, 4));
    expect(shown.take(599_999)).toBe(true);
    show(...ids.slice(0, 2));
    expect(shown.take(600_000)).toBe(true);
    show(...ids.slice(0, 3));
    expect(shown.take(600_001)).toBe(true);
    expect(shown.take(600_001)).toBe(true);
  });
});
