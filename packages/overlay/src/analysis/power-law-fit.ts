import { pick, type Random } from "@p2p/wire";
import { Histogram } from "./histogram.ts";
import { PowerLaw } from "./power-law.ts";
import { logZeta } from "./zeta.ts";

/** The power law that fits best, after Clauset, Shalizi and Newman (2009). */
export interface PowerLawFit {
  /** The exponent α̂, by maximum likelihood. */
  readonly alpha: number;
  /** Standard error of `alpha`, from the curvature of the likelihood. */
  readonly sigma: number;
  /** Where the law begins: the value from which on data and law are closest. */
  readonly xMin: number;
  /** How many values are at least `xMin`. */
  readonly tailCount: number;
  /** How many values there are in all. */
  readonly count: number;
  /** Kolmogorov–Smirnov distance between the values from `xMin` on and the law. 0 to 1. */
  readonly distance: number;
}

/** How a p-value is found. */
export interface PValueOptions {
  readonly random: Random;
  /** Synthetic sets B to compare with: p is good to about 1/(2√B). Default 100 (±0.05); 2500 for ±0.01. */
  readonly samples?: number;
}

/**
 * Fits a discrete power law to `values`: α̂ by numeric maximum likelihood for each candidate x_min (every positive
 * value that occurs but the largest), and of those the one of the least Kolmogorov–Smirnov distance, which is also the
 * smaller of two alike. `undefined` when fewer than two different positive values occur.
 *
 * Almost anything fits *some* tail: a fit alone says nothing, see `judgeDegrees`.
 * @throws RangeError when a value is no integer of 0 to 2^53 − 1.
 */
export function fitPowerLaw(values: Iterable<number>): PowerLawFit | undefined {
  const histogram = new Histogram(values);
  let best: PowerLawFit | undefined;
  let logs = logOf(histogram, histogram.values.length - 1);
  for (let index = histogram.values.length - 2; index >= 0 && histogram.values[index] !== 0; index--) {
    logs += logOf(histogram, index);
    const fit = fitTail(histogram, index, logs / histogram.atLeast(index));
    if (best === undefined || fit.distance <= best.distance) best = fit;
  }
  return best;
}

/**
 * How often chance alone, drawing from `fit`, is at least as far from its own best fit as `values` are from theirs:
 * each of the synthetic sets takes the values below x_min from `values` and the others from the law, and is fitted anew,
 * x_min included. Above 0.1 the law is plausible, and no more than that.
 *
 * @param fit what `fitPowerLaw` made of the same `values`.
 * @throws RangeError unless `samples` is a positive integer.
 */
export function powerLawPValue(
  values: Iterable<number>,
  fit: PowerLawFit,
  { random, samples = 100 }: PValueOptions,
): number {
  if (!Number.isInteger(samples) || samples < 1) throw new RangeError(`not a positive integer: ${samples}`);
  const body = [...values].filter((value) => value < fit.xMin);
  const law = new PowerLaw(fit.alpha, fit.xMin);
  let farther = 0;
  for (let sample = 0; sample < samples; sample++) {
    const synthetic = Array.from({ length: fit.count }, () => drawOne(body, fit, law, random));
    if ((fitPowerLaw(synthetic)?.distance ?? 0) >= fit.distance) farther++;
  }
  return farther / samples;
}

function drawOne(body: readonly number[], fit: PowerLawFit, law: PowerLaw, random: Random): number {
  const isTail = random.next() * fit.count < fit.tailCount;
  return (isTail ? undefined : pick(body, random)) ?? law.draw(random);
}

function logOf(histogram: Histogram, index: number): number {
  return index < 0 ? 0 : histogram.count(index) * Math.log(histogram.values[index] as number);
}

/** @param meanLog of the values from `histogram.values[index]` on. */
function fitTail(histogram: Histogram, index: number, meanLog: number): PowerLawFit {
  const xMin = histogram.values[index] as number;
  const tailCount = histogram.atLeast(index);
  const { alpha, curvature } = likeliest(xMin, meanLog);
  const law = new PowerLaw(alpha, xMin);
  const distance = histogram.distance((k) => law.atLeast(k), index);
  const sigma = 1 / Math.sqrt(tailCount * curvature);
  return { alpha, sigma, xMin, tailCount, count: histogram.total, distance };
}

/**
 * The α that makes −α·mean(ln x) − ln ζ(α, xMin), the log-likelihood of one value, largest. It is concave, so Newton's
 * way with differences for derivatives leads there from the continuous law's estimate.
 */
function likeliest(xMin: number, meanLog: number): { readonly alpha: number; readonly curvature: number } {
  let [alpha, curvature] = [1 + 1 / (meanLog - Math.log(xMin - 0.5)), 0];
  for (let round = 0; round < 100; round++) {
    const width = (alpha - 1) / 1000;
    const [before, at, after] = [
      logZeta(alpha - width, xMin),
      logZeta(alpha, xMin),
      logZeta(alpha + width, xMin),
    ];
    const slope = -meanLog - (after - before) / (2 * width);
    curvature = (after - 2 * at + before) / width ** 2;
    // Never below 1, nor far at once: the curvature is the start's, and may mislead.
    const step = Math.min(Math.max(slope / curvature, (1 - alpha) / 2), alpha);
    alpha += step;
    if (Math.abs(step) < 1e-9 * alpha) break;
  }
  return { alpha, curvature };
}
