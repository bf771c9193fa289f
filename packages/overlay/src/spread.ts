/**
 * How many owned links go into each netgroup, and how many may. A preference, not a law: where every candidate stands
 * in a netgroup that is taken, one link more is tolerated in each, and so on. PROTOCOL.md §5.
 */
export class Spread {
  readonly #counts = new Map<string, number>();
  #tolerated = 1;

  /** @param netgroups of the links there are, one entry a link. */
  constructor(netgroups: Iterable<string> = []) {
    for (const netgroup of netgroups) this.add(netgroup);
  }

  add(netgroup: string): void {
    this.#counts.set(netgroup, this.count(netgroup) + 1);
  }

  count(netgroup: string): number {
    return this.#counts.get(netgroup) ?? 0;
  }

  /** Whether one more link may go there. */
  hasRoom(netgroup: string): boolean {
    return this.count(netgroup) < this.#tolerated;
  }

  /** Tolerates just so many links a netgroup that one of `netgroups` has room. Those of a lesser count keep theirs. */
  relaxFor(netgroups: Iterable<string>): void {
    let least = Number.POSITIVE_INFINITY;
    for (const netgroup of netgroups) least = Math.min(least, this.count(netgroup));
    if (least !== Number.POSITIVE_INFINITY) this.#tolerated = Math.max(this.#tolerated, least + 1);
  }

  copy(): Spread {
    const copy = new Spread();
    for (const [netgroup, count] of this.#counts) copy.#counts.set(netgroup, count);
    copy.#tolerated = this.#tolerated;
    return copy;
  }
}
