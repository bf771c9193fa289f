import type { Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/** The members in ascending order of their ids, so that the list can be handed out in pages. */
export class Roster {
  readonly #ledger: Ledger;
  /** Made when it is first asked for. */
  #sorted: PeerId[] | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** What the ledger has about `peer` has changed. */
  changed(peer: PeerId): void {
    if (this.#sorted === undefined) return;
    const after = firstAbove(this.#sorted, peer);
    const isThere = this.#sorted[after - 1] === peer;
    const isMember = this.#ledger.isMember(peer);
    if (isMember && !isThere) this.#sorted.splice(after, 0, peer);
    if (!isMember && isThere) this.#sorted.splice(after - 1, 1);
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
