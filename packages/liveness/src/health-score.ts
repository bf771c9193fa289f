import type { PeerId } from "@p2p/identity";

/** The worst score. */
export const HEALTH_SCORE_MAX = 8;

/**
 * How far a node trusts itself to tell who is silent: from 0, all is well, to {@link HEALTH_SCORE_MAX}. The rules of
 * Lifeguard, except that one failure alone says nothing: it is far more likely to be the other's.
 */
export class HealthScore {
  #value = 0;
  #failure: { readonly peer: PeerId; readonly at: number } | undefined;

  get value(): number {
    return this.#value;
  }

  /** This node has done what it should, in time. */
  improve(): void {
    this.#value = Math.max(0, this.#value - 1);
  }

  /** This node itself has failed. */
  worsen(): void {
    this.#value = Math.min(HEALTH_SCORE_MAX, this.#value + 1);
  }

  /**
   * `peer`, which had answered so far, did not. Counts against this node if another failed in the last `withinMs`:
   * else a neighbour that is dead would slow down its own detection.
   * @param now monotonic milliseconds.
   */
  miss(peer: PeerId, now: number, withinMs: number): void {
    const before = this.#failure;
    this.#failure = { peer, at: now };
    if (before !== undefined && before.peer !== peer && now - before.at <= withinMs) this.worsen();
  }
}
