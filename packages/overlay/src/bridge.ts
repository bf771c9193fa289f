import type { PeerId } from "@p2p/identity";
import { Allowance } from "@p2p/wire";

/** Seeds whose hints are kept apart: as many as a configuration may have. */
const SEEDS_MAX = 64;

/**
 * Whether to follow a seed that names a member to link with. The link comes on top of the m that a node draws itself,
 * and there is one such: a seed that lies adds a link for a while, and takes none away. PROTOCOL.md §8.5.
 */
export class Bridge {
  readonly #pauseMs: number;
  readonly #hints: Allowance;
  #seed: PeerId | undefined;
  #turnedAt = Number.NEGATIVE_INFINITY;
  #dialled: PeerId | undefined;

  /** @param pauseMs shortest time between two hints of one seed that are followed, and between two links. */
  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
    this.#hints = new Allowance({ max: 1, perMs: pauseMs, askersMax: SEEDS_MAX });
  }

  /** Whether the link being made with `id` is the one that was asked for. */
  leadsTo(id: PeerId): boolean {
    return this.#dialled === id;
  }

  /**
   * Turns to `far` if `seed`'s word is to be followed now. Not while its last one stands, nor soon after another
   * seed's; later that one gives way, or a seed that lies would hold the place for ever.
   * @param stands whether an earlier such link is up.
   */
  turn(seed: PeerId, far: PeerId, stands: boolean, now: number): boolean {
    if (this.#dialled !== undefined) return false;
    if (stands && (seed === this.#seed || now - this.#turnedAt < this.#pauseMs)) return false;
    if (!this.#hints.take(seed, now)) return false;
    this.#seed = seed;
    this.#turnedAt = now;
    this.#dialled = far;
    return true;
  }

  /** The link with `id` is made, or came to nothing. */
  settle(id: PeerId): void {
    if (this.#dialled === id) this.#dialled = undefined;
  }
}
