/** How much an {@link Allowance} grants. */
export interface AllowanceOptions {
  /** How much each may have at once, after a pause. */
  readonly max: number;
  /** In how many milliseconds that much grows again, evenly. */
  readonly perMs: number;
  /** Most askers remembered; beyond, the one who asked least lately is forgotten, and starts afresh. Default: 4 096. */
  readonly askersMax?: number | undefined;
}

interface Bucket {
  readonly tokens: number;
  /** Monotonic milliseconds. */
  readonly filledAt: number;
}

/**
 * Who may have how much of something that costs this node work, or is told somebody: a bucket of tokens for each asker,
 * full at first. With `max` 1: not twice within `perMs`.
 */
export class Allowance {
  readonly #max: number;
  readonly #perMs: number;
  readonly #askersMax: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ max, perMs, askersMax = 4096 }: AllowanceOptions) {
    this.#max = max;
    this.#perMs = perMs;
    this.#askersMax = askersMax;
  }

  /** How many askers are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes `amount` for `asker`. False, and nothing is taken, when there is not so much left.
   * @param now monotonic milliseconds.
   */
  take(asker: string, now: number, amount = 1): boolean {
    const held = this.#buckets.get(asker);
    const tokens = held === undefined ? this.#max : this.#refilled(held, now);
    const isGranted = tokens >= amount;
    this.#buckets.delete(asker); // set again behind all others: the first is then the one who asked least lately
    if (this.#buckets.size >= this.#askersMax)
      this.#buckets.delete(this.#buckets.keys().next().value as string);
    // Who is refused keeps what he had: so no rounding adds up while he tries.
    if (isGranted) this.#buckets.set(asker, { tokens: tokens - amount, filledAt: now });
    else this.#buckets.set(asker, held ?? { tokens, filledAt: now });
    return isGranted;
  }

  #refilled({ tokens, filledAt }: Bucket, now: number): number {
    return Math.min(this.#max, tokens + ((now - filledAt) * this.#max) / this.#perMs);
  }
}
