import { ELECTORATE_MIN, electorate, type Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance } from "@p2p/wire";
import type { EdgeBook } from "./edge-book.ts";
import type { Office } from "./office.ts";
import type { Strikes } from "./strikes.ts";

/** How long an answer is used again: working one out may hash every member. */
const KEPT_MS = 1000;
const KEPT_MAX = 4096;
/** Candidates that are hashed within a second, some 4 µs each; beyond, an older answer serves, or none. */
const HASHES_A_SECOND = 50_000;
/** A candidate that is only looked at costs so much less than one that is hashed. */
const LOOKS_A_HASH = 50;

/** Who watches over whom, by the edges and members that this seed knows. PROTOCOL.md §5. */
export class Electorates {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #edges: EdgeBook;
  readonly #strikes: Strikes;
  readonly #budget = new Allowance({ max: HASHES_A_SECOND, perMs: 1000, askersMax: 1 });
  readonly #kept = new Map<PeerId, { readonly monitors: readonly PeerId[]; readonly until: number }>();

  constructor(office: Office, ledger: Ledger, edges: EdgeBook, strikes: Strikes) {
    this.#office = office;
    this.#ledger = ledger;
    this.#edges = edges;
    this.#strikes = strikes;
  }

  /**
   * The monitors of a listed member who are not muted, at most a second old; nobody for anybody else. When too many are
   * asked for, an older answer, or nobody.
   */
  of(victim: PeerId): readonly PeerId[] {
    const standing = this.#ledger.standing(victim);
    if (standing?.kind !== "member") return [];
    const now = this.#office.now();
    const kept = this.#kept.get(victim);
    if (kept !== undefined && kept.until > now) return kept.monitors;
    const near = this.#edges.neighbours(victim, standing.incarnation, this.#office.timing.edgeAgeMs, now);
    if (!this.#budget.take("", now, this.#costOf(near))) return kept?.monitors ?? [];
    const heard = [...this.#ledger.memberIds()].filter((id) => !this.#strikes.isMuted(id, now));
    const monitors = electorate(victim, near, heard);
    this.#kept.delete(victim);
    if (this.#kept.size >= KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value as PeerId);
    this.#kept.set(victim, { monitors, until: now + KEPT_MS });
    return monitors;
  }

  /** Every other member is hashed if there are too few neighbours. */
  #costOf(near: readonly PeerId[]): number {
    const { size } = this.#ledger;
    return Math.min(HASHES_A_SECOND, near.length < ELECTORATE_MIN ? size : size / LOOKS_A_HASH);
  }
}
