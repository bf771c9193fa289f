import type { Attack, Measure, Outcome } from "./attack.ts";

/** Broken rules whose text is kept. */
const WRONG_MAX = 5;

/** A measure over all worlds so far. */
export interface Reading extends Measure {
  readonly value: number;
  readonly holds: boolean;
}

/** What the worlds of one attack came to. Its size does not depend on how many they are. */
export class Record {
  readonly attack: Attack;
  worlds = 0;
  /** Worlds in which a rule was broken, or that did not end. */
  broken = 0;
  /** The first broken rules. At most 5. */
  readonly wrong: string[] = [];
  readonly #sums = new Map<string, { sum: number; least: number; most: number }>();

  constructor(attack: Attack) {
    this.attack = attack;
  }

  count(seed: number, { figures, wrong }: Outcome): void {
    this.worlds++;
    for (const name of Object.keys(this.attack.measures)) {
      const value = figures[name];
      if (value === undefined) continue;
      const { sum, least, most } = this.#sums.get(name) ?? { sum: 0, least: value, most: value };
      this.#sums.set(name, {
        sum: sum + value,
        least: Math.min(least, value),
        most: Math.max(most, value),
      });
    }
    if (wrong.length > 0) this.fail(seed, wrong);
  }

  /** A world that broke rules, or did not end. */
  fail(seed: number, wrong: readonly string[]): void {
    this.broken++;
    for (const one of wrong) if (this.wrong.length < WRONG_MAX) this.wrong.push(`world ${seed}: ${one}`);
  }

  get readings(): readonly Reading[] {
    return Object.entries(this.attack.measures).map(([name, measure]) => {
      const value = this.#valueOf(name, measure);
      const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = measure;
      return { ...measure, value, holds: value <= atMost && value >= atLeast };
    });
  }

  /** Whether the attack was stopped in every world. */
  get holds(): boolean {
    return this.worlds > 0 && this.broken === 0 && this.readings.every(({ holds }) => holds);
  }

  #valueOf(name: string, { of, atLeast }: Measure): number {
    const { sum, least, most } = this.#sums.get(name) ?? { sum: 0, least: 0, most: 0 };
    if (of === "sum") return sum;
    if (of === "mean") return sum / this.worlds;
    return atLeast === undefined ? most : least;
  }
}
