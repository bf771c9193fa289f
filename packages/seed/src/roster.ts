import type { Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/** The members in ascending order of their ids, so that the list can be handed out in pages. */
export class Roster {
  readonly #ledger: Ledger;
  #sorted: readonly PeerId[] | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The ledger has changed: the order is worked out again when it is next needed. */
  changed(): void {
    this.#sorted = undefined;
  }

  /** The first `count` ids that come after `after`; from the beginning without it. */
  after(after: PeerId | undefined, count: number): readonly PeerId[] {
    this.#sorted ??= [...this.#ledger.memberIds()].toSorted();
    const first = after === undefined ? 0 : firstAbove(this.#sorted, after);
    return this.#sorted.slice(first, first + count);
  }
}

/** Index of the first element greater than `bound`, by halving. */
function firstAbove(sorted: readonly PeerId[], bound: PeerId): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as PeerId) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
