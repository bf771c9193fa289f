import type { Vote } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/**
 * The newest vote of each seed that this seed has seen, by the number that its voter gave it. Shown to the voter when it
 * comes back: one that does not remember it has lost its disk, or runs on an old copy of it. PROTOCOL.md §9.2.
 *
 * Takes verified votes only, so it holds at most one for each seed of the configuration.
 */
export class NewestVotes {
  readonly #bySeed = new Map<PeerId, Vote>();

  /** The newest vote of `seed`; nothing when none was seen since this seed started, certified ones included. */
  of(seed: PeerId): Vote | undefined {
    return this.#bySeed.get(seed);
  }

  /** @param vote is verified. */
  see(vote: Vote): void {
    if (vote.counter > (this.of(vote.seed)?.counter ?? -1)) this.#bySeed.set(vote.seed, vote);
  }
}
