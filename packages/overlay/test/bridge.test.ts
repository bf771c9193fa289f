import type { PeerId } from "@p2p/identity";
import { sample } from "@p2p/wire";
import { describe, expect, test, vi } from "vitest";
import { Village, type VillageOptions, type Villager } from "./village.ts";

// Minutes of many nodes: seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 60_000 });

const SEED = "5e".repeat(32) as PeerId;
const OTHER_SEED = "5f".repeat(32) as PeerId;

/** Two islands that know of each other, and have no reason to look: each owns its three links at home. */
function islands(
  seed: number,
  overlay: VillageOptions["overlay"] = {},
): { village: Village; here: Villager[]; there: Villager[] } {
  const village = new Village({ seed, signatures: "hash", overlay });
  const { world } = village;
  const here = Array.from({ length: 20 }, (_, index) => village.add(`here${index}`));
  world.run(15_000);
  for (const villager of here) villager.host.freeze();
  village.villagers.clear();
  const there = Array.from({ length: 20 }, (_, index) => village.add(`there${index}`));
  world.run(15_000);
  for (const villager of here) village.villagers.set(villager.name, villager);
  for (const villager of here) villager.host.thaw();
  for (const one of here) one.overlay.offer(there.map((other) => village.memberOf(other)));
  for (const one of there) one.overlay.offer(here.map((other) => village.memberOf(other)));
  world.run(60_000);
  return { village, here, there };
}

function bridge(one: Villager | undefined, other: Villager | undefined, seed = SEED): void {
  if (one !== undefined && other !== undefined) one.overlay.bridge(other.lobby.id, seed);
}

describe("two islands that are in one list", () => {
  test.each([1, 2, 3])(
    "stay two for ever by themselves, and are one as soon as a seed names a partner (seed %i)",
    (seed) => {
      const { village, here, there } = islands(seed);
      expect(village.components).toEqual([20, 20]);
      const rounds = village.all.map(({ told }) => told.rounds);
      for (const one of sample(here, 2, village.world.random))
        bridge(one, sample(there, 1, village.world.random)[0]);
      village.world.run(1000);
      expect(village.components).toEqual([40]);
      expect(village.all.map(({ told }) => told.rounds)).toEqual(rounds);
      expect(village.all.every(({ overlay }) => overlay.owned === 3)).toBe(true);
      expect(village.disagreements).toEqual([]);
    },
  );
});

describe("a link that a seed asked for", () => {
  test("takes the place of the next owned link that is lost: nobody is drawn for that one", () => {
    const { village, here, there } = islands(4);
    const one = here[0] as Villager;
    bridge(one, there[0]);
    village.world.run(1000);
    expect(village.degreeOf(one) - here.filter((other) => village.areLinked(one, other)).length).toBe(1);
    const { rounds } = one.told;
    const lost = here.find((other) => one.overlay.anchors().includes(other.lobby.id)) as Villager;
    village.kill(lost.name);
    village.world.run(10_000);
    expect(one.told.rounds).toBe(rounds);
    expect(one.overlay.owned).toBe(3);
    expect(village.areLinked(one, there[0] as Villager)).toBe(true);
  });

  test("is one at a time: the same seed's next hint waits until it is gone, another seed's for a while", () => {
    const { village, here, there } = islands(5);
    const one = here[0] as Villager;
    const [first, second, third] = there as [Villager, Villager, Villager];
    const linked = () => [first, second, third].map((other) => village.areLinked(one, other));
    const before = village.degreeOf(one);
    bridge(one, first);
    bridge(one, second, OTHER_SEED);
    village.world.run(5000);
    bridge(one, second, OTHER_SEED);
    village.world.run(5000);
    expect(linked()).toEqual([true, false, false]);
    village.world.run(30_000);
    bridge(one, third);
    bridge(one, second, OTHER_SEED);
    village.world.run(10_000);
    expect(linked()).toEqual([false, true, false]);
    expect(village.degreeOf(one)).toBe(before + 1);
    expect(one.overlay.owned).toBe(3);
    expect(village.disagreements).toEqual([]);
  });

  test("costs a node nothing when nobody is there, and a seed one word in half a minute", () => {
    const { village, here, there } = islands(6);
    const one = here[0] as Villager;
    const before = village.degreeOf(one);
    const dead = there[0] as Villager;
    village.kill(dead.name, 600_000);
    bridge(one, dead);
    village.world.run(5000);
    bridge(one, there[1]);
    village.world.run(5000);
    expect(village.degreeOf(one)).toBe(before);
    village.world.run(30_000);
    bridge(one, there[1]);
    village.world.run(5000);
    expect(village.degreeOf(one)).toBe(before + 1);
  });

  test("leads to members only, and to none where an owned link goes already", () => {
    const seen = new Map<string, string>();
    const netgroup = (address: string): string => {
      // All of one island, and the first of the other, share a prefix.
      if (!seen.has(address)) seen.set(address, seen.size < 21 ? "home" : address);
      return seen.get(address) as string;
    };
    const { village, here, there } = islands(7, { netgroup });
    const one = here[0] as Villager;
    one.overlay.bridge("ab".repeat(32) as PeerId, SEED);
    bridge(one, there[0]);
    village.world.run(3000);
    expect(village.components).toEqual([20, 20]);
    bridge(one, there[1]);
    village.world.run(3000);
    expect(village.components).toEqual([40]);
  });

  test("is no anchor, and does not outlive its end", () => {
    const { village, here, there } = islands(8);
    const one = here[0] as Villager;
    bridge(one, there[0]);
    village.world.run(1000);
    expect(one.overlay.anchors()).not.toContain((there[0] as Villager).lobby.id);
    village.kill("there0");
    village.world.run(20_000);
    bridge(one, there[1], OTHER_SEED);
    village.world.run(1000);
    expect(village.areLinked(one, there[1] as Villager)).toBe(true);
  });
});
