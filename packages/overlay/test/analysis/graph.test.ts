import { components, Graph, giantShare, pathLengths } from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test } from "vitest";

const ring = (count: number): Graph<number> =>
  new Graph(Array.from({ length: count }, (_, node) => [node, (node + 1) % count] as const));

const star = new Graph([
  ["hub", "a"],
  ["hub", "b"],
  ["hub", "c"],
]);

describe("a graph", () => {
  test("counts a link once, from whichever end it is told, and no link of a node with itself", () => {
    const graph = new Graph([
      ["a", "b"],
      ["b", "a"],
      ["a", "b"],
      ["c", "c"],
    ]);
    expect(graph.nodes).toEqual(["a", "b", "c"]);
    expect(graph.edgeCount).toBe(1);
    expect(graph.degrees).toEqual([1, 1, 0]);
    expect([...graph.edges()]).toEqual([["a", "b"]]);
  });

  test("knows nodes without links when they are named", () => {
    const graph = new Graph([[7, 3]], [1, 3]);
    expect(graph.nodes).toEqual([1, 3, 7]);
    expect(graph.degrees).toEqual([0, 1, 1]);
    expect([...graph.neighboursAt(graph.positionOf(7))]).toEqual([graph.positionOf(3)]);
    expect(() => graph.positionOf(2)).toThrow(RangeError);
  });

  test("without some is what is left of it, the lonely included", () => {
    const rest = star.without(["hub"]);
    expect(rest.nodes).toEqual(["a", "b", "c"]);
    expect(rest.edgeCount).toBe(0);
    expect(star.edgeCount).toBe(3);
    expect(() => star.without(["nobody"])).toThrow(RangeError);
  });

  test("of nobody is empty", () => {
    const graph = new Graph([]);
    expect([graph.nodes, graph.edgeCount, graph.degrees]).toEqual([[], 0, []]);
    expect([components(graph), giantShare(graph)]).toEqual([[], 0]);
  });
});

describe("components", () => {
  test("are the pieces, the largest first", () => {
    const graph = new Graph(
      [
        ["a", "b"],
        ["c", "d"],
        ["d", "e"],
      ],
      ["z"],
    );
    expect(components(graph)).toEqual([["c", "d", "e"], ["a", "b"], ["z"]]);
    expect(giantShare(graph)).toBe(3 / 6);
  });

  test("of a long chain whose links are told in any order are one", () => {
    const links = Array.from(
      { length: 5000 },
      (_, node) => [(node * 1709) % 5000, ((node * 1709) % 5000) + 1] as const,
    );
    expect(giantShare(new Graph(links))).toBe(1);
  });
});

describe("path lengths", () => {
  test.each([
    ["a star", star, { mean: 1.5, longest: 2, reachable: 1, isExact: true }],
    ["a ring of five", ring(5), { mean: 1.5, longest: 2, reachable: 1, isExact: true }],
    ["a ring of six", ring(6), { mean: 1.8, longest: 3, reachable: 1, isExact: true }],
    [
      "two pairs",
      new Graph([
        [1, 2],
        [3, 4],
      ]),
      { mean: 1, longest: 1, reachable: 1 / 3, isExact: true },
    ],
    ["one node", new Graph([], [1]), { mean: Number.NaN, longest: 0, reachable: Number.NaN, isExact: true }],
  ])("of %s", (_, graph: Graph, lengths) => {
    expect(pathLengths(graph)).toEqual(lengths);
  });

  test("from a sample of sources say that they are", () => {
    const sampled = pathLengths(ring(101), { sources: 10, random: new SeededRandom(1) });
    expect(sampled).toEqual({ mean: 25.5, longest: 50, reachable: 1, isExact: false });
    expect(pathLengths(ring(5), { sources: 9, random: new SeededRandom(1) }).isExact).toBe(true);
  });
});
