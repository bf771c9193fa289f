import { electorate, type Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { EdgeBook } from "./edge-book.ts";
import type { Office } from "./office.ts";
import type { Strikes } from "./strikes.ts";

/** How long an answer is used again: working one out may hash every member. */
const KEPT_MS = 1000;
const KEPT_MAX = 1024;

/** Who watches over whom, by the edges and members that this seed knows. PROTOCOL.md §5. */
export class Electorates {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #edges: EdgeBook;
  readonly #strikes: Strikes;
  readonly #kept = new Map<PeerId, { readonly monitors: readonly PeerId[]; readonly until: number }>();

  constructor(office: Office, ledger: Ledger, edges: EdgeBook, strikes: Strikes) {
    this.#office = office;
    this.#ledger = ledger;
    this.#edges = edges;
    this.#strikes = strikes;
  }

  /** The monitors of a listed member who are not muted, at most a second old; nobody for anybody else. */
  of(victim: PeerId): readonly PeerId[] {
    const standing = this.#ledger.standing(victim);
    if (standing?.kind !== "member") return [];
    const now = this.#office.now();
    const kept = this.#kept.get(victim);
    if (kept !== undefined && kept.until > now) return kept.monitors;
    const near = this.#edges.neighbours(victim, standing.incarnation, this.#office.timing.edgeAgeMs, now);
    const heard = [...this.#ledger.memberIds()].filter((id) => !this.#strikes.isMuted(id, now));
    const monitors = electorate(victim, near, heard);
    this.#kept.delete(victim);
    if (this.#kept.size >= KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value as PeerId);
    this.#kept.set(victim, { monitors, until: now + KEPT_MS });
    return monitors;
  }
}
