import type { PeerId } from "@p2p/identity";

/**
 * Whether a seed that started has caught up: it has compared itself with so many seeds that, itself counted, they are
 * a quorum. One that is not fresh itself counts as well, since all that a seed knows is durable: otherwise seeds that
 * start together would wait for each other for ever. One that has forgotten votes of its own never catches up: nobody
 * can tell it all of them. PROTOCOL.md §9.2.
 */
export class Freshness {
  readonly #quorum: number;
  readonly #synced = new Set<PeerId>();
  #hasForgotten = false;

  /** @param self counts from the beginning. */
  constructor(quorum: number, self: PeerId) {
    this.#quorum = quorum;
    this.#synced.add(self);
  }

  get isFresh(): boolean {
    return !this.#hasForgotten && this.#synced.size >= this.#quorum;
  }

  /** There are votes of this seed that it does not remember: it will never be fresh again. True at the first time. */
  distrust(): boolean {
    const isNews = !this.#hasForgotten;
    this.#hasForgotten = true;
    return isNews;
  }

  /** Counts a seed. True when that made the difference. */
  sync(seed: PeerId): boolean {
    const wasFresh = this.isFresh;
    this.#synced.add(seed);
    return !wasFresh && this.isFresh;
  }
}
