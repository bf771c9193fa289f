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

/** Names of prefixes that are remembered of one key; of more, the oldest are not. */
const NAMES_MAX = 64;

interface Holder {
  /** Where it was first, and where it is certified to be: who moves leaves no place to a successor. */
  readonly first: readonly string[];
  readonly now: readonly string[];
  /** Where this seed votes for it, in whatever life: any of these votes may come to count yet. */
  readonly wanted: readonly string[];
  /** Wherever it was seen, all of these included. */
  readonly seen: readonly string[];
  /** `voted`: by this seed. `kept`: a member, or one within a lease. `seen`: it has no place. */
  readonly place: "voted" | "kept" | "seen";
  /** Where the last of these votes, of which none was certified, were for, and when the first of them was cast. */
  readonly bid: { readonly names: readonly string[]; readonly since: number } | undefined;
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
 * together. Both still count among the keys. Who moves has a place where it was first, where it is, and where this seed
 * has voted for it of late: of several lives any may be certified. PROTOCOL.md §8.6.
 */
export class PrefixQuota {
  readonly #holders = new Map<PeerId, Holder>();
  readonly #counts = new Map<string, Count>();

  /** How many keys are remembered. */
  get size(): number {
    return this.#holders.size;
  }

  /** Those of `prefixes` in which `peer` has no place yet. */
  lacking(peer: PeerId, prefixes: readonly Prefix[]): readonly Prefix[] {
    const holder = this.#holders.get(peer);
    const held = holder === undefined ? [] : heldBy(holder);
    return prefixes.filter(({ name }) => !held.includes(name));
  }

  /** Whether `peer` has a place in all of `prefixes` that is more than a vote of this seed. */
  isAtHome(peer: PeerId, prefixes: readonly Prefix[]): boolean {
    const { place, first = [], now = [] } = this.#holders.get(peer) ?? {};
    return prefixes.every(({ name }) => place === "kept" && (first.includes(name) || now.includes(name)));
  }

  /**
   * Whether this seed has voted for `peer` there for so long in vain that it has to wait for its place to end, and try
   * anew. A member that moves as well: two that have some seeds' votes each would else wait for each other for ever.
   */
  isOverdue(peer: PeerId, prefixes: readonly Prefix[], tick: number): boolean {
    const bid = this.#holders.get(peer)?.bid;
    if (bid === undefined || tick - bid.since <= REVOTE_TICKS || this.isAtHome(peer, prefixes)) return false;
    return prefixes.some(({ name }) => bid.names.includes(name));
  }

  /** How many places are left in a prefix. */
  room({ name, max }: Prefix): number {
    return Math.max(0, max - (this.#counts.get(name) ?? NOBODY).held);
  }

  /** Why `peer` gets no place in those of these prefixes where it has none; nothing when it does, or has one in each. */
  objection(peer: PeerId, prefixes: readonly Prefix[]): Refusal | undefined {
    const known = this.#holders.get(peer)?.seen ?? [];
    for (const { name, max } of this.lacking(peer, prefixes)) {
      const isNew = !known.includes(name);
      const { held, seen } = this.#counts.get(name) ?? NOBODY;
      if (held >= max) return crowded(`${name} has ${held} members, or had them within a lease`);
      const keys = max * KEYS_A_MEMBER;
      if (isNew && seen >= keys) return crowded(`${seen} keys came from ${name} within a lease`);
    }
    return undefined;
  }

  /** This seed votes for `peer`: it has a place there for now, whether or not there is one. */
  vote(peer: PeerId, prefixes: readonly Prefix[], tick: number): void {
    const known = this.#holders.get(peer);
    const place = known?.place === "kept" ? "kept" : "voted";
    const names = namesOf(prefixes);
    const isSame = names.some((name) => known?.bid?.names.includes(name));
    const bid = isSame ? known?.bid : { names, since: tick };
    this.#hold(peer, names, { place, bid, tick, wanted: joined(known?.wanted ?? [], names) });
  }

  /** A quorum has voted for `peer`: it has a place, whether or not there is one. */
  keep(peer: PeerId, prefixes: readonly Prefix[], tick: number): void {
    const now = namesOf(prefixes);
    this.#hold(peer, now, { place: "kept", bid: undefined, tick, now });
  }

  /** `peer` is a member no longer. @param hasLeft by its own wish: it gives up its place. */
  end(peer: PeerId, hasLeft: boolean, tick: number): void {
    const known = this.#holders.get(peer);
    if (known === undefined) return;
    this.#put(peer, hasLeft ? { ...known, place: "seen", bid: undefined, tick } : { ...known, tick });
  }

  /**
   * It is later: ends places of peers that are not certified, and forgets who was last heard of a lease before and is no
   * member. Looks at everybody.
   */
  ticked(tick: number, leaseTicks: number, isMember: (peer: PeerId) => boolean): void {
    // Votes beside this seed's own may be so much younger, and list the peer for so much longer.
    const forgotten = tick - leaseTicks - ADD_SPAN_TICKS;
    for (const [peer, holder] of this.#holders) {
      if (holder.wanted.length > 0 && holder.tick + KEEP_TICKS < tick)
        this.#put(peer, this.#withdrawn(holder));
      else if (holder.tick <= forgotten && !isMember(peer)) this.#drop(peer, holder);
    }
  }

  /** What is left once this seed's votes count with no later ones. */
  #withdrawn(holder: Holder): Holder {
    const place = holder.place === "voted" ? "seen" : holder.place;
    return { ...holder, place, bid: undefined, wanted: [] };
  }

  #hold(
    peer: PeerId,
    names: readonly string[],
    terms: Partial<Holder> & Pick<Holder, "place" | "bid" | "tick">,
  ): void {
    const known = this.#holders.get(peer);
    if (known === undefined && names.length === 0) return;
    const { first = [], now = [], wanted = [], seen = [] } = known ?? {};
    const where = { first: first.length === 0 ? names : first, now, wanted, seen: joined(seen, names) };
    this.#put(peer, { ...where, ...terms });
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

  #count(holder: Holder, step: 1 | -1): void {
    const held = heldBy(holder);
    for (const name of new Set([...holder.seen, ...held])) {
      const count = this.#counts.get(name) ?? { held: 0, seen: 0 };
      count.seen += step;
      if (held.includes(name)) count.held += step;
      if (count.seen === 0) this.#counts.delete(name);
      else this.#counts.set(name, count);
    }
  }
}

function heldBy({ place, first, now, wanted }: Holder): readonly string[] {
  return place === "seen" ? [] : [...first, ...now, ...wanted];
}

function namesOf(prefixes: readonly Prefix[]): readonly string[] {
  return prefixes.map(({ name }) => name);
}

function joined(known: readonly string[], names: readonly string[]): readonly string[] {
  const others = known.filter((name) => !names.includes(name));
  return [...others, ...names].slice(-NAMES_MAX);
}

const NOBODY: Count = { held: 0, seen: 0 };

function crowded(why: string): Refusal {
  return { code: "quota", detail: `${why}, and there is room for no more` };
}
