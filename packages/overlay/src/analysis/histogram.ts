/** How often each value occurs: what a distribution is compared by. */
export class Histogram {
  /** The values that occur, ascending. */
  readonly values: readonly number[];
  /** How many there are. */
  readonly total: number;
  readonly #atLeast: readonly number[];

  /** @throws RangeError unless all of `values` are integers of 0 to 2^53 − 1. */
  constructor(values: Iterable<number>) {
    const counts = new Map<number, number>();
    for (const value of values) counts.set(checked(value), (counts.get(value) ?? 0) + 1);
    this.values = [...counts.keys()].toSorted((a, b) => a - b);
    let total = 0;
    const atLeast = this.values.toReversed().map((value) => (total += counts.get(value) as number));
    this.#atLeast = atLeast.toReversed();
    this.total = total;
  }

  /** How many are `values[index]` or more; 0 beyond the last. */
  atLeast(index: number): number {
    return this.#atLeast[index] ?? 0;
  }

  /** How many are exactly `values[index]`. */
  count(index: number): number {
    return this.atLeast(index) - this.atLeast(index + 1);
  }

  /**
   * Kolmogorov–Smirnov: the largest difference between the distribution of the values from `values[from]` on and
   * `law`, which gives P(X ≥ k) for any integer k. 0 to 1.
   */
  distance(law: (k: number) => number, from = 0): number {
    const total = this.atLeast(from);
    let distance = 0;
    let [asked, answer] = [Number.NaN, Number.NaN];
    for (let index = from; index < this.values.length; index++) {
      const value = this.values[index] as number;
      // Between two values the data stand still and the law falls: the ends of each gap are enough.
      const here = asked === value ? answer : law(value);
      [asked, answer] = [value + 1, law(value + 1)];
      const [before, after] = [this.atLeast(index) / total, this.atLeast(index + 1) / total];
      distance = Math.max(distance, Math.abs(before - here), Math.abs(after - answer));
    }
    return distance;
  }
}

function checked(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a count: ${value}`);
  return value;
}
