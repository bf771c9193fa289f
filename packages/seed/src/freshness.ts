import type { Council } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/**
 * Whether a seed that started has caught up: it has compared itself with so many seeds that, itself counted, they are
 * a quorum. One that is not fresh itself counts as well, since all that a seed knows is durable: otherwise seeds that
 * start together would wait for each other for ever. One that has forgotten votes of its own never catches up: nobody
 * can tell it all of them. PROTOCOL.md §9.2.
 *
 * When the seeds change, everybody begins anew: beside a quorum of the new seeds it takes one of those before, each after
 * its word that it votes no more. PROTOCOL.md §10.8.
 */
export class Freshness {
  readonly #council: Electors;
  readonly #self: PeerId;
  readonly #synced = new Set<PeerId>();
  #inheritance: Inheritance | undefined;
  #hasForgotten = false;

  /** @param self counts from the beginning, where it is a seed. */
  constructor(council: Electors, self: PeerId) {
    this.#council = council;
    this.#self = self;
    this.#synced.add(self);
  }

  /** Whether this seed may vote, as far as that goes; only one of the configuration ever may. */
  get isFresh(): boolean {
    return this.#council.has(this.#self) && this.hasLearned;
  }

  /** Whether it knows what a quorum knows, as one that is about to become a seed has to. */
  get hasLearned(): boolean {
    return !this.#hasForgotten && this.#inheritance === undefined && isQuorum(this.#synced, this.#council);
  }

  /** Whether it waits for the last words of the seeds before. */
  get isInheriting(): boolean {
    return this.#inheritance !== undefined;
  }

  /** There are votes of this seed that it does not remember: it will never be fresh again. True at the first time. */
  distrust(): boolean {
    const isNews = !this.#hasForgotten;
    this.#hasForgotten = true;
    return isNews;
  }

  /** Counts a seed. True when that made the difference. */
  sync(seed: PeerId): boolean {
    return this.#changes(() => {
      this.#synced.add(seed);
      this.#inheritance?.synced(seed);
      if (this.#inheritance?.isComplete === true) this.#inheritance = undefined;
    });
  }

  /** Other seeds decide from now on, who have taken over from `before`. */
  inherit(before: Electors): void {
    this.#synced.clear();
    this.#synced.add(this.#self);
    this.#inheritance = new Inheritance(before);
  }

  /** `seed`, one of those before, votes no more: the next exchange with it counts. */
  sealed(seed: PeerId): void {
    this.#inheritance?.sealed(seed);
  }

  /** Waits for the seeds before no longer. True when that made the difference. */
  disinherit(): boolean {
    return this.#changes(() => {
      this.#inheritance = undefined;
    });
  }

  #changes(act: () => void): boolean {
    const wasFresh = this.isFresh;
    act();
    return !wasFresh && this.isFresh;
  }
}

/** Those whose knowledge is asked for. */
type Electors = Pick<Council, "has" | "quorum">;

/** What is still to be learned from the seeds before. */
class Inheritance {
  readonly #before: Electors;
  readonly #sealed = new Set<PeerId>();
  readonly #synced = new Set<PeerId>();

  constructor(before: Electors) {
    this.#before = before;
  }

  get isComplete(): boolean {
    return isQuorum(this.#synced, this.#before);
  }

  sealed(seed: PeerId): void {
    this.#sealed.add(seed);
  }

  synced(seed: PeerId): void {
    if (this.#sealed.has(seed)) this.#synced.add(seed);
  }
}

function isQuorum(seeds: ReadonlySet<PeerId>, electors: Electors): boolean {
  let count = 0;
  for (const seed of seeds) if (electors.has(seed)) count += 1;
  return count >= electors.quorum;
}
