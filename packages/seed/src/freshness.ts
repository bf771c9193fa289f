import type { PeerId } from "@p2p/identity";

/**
 * Whether a seed that started has caught up: it has compared itself with so many seeds that, itself counted, they are
 * a quorum. One that is not fresh itself counts as well, since all that a seed knows is durable: otherwise seeds that
 * start together would wait for each other for ever. PROTOCOL.md §9.
 */
export class Freshness {
  readonly #quorum: number;
  readonly #synced = new Set<PeerId>();

  /** @param self counts from the beginning. */
  constructor(quorum: number, self: PeerId) {
    this.#quorum = quorum;
    this.#synced.add(self);
  }

  get isFresh(): boolean {
    return this.#synced.size >= this.#quorum;
  }

  /** Counts a seed. True when that made the difference. */
  sync(seed: PeerId): boolean {
    const wasFresh = this.isFresh;
    this.#synced.add(seed);
    return !wasFresh && this.isFresh;
  }
}
