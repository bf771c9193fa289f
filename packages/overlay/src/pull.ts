import type { PeerId } from "@p2p/identity";
import { inequality, inequalityOfLaw } from "./inequality.ts";

/** Seeds whose word is kept: as many as a configuration may have. */
const SEEDS_MAX = 64;
/** How long a seed's word counts; it is renewed each minute. */
const LIFE_MS = 600_000;
/** So many degrees that follow the law are thought to stand beside those that a seed tells: few tell little. */
const PRIOR = 300;
/** By how much the power changes for a difference of 1 between the inequalities. */
const GAIN = 40;
/** How much more unequal a network of hundreds or thousands is than the law cut at 64: the cap cuts no link off. */
const FINITE = 0.024;
/** How far the power may be off the base, either way, whatever seeds say. */
const REACH = 0.5;

interface Word {
  readonly power: number;
  readonly heardAt: number;
}

/**
 * How strongly new links go to those who have many, from how degrees are spread. In a network that only grows the base
 * keeps the law; where as many die as come, hubs die faster than they grow, degrees become more alike, and links have to
 * be pulled to hubs more. Each node sets the power so, at each draw, by what seeds tell alone: no node has to remember
 * anything, and one that has just come draws like the others. ARCHITECTURE.md has the figures.
 */
export class Pull {
  readonly #base: number;
  readonly #target: number;
  readonly #words = new Map<PeerId, Word>();

  /** @param base the power in a network that only grows; `m` links that each node owns. */
  constructor(base: number, m: number) {
    this.#base = base;
    this.#target = inequalityOfLaw(m) + FINITE;
  }

  /** A seed tells how many members have 1, 2, 3 … links: its word alone. */
  hear(seed: PeerId, degrees: readonly number[], now: number): void {
    this.#words.delete(seed);
    const [first] = this.#words.keys();
    if (first !== undefined && this.#words.size >= SEEDS_MAX) this.#words.delete(first);
    this.#words.set(seed, { power: this.#advised(degrees), heardAt: now });
  }

  /**
   * The power of a degree that is its weight: the median of what the seeds' words come to; of an even number of them
   * the middle one that is nearer the base. So f liars among 2f + 1 seeds move it no further than correct seeds do.
   */
  power(now: number): number {
    const advice = [...this.#words.values()]
      .filter(({ heardAt }) => now - heardAt < LIFE_MS)
      .map(({ power }) => power);
    advice.sort((one, other) => one - other);
    const [lower, upper] = [advice[(advice.length - 1) >> 1], advice[advice.length >> 1]];
    if (lower === undefined || upper === undefined) return this.#base;
    return Math.abs(lower - this.#base) < Math.abs(upper - this.#base) ? lower : upper;
  }

  #advised(degrees: readonly number[]): number {
    const { deviation, count } = inequality(degrees) ?? { deviation: this.#target, count: 0 };
    const lack = ((this.#target - deviation) * count) / (count + PRIOR);
    return this.#base + Math.max(-REACH, Math.min(REACH, GAIN * lack));
  }
}
