import type { Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Listed } from "./frames.ts";

/**
 * The members, each with its life, in ascending order of their ids, so that the list can be handed out in pages: many
 * thousand times while many join, so what is handed out is at hand.
 */
export class Roster {
  readonly #ledger: Ledger;
  /** Made when it is first asked for. */
  #sorted: Listed[] | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** What the ledger has about `peer` has changed. */
  changed(peer: PeerId): void {
    if (this.#sorted === undefined) return;
    const after = firstAbove(this.#sorted, peer);
    const isThere = this.#sorted[after - 1]?.peer === peer;
    const listed = this.#read(peer);
    this.#sorted.splice(isThere ? after - 1 : after, isThere ? 1 : 0, ...listed);
  }

  /** The first `count` of those whose ids come after `after`; from the beginning without it. */
  after(after: PeerId | undefined, count: number): readonly Listed[] {
    this.#sorted ??= [...this.#ledger.memberIds()].toSorted().flatMap((peer) => this.#read(peer));
    const first = after === undefined ? 0 : firstAbove(this.#sorted, after);
    return this.#sorted.slice(first, first + count);
  }

  /** `peer` as it is listed; empty when it is not. */
  #read(peer: PeerId): readonly Listed[] {
    const member = this.#ledger.member(peer);
    return member === undefined ? [] : [{ peer, incarnation: member.incarnation }];
  }
}

/** Index of the first element whose id is greater than `bound`, by halving. */
function firstAbove(sorted: readonly Listed[], bound: PeerId): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as Listed).peer <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
