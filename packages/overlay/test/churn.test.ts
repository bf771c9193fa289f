import type { PeerId } from "@p2p/identity";
import {
  components,
  degreeRemoval,
  distanceToBarabasiAlbert,
  fitPowerLaw,
  judgeDegrees,
  pathLengths,
  RobustnessCurve,
  randomRemoval,
} from "@p2p/overlay/analysis";
import { describe, expect, test, vi } from "vitest";
import { DEFAULT_ATTACHMENT } from "../src/index.ts";
import { Pull } from "../src/pull.ts";
import { Model, type Vertex } from "./model.ts";
import { Village } from "./village.ts";

// Thousands of nodes: seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 120_000 });

const [COUNT, M, CAP] = [1000, 3, 64];
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const SEED = "5e".repeat(32) as PeerId;

/** Who dies when another one comes. */
const DEATHS: Record<string, (model: Model) => Vertex> = {
  "any alike": (model) => model.any(),
  "the younger of two": (model) => {
    const [one, other] = [model.any(), model.any()];
    return one.bornAt > other.bornAt ? one : other;
  },
};

/** What a network looked like at a moment: figures that are printed, and bounded. */
interface Look {
  /** The exponent, x_min chosen freely. */
  readonly alpha: number;
  readonly distance: number;
  readonly highest: number;
  readonly lowest: number;
  readonly parts: number;
}

function look(model: Model): Look {
  const { degrees, graph } = model;
  return {
    alpha: fitPowerLaw(degrees)?.alpha ?? 0,
    distance: distanceToBarabasiAlbert(degrees, M),
    highest: Math.max(...degrees),
    lowest: Math.min(...degrees),
    parts: components(graph).length,
  };
}

/** A model whose nodes hear, each time a hundredth of them has changed, what a seed would tell. */
class Watched {
  readonly model: Model;
  readonly #pull = new Pull(DEFAULT_ATTACHMENT.power, M);
  #changes = 0;

  constructor(seed: number, isAdjusted = true) {
    const attachment = () => ({
      ...DEFAULT_ATTACHMENT,
      power: isAdjusted ? this.#pull.power(0) : DEFAULT_ATTACHMENT.power,
    });
    this.model = new Model({ seed, attachment });
    while (this.model.vertices.length < COUNT) this.#changed(() => this.model.join());
  }

  /** As many die, one by one, as there are, and as many come. */
  turnOver(dies: (model: Model) => Vertex): void {
    for (let turn = 0; turn < COUNT; turn++) {
      this.#changed(() => {
        this.model.kill([dies(this.model)]);
        this.model.join();
      });
    }
  }

  #changed(change: () => void): void {
    change();
    this.#changes += 1;
    if (this.#changes % (COUNT / 100) === 0) this.#pull.hear(SEED, this.model.histogram, 0);
  }
}

function range(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
    .map((value) => value?.toFixed(digits))
    .join(" … ");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Ten turnovers of each of five networks, looked at after each. */
function turnovers(isAdjusted: boolean, deaths: string): Look[] {
  const dies = DEATHS[deaths] as (model: Model) => Vertex;
  const looks = SEEDS.slice(0, 5).flatMap((seed) => {
    const watched = new Watched(seed, isAdjusted);
    return Array.from({ length: 10 }, () => {
      watched.turnOver(dies);
      return look(watched.model);
    });
  });
  const column = (name: keyof Look, digits: number) =>
    range(
      looks.map((each) => each[name]),
      digits,
    );
  console.info(
    `dies ${deaths}, ${isAdjusted ? "adjusted" : "power 1.3"}: exponent ${column("alpha", 2)}, ` +
      `distance ${column("distance", 3)}, highest degree ${column("highest", 0)}`,
  );
  return looks;
}

describe("ten turnovers of a thousand nodes", () => {
  test.each(Object.keys(DEATHS))(
    "leave degrees as they were, when links are pulled as seeds tell (dies %s)",
    (deaths) => {
      const looks = turnovers(true, deaths);
      for (const { alpha, distance, highest, lowest, parts } of looks) {
        expect(alpha).toBeGreaterThan(2.55);
        expect(alpha).toBeLessThan(3.2);
        expect(distance).toBeLessThan(0.07);
        expect(highest).toBeLessThanOrEqual(CAP);
        expect(lowest).toBe(M);
        expect(parts).toBe(1);
      }
      const last = looks.filter((_, index) => index % 10 === 9);
      for (const { alpha } of last) expect(alpha).toBeGreaterThan(2.6);
      expect(mean(looks.map(({ distance }) => distance))).toBeLessThan(0.04);
    },
  );

  test("wear hubs down when they are not: the check can fail", () => {
    const looks = turnovers(false, "any alike");
    expect(mean(looks.map(({ distance }) => distance))).toBeGreaterThan(0.06);
    expect(Math.max(...looks.map(({ alpha }) => alpha))).toBeGreaterThan(3.2);
  });
});

describe("a thousand nodes that came one by one", () => {
  const models = SEEDS.map((seed) => new Watched(seed).model);

  test("are one of Barabási and Albert's networks", () => {
    const looks = models.map(look);
    const paths = models.map(({ graph }) => pathLengths(graph).mean);
    console.info(
      `grown: exponent ${range(
        looks.map(({ alpha }) => alpha),
        2,
      )}, distance ${range(
        looks.map(({ distance }) => distance),
        3,
      )}, ` +
        `path ${range(paths, 2)}, highest degree ${range(
          looks.map(({ highest }) => highest),
          0,
        )}`,
    );
    const verdicts = models.map(({ degrees }) => judgeDegrees(degrees, M));
    expect(verdicts.filter(({ holds }) => !holds)).toEqual([]);
    // Nine tenths of exact networks of Barabási and Albert are in this range.
    const alphas = looks.map(({ alpha }) => alpha);
    expect(alphas.filter((alpha) => alpha >= 2.62 && alpha <= 2.86).length).toBeGreaterThanOrEqual(18);
    expect(Math.max(...looks.map(({ distance }) => distance))).toBeLessThanOrEqual(0.04);
    expect(looks.every(({ parts, lowest, highest }) => parts === 1 && lowest >= M && highest <= CAP)).toBe(
      true,
    );
    expect(Math.max(...paths)).toBeLessThanOrEqual(3.6);
    const questions = models.map((model) => model.questions / COUNT);
    console.info(`questions a joiner: ${range(questions, 1)}`);
    // A second round where a hub that was drawn is full.
    expect(Math.max(...questions)).toBeLessThan(37);
  });

  test("lose hardly anybody else when a fifth of them crash, or the fifty with most links", () => {
    const crashed = models.map(({ graph, random }) =>
      new RobustnessCurve(graph, randomRemoval(graph, random)).at(0.2),
    );
    const struck = models.map(({ graph }) => new RobustnessCurve(graph, degreeRemoval(graph)).at(0.05));
    console.info(`survivors together: ${range(crashed, 4)} after crashes, ${range(struck, 4)} without hubs`);
    expect(Math.min(...crashed)).toBeGreaterThanOrEqual(0.988);
    expect(Math.min(...struck)).toBeGreaterThanOrEqual(0.97);
  });
});

describe("a stampede", () => {
  test("of 300 that see one snapshot of a thousand makes no super-hub, and keeps the law", () => {
    const models = SEEDS.map((seed) => new Watched(seed).model);
    for (const model of models) model.join(300);
    const looks = models.map(look);
    console.info(
      `after a stampede: exponent ${range(
        looks.map(({ alpha }) => alpha),
        2,
      )}, distance ${range(
        looks.map(({ distance }) => distance),
        3,
      )}, highest degree ${range(
        looks.map(({ highest }) => highest),
        0,
      )}`,
    );
    for (const { highest, lowest, parts } of looks) {
      expect(highest).toBeLessThanOrEqual(CAP);
      expect(lowest).toBeGreaterThanOrEqual(M);
      expect(parts).toBe(1);
    }
    const verdicts = models.map(({ degrees }) => judgeDegrees(degrees, M));
    expect(verdicts.filter(({ holds }) => !holds)).toEqual([]);
  });

  test("of 300 overlays that start a network within six seconds makes no super-hub, and a power law (seed 5)", () => {
    const village = new Village({ seed: 5, signatures: "hash", latency: { minMs: 10, maxMs: 100 } });
    village.populate(300, 20);
    village.world.run(20_000);
    const degrees = village.all.map((villager) => village.degreeOf(villager));
    expect(Math.max(...degrees)).toBeLessThanOrEqual(CAP);
    expect(village.components).toEqual([300]);
    expect(judgeDegrees(degrees, M).clauses.filter(({ holds }) => !holds)).toEqual([]);
  });
});
