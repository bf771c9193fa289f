import { concatBytes, keyOfPeerId, type PeerId, sha256, toHex } from "@p2p/identity";
import type { Prefix } from "./prefixes.ts";

/** Peers that are remembered in one contest, and in all; beyond, the last of its order, and the contest asked for least lately, go. */
const CONTEST_MAX = 1024;
const ENTRANTS_MAX = 16_384;
/** Peers of one prefix that are remembered, for each place in it: a prefix with many keys, or with many smaller ones, crowds out no others. */
const ENTRANTS_A_PLACE = 4;
/** How long a peer that is not heard of any more stands in the way of others; peers ask again within half of that. */
const FORGET_MS = 60_000;

interface Entrant {
  readonly peer: PeerId;
  readonly order: string;
  readonly prefixes: readonly Prefix[];
  readonly seenAt: number;
}

/** How a peer stands: nobody competes with it, or it is among the first, or behind others for whom there is no more room. */
export type Place = "alone" | "ahead" | "behind";

/**
 * Peers that want the same places, in an order that all seeds share: else each seed would give its few places to others,
 * and nobody got a quorum. Places go in that order; who finds one of its prefixes full is passed over. The order decides
 * between those who come together and nothing else: it can be aimed at by who makes many keys, and so can the first
 * place by who comes first. PROTOCOL.md §8.6.
 */
export class Contest {
  readonly #room: (prefix: Prefix) => number;
  /** By name, each in its order. */
  readonly #contests = new Map<string, readonly Entrant[]>();
  /** Who is where. */
  readonly #names = new Map<PeerId, string>();

  /** @param room how many places are left in a prefix. */
  constructor(room: (prefix: Prefix) => number) {
    this.#room = room;
  }

  /** How many peers are remembered. */
  get size(): number {
    return this.#names.size;
  }

  /**
   * `peer` wants a place in these prefixes; again, as long as it asks.
   * @param now monotonic milliseconds.
   * @param name which contest that is: the same for all who may want the same places. Default: the largest of the prefixes.
   */
  enter(
    peer: PeerId,
    prefixes: readonly Prefix[],
    now: number,
    name: string | undefined = nameOf(prefixes),
  ): void {
    this.leave(peer);
    if (name === undefined) return;
    const others = this.#awake(name, now);
    const entrant = { peer, order: toHex(placeHash(prefixes[0]?.name ?? "", peer)), prefixes, seenAt: now };
    const at = others.findIndex(({ order }) => order > entrant.order);
    this.#set(name, trimmed(others.toSpliced(at === -1 ? others.length : at, 0, entrant), entrant));
    while (this.size > ENTRANTS_MAX) this.#set(this.#contests.keys().next().value as string, []);
  }

  /** How a peer stands now that has entered for these prefixes. */
  placeOf(
    peer: PeerId,
    prefixes: readonly Prefix[],
    now: number,
    name: string | undefined = nameOf(prefixes),
  ): Place {
    if (name === undefined) return "alone";
    const entrants = this.#awake(name, now);
    if (prefixes.every((prefix) => countIn(prefix, entrants) <= this.#room(prefix))) return "alone";
    return this.#isAhead(peer, entrants) ? "ahead" : "behind";
  }

  /** `peer` has a place, or cannot have one: it is in nobody's way. */
  leave(peer: PeerId): void {
    const name = this.#names.get(peer);
    if (name === undefined) return;
    const entrants = this.#contests.get(name) ?? [];
    this.#set(
      name,
      entrants.filter((entrant) => entrant.peer !== peer),
    );
  }

  #isAhead(peer: PeerId, entrants: readonly Entrant[]): boolean {
    const left = new Map<string, number>();
    for (const entrant of entrants) {
      const rooms = entrant.prefixes.map((prefix) => left.get(prefix.name) ?? this.#room(prefix));
      const fits = rooms.every((room) => room > 0);
      if (entrant.peer === peer) return fits;
      if (fits)
        for (const [at, { name }] of entrant.prefixes.entries()) left.set(name, (rooms[at] as number) - 1);
    }
    return false;
  }

  #awake(name: string, now: number): readonly Entrant[] {
    return (this.#contests.get(name) ?? []).filter(({ seenAt }) => now - seenAt < FORGET_MS);
  }

  #set(name: string, entrants: readonly Entrant[]): void {
    for (const { peer } of this.#contests.get(name) ?? []) this.#names.delete(peer);
    for (const { peer } of entrants) this.#names.set(peer, name);
    this.#contests.delete(name); // set again behind all others: the first is then the one asked for least lately
    if (entrants.length > 0) this.#contests.set(name, entrants);
  }
}

function countIn(prefix: Prefix, entrants: readonly Entrant[]): number {
  return entrants.filter((entrant) => isIn(prefix, entrant)).length;
}

/** Without the last of a prefix of `entrant` that has too many, the smallest such; or of all, when there are too many. */
function trimmed(entrants: readonly Entrant[], { prefixes }: Entrant): readonly Entrant[] {
  for (const prefix of prefixes) {
    const within = entrants.filter((entrant) => isIn(prefix, entrant));
    if (within.length > ENTRANTS_A_PLACE * prefix.max)
      return entrants.filter((entrant) => entrant !== within.at(-1));
  }
  return entrants.length > CONTEST_MAX ? entrants.slice(0, -1) : entrants;
}

function isIn({ name }: Prefix, { prefixes }: Entrant): boolean {
  return prefixes.some((prefix) => prefix.name === name);
}

/** Peers that want no prefix in common are in different contests. */
function nameOf(prefixes: readonly Prefix[]): string | undefined {
  return prefixes.at(-1)?.name;
}

/**
 * What those that want the same places are sorted by: a hash over the smallest prefix, so that a key that is good for one is
 * worth nothing elsewhere, and the peer. PROTOCOL.md §8.6.
 */
export function placeHash(smallest: string, peer: PeerId): Uint8Array {
  return sha256(concatBytes([new TextEncoder().encode(`p2p/1 place ${smallest}`), keyOfPeerId(peer)]));
}
