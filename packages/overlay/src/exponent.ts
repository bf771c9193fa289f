import { logZeta } from "./analysis/zeta.ts";

/** Degrees beyond are not told apart: histograms end here. */
const DEGREE_MAX = 64;

/** What the tail of a distribution looks like. */
export interface TailFit {
  /** The exponent of the power law that is likeliest to have made it. */
  readonly alpha: number;
  /** How many of the tail there were. */
  readonly count: number;
}

/**
 * Fits a discrete power law to the degrees from `xMin` on, by maximum likelihood: the alpha whose mean logarithm is
 * that of the sample. Within ±(alpha − 1)/√count, two times of three. `undefined` when nobody has so many links.
 * A fit that is bounded for whatever it is given, unlike `fitPowerLaw` of `@p2p/overlay/analysis`: counts come from
 * the network.
 * @param counts how many have 1, 2, 3 … links; any non-negative numbers, fractions too.
 */
export function fitTail(counts: readonly number[], xMin: number): TailFit | undefined {
  let [count, logs] = [0, 0];
  for (const [index, many] of counts.entries()) {
    if (index + 1 < xMin) continue;
    count += many;
    logs += many * Math.log(index + 1);
  }
  if (!(count > 0)) return undefined;
  const mean = logs / count;
  let [low, high] = [ALPHA_MIN, ALPHA_MAX];
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2;
    if (meanLog(middle, xMin) > mean) low = middle;
    else high = middle;
  }
  return { alpha: (low + high) / 2, count };
}

/**
 * What {@link fitTail} finds in the exact law of Barabási and Albert, P(k) ∝ 1/(k(k+1)(k+2)), as far as histograms
 * go: less than 3, since the law bends at its beginning and is cut at its end.
 */
export function exponentOfLaw(xMin: number): number {
  const counts = Array.from(
    { length: DEGREE_MAX },
    (_, index) => 1 / ((index + 1) * (index + 2) * (index + 3)),
  );
  return fitTail(counts, xMin)?.alpha ?? ALPHA_MAX;
}

const ALPHA_MIN = 1.1;
const ALPHA_MAX = 8;
/** Step of the differences that stand for a derivative. */
const STEP = 1e-4;

/** Mean of ln x under the power law of this exponent from `xMin` on: the fall of ln ζ. */
function meanLog(alpha: number, xMin: number): number {
  return (logZeta(alpha - STEP, xMin) - logZeta(alpha + STEP, xMin)) / (2 * STEP);
}
