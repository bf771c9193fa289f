import type { Random } from "@p2p/wire";
import { logZeta } from "./zeta.ts";

/** Values above x_min whose probabilities are kept for drawing. */
const TABLE_SIZE = 512;

/** The discrete power law P(X = x) ∝ x^−α over the integers from `xMin` on. */
export class PowerLaw {
  readonly alpha: number;
  readonly xMin: number;
  readonly #logTotal: number;
  #table: Float64Array | undefined;

  /** @throws RangeError unless `alpha` > 1 and `xMin` is a positive integer. */
  constructor(alpha: number, xMin: number) {
    if (!(alpha > 1)) throw new RangeError(`not an exponent above 1: ${alpha}`);
    if (!Number.isSafeInteger(xMin) || xMin < 1) throw new RangeError(`not a positive integer: ${xMin}`);
    this.alpha = alpha;
    this.xMin = xMin;
    this.#logTotal = logZeta(alpha, xMin);
  }

  /** P(X ≥ k), for an integer `k`. */
  atLeast(k: number): number {
    return k <= this.xMin ? 1 : Math.exp(logZeta(this.alpha, k) - this.#logTotal);
  }

  /** One value; at most 2^53 − 1. */
  draw(random: Random): number {
    this.#table ??= this.#tabulate();
    const mark = 1 - random.next();
    const steps = lastNotBelow(this.#table, mark);
    if (steps < TABLE_SIZE) return this.xMin + steps;
    // So far out the continuous law is the same to six digits.
    const share = mark / (this.#table[TABLE_SIZE] as number);
    const x = (this.xMin + TABLE_SIZE - 0.5) * share ** (-1 / (this.alpha - 1)) + 0.5;
    return Math.min(Math.floor(x), Number.MAX_SAFE_INTEGER);
  }

  /** P(X ≥ xMin + i) for i = 0…TABLE_SIZE. */
  #tabulate(): Float64Array {
    const table = new Float64Array(TABLE_SIZE + 1);
    for (const index of table.keys()) table[index] = this.atLeast(this.xMin + index);
    return table;
  }
}

/** Index of the last of `falling` that is at least `mark`; the first is 1, and `mark` at most that. */
function lastNotBelow(falling: Float64Array, mark: number): number {
  let [low, high] = [0, falling.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((falling[middle] as number) >= mark) low = middle;
    else high = middle;
  }
  return low;
}
