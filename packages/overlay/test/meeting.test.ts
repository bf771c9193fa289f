import { describe, expect, test, vi } from "vitest";
import { edgeWith, Village } from "./village.ts";

// Minutes of many nodes: seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 60_000 });

function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe("two that dial each other at once", () => {
  test.each(seeds(40))("have one link, one owner and one edge (seed %i)", (seed) => {
    const village = new Village({ seed, latency: { minMs: 1, maxMs: 200 } });
    const [one, other] = [village.add("one"), village.add("other")];
    village.world.run(20_000);
    expect(one.lobby.links.size).toBe(1);
    expect(other.lobby.links.size).toBe(1);
    expect(one.overlay.owned + other.overlay.owned).toBe(1);
    const edge = edgeWith(one, other.lobby.id);
    expect(edge?.owner).toBe(one.overlay.owned === 1 ? one.lobby.id : other.lobby.id);
    expect(one.lobby.links.get(other.lobby.id)?.dialled).toBe(one.overlay.owned === 1);
    expect(village.disagreements).toEqual([]);
  });

  // Seed 1: an owner that lost its link to the other's dial after both had signed did not look for another.
  test.each(seeds(20))("also when eight start in one moment (seed %i)", (seed) => {
    const village = new Village({ seed, latency: { minMs: 1, maxMs: 300 } });
    village.populate(8, 0);
    village.world.run(30_000);
    expect(village.disagreements).toEqual([]);
    for (const { overlay, lobby } of village.all) {
      expect(overlay.degree).toBe(lobby.links.size);
      expect(overlay.owned === 3 || overlay.degree === 7).toBe(true);
    }
  });

  test.each(seeds(20))("and when both redial a broken link with replaces (seed %i)", (seed) => {
    const village = new Village({ seed, latency: { minMs: 1, maxMs: 300 }, redials: true });
    const [one, other] = [village.add("one"), village.add("other")];
    village.world.run(20_000);
    const before = edgeWith(one, other.lobby.id);
    village.world.cut(one.host, other.host);
    village.world.after(1000, () => village.world.heal());
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      from.lobby.dial(to.host.address, { expect: to.lobby.id, replaces: true });
    }
    village.world.run(20_000);
    expect(one.lobby.links.size).toBe(1);
    expect(edgeWith(one, other.lobby.id)).toEqual(before);
    expect(one.overlay.owned + other.overlay.owned).toBe(1);
    expect(village.disagreements).toEqual([]);
  });
});
