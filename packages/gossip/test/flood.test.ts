import { describe, expect, test } from "vitest";
import { type Edges, line, mesh, partial, star, tree } from "./graphs.ts";
import { Town } from "./town.ts";

const SHAPES: Record<string, Edges> = {
  "a line of 6": line(6),
  "a star of 30": star(30),
  "a tree of 10": tree(10),
  "a full mesh of 8": mesh(8),
  "a sparse graph of 20": partial(20, 9),
  "a dense graph of 20": partial(20, 2),
};

describe("flood", () => {
  test.each(Object.entries(SHAPES))(
    "in %s everybody gets everything, once, for 2E − (N − 1) frames a message",
    (_, edges) => {
      const town = new Town();
      town.link(edges);
      const { citizens, world } = town;
      for (const { gossip } of citizens)
        gossip.publish(`from ${citizens.findIndex((c) => c.gossip === gossip)}`);
      world.run(5000);
      const all = citizens.map((_citizen, number) => `from ${number}`);
      for (const [number, { texts }] of citizens.entries()) {
        expect(texts.toSorted()).toEqual(all.filter((text) => text !== `from ${number}`).toSorted());
      }
      const passed = citizens.reduce((sum, { gossip }) => sum + gossip.counts.passed, 0);
      expect(passed).toBe(citizens.length * (2 * edges.length - (citizens.length - 1)));
    },
  );

  test("each node passes a message on once to each neighbour but the one that brought it", () => {
    const town = new Town();
    town.link(star(5));
    town.at(1).gossip.publish("round");
    town.world.run(1000);
    expect(town.citizens.map(({ gossip }) => gossip.counts.passed)).toEqual([3, 1, 0, 0, 0]);
  });

  test("frames that come twice, late and out of order change nothing", () => {
    const town = new Town({ seed: 11, duplicate: 0.2, reorder: 0.2, late: { minMs: 0, maxMs: 800 } });
    town.link(partial(12, 3));
    for (let round = 0; round < 20; round++) {
      for (const [number, { gossip }] of town.citizens.entries()) gossip.publish(`${number}/${round}`);
      town.world.run(100);
    }
    town.world.run(10_000);
    for (const { texts } of town.citizens) {
      expect(texts).toHaveLength(11 * 20);
      expect(new Set(texts).size).toBe(11 * 20);
    }
  });
});
