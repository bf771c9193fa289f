import {
  barabasiAlbert,
  degreeRemoval,
  distanceToBarabasiAlbert,
  fitPowerLaw,
  type Graph,
  judgeDegrees,
  judgePValues,
  pathLengths,
  powerLawPValue,
  RobustnessCurve,
  randomRemoval,
  recomputedDegreeRemoval,
} from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test, vi } from "vitest";
import { erdosRenyi, uniformAttachment } from "./generators.ts";

// Seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 120_000 });

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

/** One figure of all the runs. */
class Figure {
  readonly #values: readonly number[];

  constructor(values: readonly number[]) {
    this.#values = values.toSorted((a, b) => a - b);
  }

  get mean(): number {
    return this.#values.reduce((sum, value) => sum + value, 0) / this.#values.length;
  }

  get min(): number {
    return this.#values[0] as number;
  }

  get max(): number {
    return this.#values.at(-1) as number;
  }

  /** The value that a share of the runs stays below. */
  quantile(share: number): number {
    return this.#values[Math.round(share * (this.#values.length - 1))] as number;
  }

  /** The mean, and the range of the middle nine tenths. */
  band(digits: number): string {
    const [low, high] = [this.quantile(0.05), this.quantile(0.95)];
    return `${this.mean.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
  }

  /** The mean, and the worst. */
  worst(digits: number, end: "min" | "max"): string {
    return `${this.mean.toFixed(digits)} (${this[end].toFixed(digits)})`;
  }
}

function figure(
  graphs: readonly Graph<number>[],
  of: (graph: Graph<number>, seed: number) => number,
): Figure {
  return new Figure(graphs.map((graph, index) => of(graph, index + 1)));
}

function row(...cells: readonly (string | number)[]): void {
  console.info(`| ${cells.join(" | ")} |`);
}

/** Survivors in the largest component, in per cent. */
function survival(removed: number, removal: typeof degreeRemoval | typeof randomRemoval) {
  return (graph: Graph<number>, seed: number): number =>
    100 * new RobustnessCurve(graph, removal(graph, new SeededRandom(seed).fork("removal"))).at(removed);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function threshold(graph: Graph<number>): number {
  return new RobustnessCurve(graph, recomputedDegreeRemoval(graph)).threshold() ?? 1;
}

describe("1000 nodes of Barabási and Albert", () => {
  // The figures of a simulation that shares no code with this.
  test.each([
    {
      m: 2,
      exponent: 2.65,
      path: 4.07,
      random20: 97.6,
      random50: 78,
      hubs5: 88.8,
      hubs10: 66,
      threshold: 0.156,
    },
    {
      m: 3,
      exponent: 2.71,
      path: 3.47,
      random20: 99.7,
      random50: 92.3,
      hubs5: 98,
      hubs10: 93.5,
      threshold: 0.253,
    },
    {
      m: 4,
      exponent: 2.75,
      path: 3.17,
      random20: 99.9,
      random50: 96.6,
      hubs5: 99.6,
      hubs10: 98.3,
      threshold: 0.327,
    },
  ])("of m = $m are what they were", ({ m, ...expected }) => {
    const graphs = SEEDS.map((seed) => barabasiAlbert(1000, m, new SeededRandom(seed)));
    const exponent = figure(graphs, ({ degrees }) => fitPowerLaw(degrees)?.alpha ?? 0);
    const distance = figure(graphs, ({ degrees }) => distanceToBarabasiAlbert(degrees, m));
    // Ten are enough for the second digit, and forty are slow.
    const path = figure(graphs.slice(0, 10), (graph) => pathLengths(graph).mean);
    const kMax = figure(graphs, ({ degrees }) => Math.max(...degrees));
    const random20 = figure(graphs, survival(0.2, randomRemoval));
    const random50 = figure(graphs, survival(0.5, randomRemoval));
    const hubs5 = figure(graphs, survival(0.05, degreeRemoval));
    const hubs10 = figure(graphs, survival(0.1, degreeRemoval));
    const critical = figure(graphs, threshold);
    row(
      m,
      exponent.band(2),
      distance.worst(3, "max"),
      kMax.mean.toFixed(0),
      path.mean.toFixed(2),
      ...[random20, random50, hubs5, hubs10].map((share) => share.worst(1, "min")),
      critical.mean.toFixed(3),
    );
    expect(Math.abs(exponent.mean - expected.exponent)).toBeLessThan(0.05);
    expect(distance.max).toBeLessThan(0.035);
    expect(Math.abs(path.mean - expected.path)).toBeLessThan(0.03);
    expect(Math.abs(random20.mean - expected.random20)).toBeLessThan(0.5);
    expect(Math.abs(random50.mean - expected.random50)).toBeLessThan(2);
    expect(Math.abs(hubs5.mean - expected.hubs5)).toBeLessThan(1);
    expect(Math.abs(hubs10.mean - expected.hubs10)).toBeLessThan(2);
    expect(Math.abs(critical.mean - expected.threshold)).toBeLessThan(0.01);
  });
});

describe("the verdict on 1000 nodes, m = 3", () => {
  test.each([
    { name: "Barabási–Albert", generator: barabasiAlbert, least: 0.9, most: 1 },
    { name: "uniform attachment", generator: uniformAttachment, least: 0, most: 0 },
    { name: "Erdős–Rényi", generator: erdosRenyi, least: 0, most: 0 },
  ])("$name: the p-values hardly tell, the conjunction does", ({ name, generator, least, most }) => {
    const graphs = SEEDS.map((seed) => generator(1000, 3, new SeededRandom(seed)));
    const verdicts = graphs.map(({ degrees }) => judgeDegrees(degrees, 3));
    const share = verdicts.filter(({ holds }) => holds).length / verdicts.length;
    const pValues = verdicts.map(({ fit }, index) => {
      const random = new SeededRandom(index + 1).fork("p");
      return fit === undefined
        ? 0
        : powerLawPValue(graphs[index]?.degrees ?? [], fit, { random, samples: 50 });
    });
    const plausible = judgePValues(pValues);
    const distance = figure(graphs, ({ degrees }) => distanceToBarabasiAlbert(degrees, 3));
    const exponent = new Figure(verdicts.map(({ fit }) => fit?.alpha ?? 0));
    const tail = new Figure(verdicts.map(({ fit }) => (fit === undefined ? 0 : fit.tailCount / fit.count)));
    row(
      name,
      exponent.band(1),
      percent(tail.mean),
      distance.band(3),
      percent(plausible.figure),
      percent(share),
    );
    expect(plausible.figure).toBeGreaterThan(0.35);
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  });
});
