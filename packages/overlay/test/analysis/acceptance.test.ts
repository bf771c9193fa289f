import {
  barabasiAlbert,
  barabasiAlbertAtLeast,
  distanceToBarabasiAlbert,
  type Graph,
  judgeDegrees,
  judgePValues,
} from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import type { Random } from "@p2p/wire";
import { describe, expect, test, vi } from "vitest";
import { erdosRenyi, uniformAttachment } from "./generators.ts";

vi.setConfig({ testTimeout: 60_000 });

type Generator = (count: number, m: number, random: Random) => Graph<number>;

/** Degrees of one network a seed. */
function grown(generator: Generator, count: number, m: number, runs: number): number[][] {
  return Array.from({ length: runs }, (_, seed) => generator(count, m, new SeededRandom(seed + 1)).degrees);
}

describe("the generator of Barabási and Albert", () => {
  test.each([1, 2, 3, 4])("makes a network of m = %i", (m) => {
    const { degrees, edgeCount, nodes } = barabasiAlbert(500, m, new SeededRandom(m));
    expect(nodes.length).toBe(500);
    expect(edgeCount).toBe((m * (m + 1)) / 2 + (500 - m - 1) * m);
    expect(Math.min(...degrees)).toBe(m);
  });

  test("starts from all linked", () => {
    expect(barabasiAlbert(4, 3, new SeededRandom(1)).degrees).toEqual([3, 3, 3, 3]);
  });

  test.each([
    [3, 3],
    [10, 0],
    [10, 1.5],
    [Number.NaN, 3],
  ])("refuses %d nodes of m = %d", (count, m) => {
    expect(() => barabasiAlbert(count, m, new SeededRandom(1))).toThrow(RangeError);
  });
});

describe("the exact law", () => {
  test("is m(m+1) / (k(k+1))", () => {
    expect([0, 3, 4, 5].map((k) => barabasiAlbertAtLeast(k, 3))).toEqual([1, 1, 12 / 20, 12 / 30]);
  });

  test("is as far from degrees as they are at any degree", () => {
    // Three of four have at least 4, and the law says 12/20; nobody has 5 or more, and it says 12/30.
    expect(distanceToBarabasiAlbert([3, 4, 4, 4], 3)).toBeCloseTo(0.4, 12);
    expect(() => distanceToBarabasiAlbert([], 3)).toThrow(RangeError);
    expect(() => distanceToBarabasiAlbert([3], 0)).toThrow(RangeError);
  });
});

/** Ten p-values, so many of them above 0.1. */
function p(plausible: number): number[] {
  return Array.from({ length: 10 }, (_, run) => (run < plausible ? 0.11 : 0.1));
}

describe("the verdict", () => {
  test.each([
    [100, 3, 60, 0.85],
    [1000, 2, 60, 0.9],
    [1000, 3, 60, 0.9],
    [1000, 4, 60, 0.9],
    [5000, 3, 20, 0.9],
  ])(
    "of N = %i, m = %i grown by Barabási–Albert (%i seeds) is yes in a share of %d and more",
    (count, m, runs, least) => {
      const verdicts = grown(barabasiAlbert, count, m, runs).map((degrees) => judgeDegrees(degrees, m));
      expect(verdicts.filter(({ holds }) => holds).length / runs).toBeGreaterThanOrEqual(least);
    },
  );

  test("of N = 10 000, m = 2 is yes, though the tail is shorter than a fifth in about half", () => {
    const verdicts = grown(barabasiAlbert, 10_000, 2, 20).map((degrees) => judgeDegrees(degrees, 2));
    const short = verdicts.filter(({ fit }) => fit !== undefined && fit.tailCount < fit.count / 5);
    console.info(`N=10 000, m=2: ${short.length} of 20 have a tail of less than a fifth`);
    expect(short.length).toBeGreaterThanOrEqual(5);
    expect(verdicts.filter(({ holds }) => holds).length).toBeGreaterThanOrEqual(18);
  });

  test.each([
    ["uniform attachment", uniformAttachment],
    ["a random graph", erdosRenyi],
  ])("of %s is always no, and its distance alone says so", (_, generator) => {
    for (const [count, m] of [
      [100, 3],
      [1000, 2],
      [1000, 3],
      [1000, 4],
    ] as const) {
      for (const degrees of grown(generator, count, m, 40)) {
        const { holds, clauses } = judgeDegrees(degrees, m);
        expect(holds).toBe(false);
        expect(clauses.find(({ name }) => name === "distance")?.holds).toBe(false);
      }
    }
  });

  test("names each clause with its figure and its range", () => {
    const { clauses, fit } = judgeDegrees(barabasiAlbert(1000, 3, new SeededRandom(1)).degrees, 3);
    expect(clauses.map(({ name, min, max }) => [name, min, max])).toEqual([
      ["exponent", 2.4, 3],
      ["start", 1, 9],
      ["tail", 0.2, 1],
      ["distance", 0, 0.04],
    ]);
    expect(clauses.map(({ figure }) => figure).slice(0, 3)).toEqual([
      fit?.alpha,
      fit?.xMin,
      (fit?.tailCount ?? 0) / 1000,
    ]);
  });

  test("of a ring is no: there is nothing to fit", () => {
    const { holds, fit, clauses } = judgeDegrees(Array(100).fill(2), 1);
    expect([holds, fit]).toEqual([false, undefined]);
    expect(clauses.map(({ holds }) => holds)).toEqual([false, false, false, false]);
  });

  test("of the p-values asks for seven in ten", () => {
    expect(judgePValues(p(7))).toEqual({ name: "plausible", figure: 0.7, min: 0.7, max: 1, holds: true });
    expect(judgePValues(p(6)).holds).toBe(false);
    expect(judgePValues([]).holds).toBe(false);
  });
});
