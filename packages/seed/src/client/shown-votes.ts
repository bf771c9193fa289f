import { bumpersOf } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/** How long a seed has to wait before its word counts again towards a bump that might be a liar's doing. */
const REST_MS = 600_000;

/**
 * The seeds that have shown a vote against this peer's present life, and whether they are enough to leave it. Counts over
 * any time: a vote can be kept for ever. Holds one entry a seed. PROTOCOL.md §9.8.
 */
export class ShownVotes {
  readonly #enough: number;
  readonly #beyondDoubt: number;
  readonly #seeds = new Set<PeerId>();
  /** When each seed's word was used up, by the monotonic clock. */
  readonly #usedAt = new Map<PeerId, number>();

  /** @param terms n seeds, f of which may lie, and their quorum q. */
  constructor({
    size,
    faulty,
    quorum,
  }: { readonly size: number; readonly faulty: number; readonly quorum: number }) {
    this.#enough = Math.max(1, bumpersOf(size, faulty));
    this.#beyondDoubt = Math.max(1, quorum - faulty);
  }

  /** How many seeds have shown a vote. */
  get size(): number {
    return this.#seeds.size;
  }

  has(seed: PeerId): boolean {
    return this.#seeds.has(seed);
  }

  /** `seed` has a vote against this life, which was verified. */
  show(seed: PeerId): void {
    this.#seeds.add(seed);
  }

  /**
   * Whether to take a higher incarnation now. True uses up the word of those who gave the reason, unless they are q − f:
   * those cannot all be liars, nor all be needed by one.
   */
  take(now: number): boolean {
    if (this.size >= this.#beyondDoubt) return true;
    const rested = [...this.#seeds].filter(
      (seed) => now - (this.#usedAt.get(seed) ?? Number.NEGATIVE_INFINITY) >= REST_MS,
    );
    if (rested.length < this.#enough) return false;
    for (const seed of rested) this.#usedAt.set(seed, now);
    return true;
  }

  /** A new life: nothing is held against it yet. */
  clear(): void {
    this.#seeds.clear();
  }
}
