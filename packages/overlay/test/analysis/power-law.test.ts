import { fitPowerLaw, Histogram, PowerLaw, type PValueOptions, powerLawPValue } from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test, vi } from "vitest";
import { logZeta } from "../../src/analysis/zeta.ts";

vi.setConfig({ testTimeout: 60_000 });

describe("Hurwitz' zeta", () => {
  test.each([
    [2, 1, Math.PI ** 2 / 6],
    [4, 1, Math.PI ** 4 / 90],
    [3, 1, 1.2020569031595942],
    [1.5, 1, 2.612375348685488],
    [1.01, 1, 100.57794333849687],
    [2, 0.5, Math.PI ** 2 / 2],
    [3, 0.5, 7 * 1.2020569031595942],
    [2, 2, Math.PI ** 2 / 6 - 1],
    [4, 3, Math.PI ** 4 / 90 - 1 - 1 / 16],
    [30, 1, 1.0000000009313275],
    [2, 1e6, 1.0000005000001667e-6],
  ])("ζ(%d, %d) = %d", (s, q, value) => {
    expect(Math.abs(Math.exp(logZeta(s, q)) / value - 1)).toBeLessThan(1e-12);
  });

  test.each([
    [2.5, 3],
    [7, 20],
    [60, 20],
    [400, 1],
  ])("ζ(%d, q) from %d on is its first term and ζ(…, q + 1)", (s, from) => {
    for (let q = from; q < from + 100; q++) {
      const rest = Math.exp(logZeta(s, q + 1) + s * Math.log(q));
      expect(Math.abs(Math.exp(logZeta(s, q) + s * Math.log(q)) / (1 + rest) - 1)).toBeLessThan(1e-11);
    }
  });

  test("has a logarithm where it underflows itself", () => {
    expect(logZeta(400, 1000)).toBeCloseTo(-400 * Math.log(1000) + Math.log(1 / (1 - Math.exp(-0.4))), 0);
  });
});

const law = (k: number): number => (k <= 1 ? 1 : 1 / k ** 1.5);

describe("a histogram", () => {
  test("counts values, ascending", () => {
    const histogram = new Histogram([3, 1, 3, 7]);
    expect(histogram.values).toEqual([1, 3, 7]);
    expect([0, 1, 2].map((index) => histogram.count(index))).toEqual([1, 2, 1]);
    expect([0, 1, 2, 3].map((index) => histogram.atLeast(index))).toEqual([4, 3, 1, 0]);
  });

  test.each([[[1.5]], [[-1]], [[Number.NaN]]])("refuses %j", (values) => {
    expect(() => new Histogram(values)).toThrow(RangeError);
  });

  test("is as far from a law as they are at any whole number, gaps included", () => {
    for (const values of [[1, 1, 2, 9], [4, 5], [1, 30], [1], [2, 3, 3, 3, 50]]) {
      let farthest = 0;
      for (let k = 1; k <= 52; k++) {
        const share = values.filter((value) => value >= k).length / values.length;
        farthest = Math.max(farthest, Math.abs(share - law(k)));
      }
      expect(new Histogram(values).distance(law)).toBeCloseTo(farthest, 12);
    }
  });
});

describe("a power law", () => {
  test("draws what it says", () => {
    const law = new PowerLaw(2.2, 3);
    const random = new SeededRandom(1);
    const drawn = Array.from({ length: 20_000 }, () => law.draw(random));
    expect(Math.min(...drawn)).toBe(3);
    // Values far beyond the table are among them.
    expect(Math.max(...drawn)).toBeGreaterThan(3000);
    for (const k of [4, 5, 10, 100, 515, 516, 1000]) {
      const share = drawn.filter((value) => value >= k).length / drawn.length;
      expect(Math.abs(share - law.atLeast(k))).toBeLessThan(4 * Math.sqrt(law.atLeast(k) / drawn.length));
    }
  });

  test.each([0.999, 0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-9])(
    "draws the value whose turn it is at %d from the top",
    (mark) => {
      const random = new SeededRandom(1);
      random.next = () => 1 - mark;
      const law = new PowerLaw(2.2, 3);
      const drawn = law.draw(random);
      expect(law.atLeast(drawn)).toBeGreaterThan(mark * (1 - 1e-6));
      expect(law.atLeast(drawn + 1)).toBeLessThan(mark * (1 + 1e-6));
    },
  );

  test("never draws more than a safe integer", () => {
    const random = new SeededRandom(1);
    random.next = () => 1 - 2 ** -53;
    expect(new PowerLaw(1.01, 1).draw(random)).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([
    [1, 1],
    [Number.NaN, 1],
    [2.5, 0],
    [2.5, 1.5],
  ])("of exponent %d from %d on is refused", (alpha, xMin) => {
    expect(() => new PowerLaw(alpha, xMin)).toThrow(RangeError);
  });
});

/** Half of 2000 values are of the law, the others below it and alike. */
function spliced(alpha: number, xMin: number, seed: number): number[] {
  const random = new SeededRandom(seed);
  const law = new PowerLaw(alpha, xMin);
  return Array.from({ length: 2000 }, () =>
    random.next() < 0.5 ? law.draw(random) : Math.floor(1 + random.next() * (xMin - 1)),
  );
}

describe("the fit", () => {
  test.each([
    [2.1, 4],
    [2.5, 4],
    [3, 4],
    [3.5, 10],
  ])("finds the exponent %d and the start %i that were put in", (alpha, xMin) => {
    const fits = Array.from({ length: 20 }, (_, seed) => fitPowerLaw(spliced(alpha, xMin, seed)));
    const near = fits.filter((fit) => fit !== undefined && Math.abs(fit.alpha - alpha) < 3 * fit.sigma);
    const starts = fits.map((fit) => fit?.xMin ?? 0).toSorted((a, b) => a - b);
    expect(near.length).toBeGreaterThanOrEqual(18);
    expect(starts[10]).toBeGreaterThanOrEqual(xMin);
    expect(starts[10]).toBeLessThanOrEqual(xMin * 1.5);
  });

  test("has the exponent of the largest likelihood", () => {
    const values = spliced(2.5, 4, 1);
    const fit = fitPowerLaw(values);
    if (fit === undefined) throw new Error("no fit");
    const tail = values.filter((value) => value >= fit.xMin);
    const logs = tail.reduce((sum, value) => sum + Math.log(value), 0);
    const likelihood = (alpha: number): number => -tail.length * logZeta(alpha, fit.xMin) - alpha * logs;
    expect(tail.length).toBe(fit.tailCount);
    for (const step of [-0.1, -0.01, 0.01, 0.1])
      expect(likelihood(fit.alpha + step)).toBeLessThan(likelihood(fit.alpha));
    // One standard error away the log-likelihood is half a unit less.
    expect(likelihood(fit.alpha) - likelihood(fit.alpha + fit.sigma)).toBeCloseTo(0.5, 1);
    expect(fit.sigma).toBeCloseTo((fit.alpha - 1) / Math.sqrt(fit.tailCount), 2);
  });

  test.each([[[]], [[3]], [[3, 3, 3]], [[0, 0, 5]]])("of %j is none", (values) => {
    expect(fitPowerLaw(values)).toBeUndefined();
  });

  test("of all but one alike has an exponent, though a steep one", () => {
    const fit = fitPowerLaw([...Array(9999).fill(1000), 1001]);
    expect(fit?.alpha).toBeGreaterThan(9000);
    expect(fit?.distance).toBeLessThan(0.001);
  });
});

const options = (seed: number): PValueOptions => ({ random: new SeededRandom(seed).fork("p"), samples: 40 });

function pValue(values: number[], seed: number): number {
  const fit = fitPowerLaw(values);
  return fit === undefined ? Number.NaN : powerLawPValue(values, fit, options(seed));
}

describe("the p-value", () => {
  test("of what is a power law is above 0.1 in nine of ten, and is spread evenly", () => {
    const pValues = Array.from({ length: 60 }, (_, seed) => pValue(spliced(2.5, 4, seed), seed));
    const above = (least: number): number => pValues.filter((p) => p > least).length / pValues.length;
    expect(above(0.1)).toBeGreaterThan(0.8);
    expect(Math.abs(above(0.5) - 0.5)).toBeLessThan(0.2);
  });

  test("of what is cut off is 0", () => {
    const cut = spliced(2.5, 4, 1).map((value) => Math.min(value, 24));
    expect(pValue(cut, 1)).toBe(0);
  });

  test("can be replayed", () => {
    const values = spliced(2.5, 4, 1);
    expect(pValue(values, 1)).toBe(pValue(values, 1));
  });

  test.each([0, 1.5])("from %d samples is refused", (samples) => {
    const values = spliced(2.5, 4, 1);
    const fit = fitPowerLaw(values);
    expect(fit && (() => powerLawPValue(values, fit, { ...options(1), samples }))).toThrow(RangeError);
  });
});
