import { distanceToBarabasiAlbert } from "./barabasi-albert.ts";
import { fitPowerLaw, type PowerLawFit } from "./power-law-fit.ts";

/** One condition: a figure, and the range it has to be in. */
export interface Clause {
  /**
   * `exponent`: α̂; `start`: x_min; `tail`: share of the nodes that are at least x_min; `distance`: to the exact law of
   * Barabási–Albert; `plausible`: share of networks whose p-value is above 0.1.
   */
  readonly name: "exponent" | "start" | "tail" | "distance" | "plausible";
  /** NaN when there is none: then the clause does not hold. */
  readonly figure: number;
  readonly min: number;
  readonly max: number;
  /** Whether `min` ≤ `figure` ≤ `max`. */
  readonly holds: boolean;
}

/** What a network's degrees say about it. */
export interface Verdict {
  /** Whether all clauses hold. */
  readonly holds: boolean;
  readonly clauses: readonly Clause[];
  /** `undefined` when fewer than two different positive degrees occur: nothing to fit. */
  readonly fit: PowerLawFit | undefined;
}

/** Nodes up to which the bounds of `start` and `tail` stay the same. */
const PLAIN_COUNT = 1000;

/**
 * Whether a network is one of Barabási and Albert in which each newcomer brings `m` links. All of these must hold, as a
 * power law alone can be fitted to the tail of nearly anything, a random graph included:
 *
 * - `exponent`: α̂ from 2.4 to 3. Not 3: that is what networks without end have.
 * - `start`: x_min ≤ 3m, and `tail`: a fifth of the nodes is in the tail. A larger network shows sooner that the exact
 *   law is no pure power law, so beyond N = 1000 nodes the bounds are 3m·(N/1000)^¼ and ⅕·(N/1000)^−½.
 * - `distance`: at most 0.04·(1000/N)^0.43 from the exact law. The sharpest of all.
 *
 * For 100 nodes or more; with fewer, networks that do not look at degrees pass at times.
 * @throws RangeError unless `m` is a positive integer, and `degrees` are some counts.
 */
export function judgeDegrees(degrees: Iterable<number>, m: number): Verdict {
  const all = [...degrees];
  const distance = distanceToBarabasiAlbert(all, m);
  const fit = fitPowerLaw(all);
  const growth = Math.max(1, all.length / PLAIN_COUNT) ** (1 / 4);
  const clauses = [
    clause("exponent", fit?.alpha, 2.4, 3),
    clause("start", fit?.xMin, 1, 3 * m * growth),
    clause("tail", fit === undefined ? undefined : fit.tailCount / fit.count, 0.2 / growth ** 2, 1),
    clause("distance", distance, 0, 0.04 * (1000 / all.length) ** 0.43),
  ];
  return { holds: clauses.every(({ holds }) => holds), clauses, fit };
}

/**
 * The clause that needs many networks of one kind: at least seven in ten of their p-values (`powerLawPValue`) are above
 * 0.1. Necessary only: of random graphs most pass, too.
 */
export function judgePValues(pValues: readonly number[]): Clause {
  const plausible = pValues.filter((p) => p > 0.1).length;
  return clause("plausible", plausible / pValues.length, 0.7, 1);
}

function clause(name: Clause["name"], figure = Number.NaN, min: number, max: number): Clause {
  return { name, figure, min, max, holds: min <= figure && figure <= max };
}
