import type { EdgeEnd, PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";

/** A member of the network, as it is listed. The `Member` of `@p2p/consensus` is one. */
export interface Member {
  readonly peer: PeerId;
  readonly incarnation: number;
  /** Where it can be dialled. */
  readonly address: Address;
}

/** A {@link Member} that could be a neighbour, with the netgroup of its address. */
export interface Candidate extends EdgeEnd {
  readonly address: Address;
  readonly netgroup: string;
}

/** How addresses are put into groups that share their fate. */
export type Grouping = (address: Address) => string;

/** What was made of a member: the overlays of one process share it, if they are offered the same object. */
const made = new WeakMap<Grouping, WeakMap<Member, Candidate>>();

/** Most members that are held; who comes beyond is passed over. */
export const CANDIDATES_MAX = 10_000;

/** What came of offering a member. */
export type Reception = "new" | "changed" | "known" | "outdated" | "self" | "full";

/** The members that are known, without this node: at most {@link CANDIDATES_MAX}. */
export class Candidates implements Iterable<Candidate> {
  readonly #self: PeerId;
  readonly #netgroup: Grouping;
  readonly #byId = new Map<PeerId, Candidate>();

  constructor(self: PeerId, netgroup: Grouping) {
    this.#self = self;
    this.#netgroup = netgroup;
  }

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): Iterator<Candidate> {
    return this.#byId.values();
  }

  get(id: PeerId): Candidate | undefined {
    return this.#byId.get(id);
  }

  has(id: PeerId): boolean {
    return this.#byId.has(id);
  }

  /** Takes a member in, or what is new about it: a higher incarnation, or another address in the same one. */
  offer(member: Member): Reception {
    const { peer: id, address, incarnation } = member;
    if (id === this.#self) return "self";
    const held = this.#byId.get(id);
    if (held === undefined && this.#byId.size >= CANDIDATES_MAX) return "full";
    if (held !== undefined && incarnation < held.incarnation) return "outdated";
    if (held?.incarnation === incarnation && held.address === address) return "known";
    this.#byId.set(id, candidateFor(member, this.#netgroup));
    return held === undefined ? "new" : "changed";
  }

  /** Whether it was there. */
  forget(id: PeerId): boolean {
    return this.#byId.delete(id);
  }
}

function candidateFor(member: Member, netgroup: Grouping): Candidate {
  const known = made.get(netgroup) ?? new WeakMap<Member, Candidate>();
  made.set(netgroup, known);
  const { peer: id, address, incarnation } = member;
  const candidate = known.get(member) ?? { id, address, incarnation, netgroup: netgroup(address) };
  known.set(member, candidate);
  return candidate;
}
