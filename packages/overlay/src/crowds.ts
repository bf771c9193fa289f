import type { Candidate } from "./candidates.ts";

/**
 * How many members stand in each netgroup. Counted once, for one round of questions and answers: a node that kept count of
 * ten thousand would do so for the few rounds in its life.
 */
export class Crowds {
  readonly #members: Iterable<Candidate>;
  readonly #counts = new Map<string, number>();

  /** @param members looked at now, and again for a netgroup in which nobody stands now. */
  constructor(members: Iterable<Candidate>) {
    this.#members = members;
    for (const { netgroup } of members) this.#counts.set(netgroup, (this.#counts.get(netgroup) ?? 0) + 1);
  }

  /** How many stand in `netgroup`; 1 for one in which nobody does. */
  in(netgroup: string): number {
    const known = this.#counts.get(netgroup);
    if (known !== undefined) return known;
    let count = 0;
    for (const member of this.#members) if (member.netgroup === netgroup) count += 1;
    if (count > 0) this.#counts.set(netgroup, count);
    return Math.max(1, count);
  }
}
