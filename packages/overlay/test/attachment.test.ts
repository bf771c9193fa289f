import type { PeerId } from "@p2p/identity";
import { distanceToBarabasiAlbert, judgeDegrees } from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { sample } from "@p2p/wire";
import { describe, expect, test, vi } from "vitest";
import {
  type Attachment,
  attachmentWeight,
  DEFAULT_ATTACHMENT,
  preferentialAttachment,
  refusalChance,
  Spread,
} from "../src/index.ts";
import { DEFAULTS } from "../src/options.ts";

// Minutes of many nodes: seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 60_000 });

const M = 3;
const CAP = 64;

function prospect(index: number, degree: number, netgroup = `g${index}`) {
  return { id: String(index) as PeerId, index, degree, netgroup };
}

/** Degrees of `count` nodes that join one by one, each by the rule of the overlay; no links, no time. */
function grown(
  count: number,
  seed: number,
  attachment: Attachment,
  askedMax: number = DEFAULTS.askedMax,
): number[] {
  const random = new SeededRandom(seed);
  const degrees = Array.from({ length: M + 1 }, () => M);
  while (degrees.length < count) {
    const asked = sample(degrees.keys(), askedMax, random).filter(
      (index) => (degrees[index] as number) < CAP - 1,
    );
    const prospects = asked.map((index) => prospect(index, degrees[index] as number));
    const rule = { attachment, cap: CAP, spread: new Spread() };
    for (const { index } of preferentialAttachment(prospects, M, rule, random))
      degrees[index] = (degrees[index] as number) + 1;
    degrees.push(M);
  }
  return degrees;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Share of one newcomer's links that go to the liars, whose weight is that of `degree`. */
function share(degree: number): number {
  const random = new SeededRandom(9);
  const honest = grown(1000, 9, DEFAULT_ATTACHMENT);
  let caught = 0;
  for (let newcomer = 0; newcomer < 2000; newcomer++) {
    const asked = sample(Array(1050).keys(), DEFAULTS.askedMax, random);
    const prospects = asked.map((index) =>
      prospect(index, index < 1000 ? (honest[index] as number) : degree),
    );
    const rule = { attachment: DEFAULT_ATTACHMENT, cap: 1e9, spread: new Spread() };
    caught += preferentialAttachment(prospects, M, rule, random).filter(({ index }) => index >= 1000).length;
  }
  return caught / (2000 * M);
}

describe("preferential attachment", () => {
  test.each([
    [0, 1.3, 1],
    [1, 1.3, 1],
    [4, 1.5, 8],
    [64, 1.5, 512],
    [10_000, 1.5, 512],
    [3, 1, 3],
    [3, 0, 1],
    [64, 0, 1],
  ])("degree %i to the power of %d weighs %d", (degree, power, weight) => {
    expect(attachmentWeight(degree, CAP, power)).toBe(weight);
  });

  test("draws in proportion to the weights", () => {
    const random = new SeededRandom(1);
    const prospects = [prospect(0, 3), prospect(1, 6), prospect(2, 9)];
    const rule = { attachment: { power: 1, uniform: 0 }, cap: CAP, spread: new Spread() };
    const hits = [0, 0, 0];
    for (let draw = 0; draw < 6000; draw++) {
      for (const { index } of preferentialAttachment(prospects, 1, rule, random))
        hits[index] = (hits[index] as number) + 1;
    }
    for (const [index, share] of [1 / 6, 2 / 6, 3 / 6].entries()) {
      expect(Math.abs((hits[index] as number) / 6000 - share)).toBeLessThan(0.02);
    }
  });

  test("draws nobody twice, and as many as there are", () => {
    const prospects = [prospect(0, 1), prospect(1, 60), prospect(2, 3)];
    const rule = { attachment: DEFAULT_ATTACHMENT, cap: CAP, spread: new Spread() };
    const drawn = preferentialAttachment(prospects, 5, rule, new SeededRandom(2));
    expect(new Set(drawn.map(({ index }) => index))).toEqual(new Set([0, 1, 2]));
    expect(preferentialAttachment([], 5, rule, new SeededRandom(2))).toEqual([]);
  });

  test("draws one of each netgroup, and none of one that is taken", () => {
    const prospects = [
      prospect(0, 60, "x"),
      prospect(1, 60, "x"),
      prospect(2, 3, "y"),
      prospect(3, 60, "taken"),
    ];
    const rule = { attachment: DEFAULT_ATTACHMENT, cap: CAP, spread: new Spread(["taken"]) };
    for (let seed = 1; seed <= 20; seed++) {
      const drawn = preferentialAttachment(prospects, 3, rule, new SeededRandom(seed));
      expect(drawn.map(({ netgroup }) => netgroup).toSorted()).toEqual(["x", "y"]);
    }
  });
});

describe("spread", () => {
  test("is relaxed by just as much as lets somebody in", () => {
    const spread = new Spread(["x", "x", "y"]);
    expect(["x", "y", "z"].map((group) => spread.hasRoom(group))).toEqual([false, false, true]);
    spread.relaxFor(["x", "y"]);
    expect(["x", "y", "z"].map((group) => spread.hasRoom(group))).toEqual([false, true, true]);
    spread.relaxFor(["x"]);
    expect(["x", "y", "z"].map((group) => spread.hasRoom(group))).toEqual([true, true, true]);
  });

  test("is not relaxed while a netgroup without links is there", () => {
    const spread = new Spread(["x"]);
    spread.relaxFor(["x", "z"]);
    expect(spread.hasRoom("x")).toBe(false);
  });
});

describe("the stampede rule", () => {
  test.each([
    [undefined, 500, 0],
    [0, 6, 0],
    [0, 12, 0.5],
    [4, 10, 0],
    [4, 20, 0.5],
    [4, 40, 0.75],
    [30, 36, 0],
    [30, 72, 0.5],
    [60, 3, 0],
  ])("seen with %s links, now with %i: refused with chance %d", (seen, now, chance) => {
    expect(refusalChance(seen, now, 3)).toBe(chance);
  });
});

describe("degrees of 1000 nodes that join one by one", () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

  test("follow the law of Barabási and Albert: the whole verdict is yes for twenty of twenty", () => {
    const networks = seeds.map((seed) => grown(1000, seed, DEFAULT_ATTACHMENT));
    const verdicts = networks.map((degrees) => judgeDegrees(degrees, M));
    const distances = networks.map((degrees) => distanceToBarabasiAlbert(degrees, M));
    const exponents = verdicts.map(({ fit }) => fit?.alpha ?? 0);
    const agreed = verdicts.filter(({ holds }) => holds).length;
    console.info(
      `N=1000: ${agreed} of 20 pass; exponent ${mean(exponents).toFixed(2)}, distance ${mean(distances).toFixed(3)} (max ${Math.max(...distances).toFixed(3)})`,
    );
    expect(agreed).toBe(20);
    expect(mean(distances)).toBeLessThanOrEqual(0.022);
    expect(Math.max(...distances)).toBeLessThanOrEqual(0.04);
    expect(mean(exponents)).toBeGreaterThan(2.62);
    expect(mean(exponents)).toBeLessThan(2.86);
  });

  test("do not when links ignore degrees: the check can fail", () => {
    const distances = seeds.map((seed) =>
      distanceToBarabasiAlbert(grown(1000, seed, { power: 0, uniform: 0 }), M),
    );
    expect(Math.min(...distances)).toBeGreaterThan(0.12);
  });

  test("do not with a power of 1 among 32: nobody is drawn twice, so hubs stay too small", () => {
    const distances = seeds.map((seed) =>
      distanceToBarabasiAlbert(grown(1000, seed, { power: 1, uniform: 0.1 }), M),
    );
    console.info(`N=1000, power 1 among 32: distance ${mean(distances).toFixed(3)}`);
    expect(mean(distances)).toBeGreaterThan(0.04);
    const whole = seeds.map((seed) =>
      distanceToBarabasiAlbert(grown(1000, seed, { power: 1, uniform: 0 }, 1000), M),
    );
    expect(mean(whole)).toBeLessThanOrEqual(0.022);
  });
});

describe("fifty liars among 1000 nodes", () => {
  test("would get a third of all links if they were believed, and no more than their share when only edges count", () => {
    const [believed, attested] = [share(10_000), share(5)];
    console.info(`liars: ${believed.toFixed(3)} of all links if believed, ${attested.toFixed(3)} by edges`);
    expect(believed).toBeGreaterThan(0.3);
    // A clique of fifty in five prefixes: five netgroups vouch for each.
    expect(attested).toBeLessThan((1.2 * 50) / 1050);
  });
});
