import {
  barabasiAlbert,
  degreeRemoval,
  Graph,
  giantShare,
  RobustnessCurve,
  randomRemoval,
  recomputedDegreeRemoval,
} from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test } from "vitest";

/** Two hubs; the second loses most of its links when the first goes. */
const twoHubs = new Graph([
  ["first", "a"],
  ["first", "b"],
  ["first", "c"],
  ["first", "d"],
  ["first", "second"],
  ["second", "a"],
  ["second", "b"],
  ["second", "c"],
  ["x", "y"],
  ["y", "z"],
  ["z", "x"],
]);

describe("who goes first", () => {
  test("by degree: those who had most at the start", () => {
    expect(degreeRemoval(twoHubs).slice(0, 3)).toEqual(["first", "second", "a"]);
  });

  test("by recomputed degree: always one who has most at that moment", () => {
    const graph = barabasiAlbert(200, 3, new SeededRandom(1));
    const order = recomputedDegreeRemoval(graph);
    expect(new Set(order).size).toBe(200);
    for (let gone = 0; gone < 200; gone++) {
      const left = graph.without(order.slice(0, gone));
      expect(left.degrees[left.positionOf(order[gone] as number)]).toBe(Math.max(...left.degrees));
    }
  });

  test("at random: everybody once, by the generator given", () => {
    const order = randomRemoval(twoHubs, new SeededRandom(1));
    expect(order.toSorted()).toEqual(twoHubs.nodes.toSorted());
    expect(randomRemoval(twoHubs, new SeededRandom(1))).toEqual(order);
    expect(randomRemoval(twoHubs, new SeededRandom(2))).not.toEqual(order);
  });
});

describe("a robustness curve", () => {
  test("is what taking the nodes away shows", () => {
    const graph = barabasiAlbert(300, 2, new SeededRandom(1));
    const order = randomRemoval(graph, new SeededRandom(2));
    const curve = new RobustnessCurve(graph, order);
    for (let gone = 0; gone < 300; gone += 7)
      expect(curve.at(gone / 300)).toBeCloseTo(giantShare(graph.without(order.slice(0, gone))), 12);
  });

  test("ends with the order, and nobody is left after the last", () => {
    const whole = new RobustnessCurve(twoHubs, degreeRemoval(twoHubs));
    expect([whole.removedMax, whole.at(1), whole.at(0)]).toEqual([1, 0, 6 / 9]);
    const part = new RobustnessCurve(twoHubs, ["first"]);
    expect([part.removedMax, part.at(1)]).toEqual([1 / 9, 4 / 8]);
  });

  test("has a threshold: the share after which the giant is gone", () => {
    const curve = new RobustnessCurve(twoHubs, ["first", "second", "x", "a"]);
    expect(curve.threshold(0.5)).toBe(1 / 9);
    expect(curve.threshold(0.3)).toBe(3 / 9);
    expect(curve.threshold()).toBeUndefined();
  });

  test.each([[["nobody"]], [["a", "a"]]])("refuses the order %j", (order) => {
    expect(() => new RobustnessCurve(twoHubs, order)).toThrow(RangeError);
  });
});
