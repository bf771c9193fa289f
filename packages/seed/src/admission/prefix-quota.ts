import { ADD_SPAN_TICKS } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Refusal } from "@p2p/wire";
import type { Prefix } from "./prefixes.ts";

/** Keys that may be seen in a prefix within a lease, for each member that may be there. */
const KEYS_A_MEMBER = 4;
/** Keys that are remembered; beyond, the one that was heard of least lately is forgotten. */
const HOLDERS_MAX = 131_072;
/** Ticks within which a seed votes again for a peer that no quorum has voted for. */
const REVOTE_TICKS = 3;
/** Ticks after its last vote for which a peer that is not certified keeps its place: later votes cannot count with that one. */
const KEEP_TICKS = ADD_SPAN_TICKS + 2;

interface Holder {
  /** Where it was first, and where it is: who moves takes no second place, and leaves none to a successor. */
  readonly first: readonly string[];
  readonly now: readonly string[];
  /** `voted`: by this seed, for the first time at `since`. `kept`: a member, or one within a lease. `seen`: it has no place. */
  readonly place: "voted" | "kept" | "seen";
  readonly since: number;
  /** Quorum time of the last that was heard of it. */
  readonly tick: number;
}

interface Count {
  held: number;
  seen: number;
}

/**
 * Places for members by prefixes of addresses, as one seed counts them: by its own votes, and by what is certified. Who
 * is certified keeps its place while it is a member, and for a lease after it died, so that nobody who is voted out alive
 * finds it taken; who leaves gives it up, and so does who is voted for and not certified while votes could count
 * together. Both still count among the keys. PROTOCOL.md §8.6.
 */
export class PrefixQuota {
  readonly #holders = new Map<PeerId, Holder>();
  readonly #counts = new Map<string, Count>();

  /** How many keys are remembered. */
  get size(): number {
    return this.#holders.size;
  }

  /** Whether `peer` has a place already. */
  holds(peer: PeerId): boolean {
    const place = this.#holders.get(peer)?.place;
    return place === "voted" || place === "kept";
  }

  /** Whether this seed has voted for `peer` for so long in vain that it has to wait for its place to end, and try anew. */
  isOverdue(peer: PeerId, tick: number): boolean {
    const holder = this.#holders.get(peer);
    return holder?.place === "voted" && tick - holder.since > REVOTE_TICKS;
  }

  /** How many places are left in a prefix. */
  room({ name, max }: Prefix): number {
    return Math.max(0, max - (this.#counts.get(name) ?? NOBODY).held);
  }

  /** Why there is no place in these prefixes for a peer that has none; nothing when there is one. */
  objection(peer: PeerId, prefixes: readonly Prefix[]): Refusal | undefined {
    const isNew = !this.#holders.has(peer);
    for (const { name, max } of prefixes) {
      const { held, seen } = this.#counts.get(name) ?? NOBODY;
      if (held >= max) return crowded(`${name} has ${held} members, or had them within a lease`);
      const keys = max * KEYS_A_MEMBER;
      if (isNew && seen >= keys) return crowded(`${seen} keys came from ${name} within a lease`);
    }
    return undefined;
  }

  /** This seed votes for `peer`: it has a place for now, whether or not there is one. */
  vote(peer: PeerId, prefixes: readonly Prefix[], tick: number): void {
    const known = this.#holders.get(peer);
    if (known?.place === "kept") return this.keep(peer, prefixes, tick);
    const since = known?.place === "voted" ? known.since : tick;
    this.#hold(peer, prefixes, { place: "voted", since, tick });
  }

  /** A quorum has voted for `peer`: it has a place, whether or not there is one. */
  keep(peer: PeerId, prefixes: readonly Prefix[], tick: number): void {
    this.#hold(peer, prefixes, { place: "kept", since: tick, tick });
  }

  /** `peer` is a member no longer. @param hasLeft by its own wish: it gives up its place. */
  end(peer: PeerId, hasLeft: boolean, tick: number): void {
    const known = this.#holders.get(peer);
    if (known !== undefined) this.#put(peer, { ...known, place: hasLeft ? "seen" : known.place, tick });
  }

  /**
   * It is later: ends places of peers that are not certified, and forgets who was last heard of a lease before and is no
   * member. Looks at everybody.
   */
  ticked(tick: number, leaseTicks: number, isMember: (peer: PeerId) => boolean): void {
    // Votes beside this seed's own may be so much younger, and list the peer for so much longer.
    const forgotten = tick - leaseTicks - ADD_SPAN_TICKS;
    for (const [peer, holder] of this.#holders) {
      if (holder.place === "voted" && holder.tick + KEEP_TICKS < tick)
        this.#put(peer, { ...holder, place: "seen" });
      else if (holder.tick <= forgotten && !isMember(peer)) this.#drop(peer, holder);
    }
  }

  #hold(peer: PeerId, prefixes: readonly Prefix[], terms: Pick<Holder, "place" | "since" | "tick">): void {
    const names = prefixes.map(({ name }) => name);
    const known = this.#holders.get(peer);
    if (known === undefined && names.length === 0) return;
    const first = known === undefined || known.first.length === 0 ? names : known.first;
    this.#put(peer, { first, now: names, ...terms });
  }

  #put(peer: PeerId, holder: Holder): void {
    const known = this.#holders.get(peer);
    if (known !== undefined) this.#drop(peer, known);
    else if (this.#holders.size >= HOLDERS_MAX) this.#dropFirst();
    this.#holders.set(peer, holder);
    this.#count(holder, 1);
  }

  #drop(peer: PeerId, holder: Holder): void {
    this.#holders.delete(peer);
    this.#count(holder, -1);
  }

  #dropFirst(): void {
    const [first] = this.#holders;
    if (first !== undefined) this.#drop(...first);
  }

  #count({ first, now, place }: Holder, step: 1 | -1): void {
    for (const name of new Set([...first, ...now])) {
      const count = this.#counts.get(name) ?? { held: 0, seen: 0 };
      count.seen += step;
      if (place !== "seen") count.held += step;
      if (count.seen === 0) this.#counts.delete(name);
      else this.#counts.set(name, count);
    }
  }
}

const NOBODY: Count = { held: 0, seen: 0 };

function crowded(why: string): Refusal {
  return { code: "quota", detail: `${why}, and there is room for no more` };
}
