import type { PeerId } from "@p2p/identity";

/** How much an {@link Allowance} grants. */
export interface AllowanceOptions {
  /** How many each asker may have a minute, and at once after a pause. */
  readonly perMinute: number;
  /** Most askers remembered; the one who asked least lately is forgotten, and starts afresh. Default: 1 024. */
  readonly askersMax?: number;
}

/** Who may have how much of something that costs this node work: a bucket of tokens for each asker. */
export class Allowance {
  readonly #perMinute: number;
  readonly #askersMax: number;
  readonly #buckets = new Map<PeerId, { tokens: number; readonly at: number }>();

  constructor({ perMinute, askersMax = 1024 }: AllowanceOptions) {
    this.#perMinute = perMinute;
    this.#askersMax = askersMax;
  }

  /**
   * Takes one for `asker`; false when it has had its share.
   * @param now monotonic milliseconds.
   */
  take(asker: PeerId, now: number): boolean {
    const held = this.#buckets.get(asker);
    const tokens = held === undefined ? this.#perMinute : this.#refilled(held.tokens, now - held.at);
    const granted = tokens >= 1;
    this.#buckets.delete(asker); // set again behind all others: the first is then the one who asked least lately
    this.#buckets.set(asker, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > this.#askersMax)
      this.#buckets.delete(this.#buckets.keys().next().value as PeerId);
    return granted;
  }

  #refilled(tokens: number, passedMs: number): number {
    return Math.min(this.#perMinute, tokens + (passedMs * this.#perMinute) / 60_000);
  }
}
