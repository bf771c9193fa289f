import type { Certificate, Member, Registration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Address, Refusal } from "@p2p/wire";
import { Contest, type Place } from "./contest.ts";
import { NewcomerWindow } from "./newcomer-window.ts";
import { PrefixQuota } from "./prefix-quota.ts";
import { type Prefix, Prefixes } from "./prefixes.ts";

/** How many places there are. */
export interface PlacesTerms {
  /** Nothing: as many as come, wherever they are. */
  readonly prefixes: Prefixes | undefined;
  /** Newcomers in any hour; nothing: as many as come. */
  readonly newcomersAnHour: number | undefined;
}

/** What {@link Places} go by. */
export interface PlacesPorts {
  /** Quorum time. */
  tick(): number;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Who wants a place, where, and whether nothing is known of it. */
export interface Seat extends Pick<Registration, "peer" | "address"> {
  readonly isNew: boolean;
}

/** The places of a seed: how many there are, who has them, and who of those that want one gets it. PROTOCOL.md §8.6. */
export class Places {
  readonly #prefixes: Prefixes | undefined;
  readonly #window: NewcomerWindow | undefined;
  readonly #ports: PlacesPorts;
  readonly #quota = new PrefixQuota();
  readonly #contest = new Contest((prefix) => this.#room(prefix));

  /** @throws RangeError when `newcomersAnHour` is not a whole number of 1 to 100 000. */
  constructor({ prefixes, newcomersAnHour }: PlacesTerms, ports: PlacesPorts) {
    this.#prefixes = prefixes;
    this.#window = newcomersAnHour === undefined ? undefined : new NewcomerWindow(newcomersAnHour);
    this.#ports = ports;
  }

  /** Whether a peer has a place in all prefixes of its address that is more than a vote of this seed. */
  isAtHome({ peer, address }: Pick<Seat, "peer" | "address">): boolean {
    return this.#quota.isAtHome(peer, this.#prefixesOf(address));
  }

  /** Why there is no place for a peer as long as others have theirs; nothing if it has one, or needs none. */
  objection({ peer, address }: Seat): Refusal | undefined {
    return this.#quota.objection(peer, this.#prefixesOf(address));
  }

  /** Why this seed does not vote for a peer for now; nothing if it may. */
  delay({ peer, address, isNew }: Seat): Refusal | undefined {
    const waitMs = isNew ? (this.#window?.waitMs(this.#ports.now()) ?? 0) : 0;
    if (waitMs > 0) return crowdOfAnHour(waitMs);
    return this.#quota.isOverdue(peer, this.#prefixesOf(address), this.#ports.tick()) ? OVERDUE : undefined;
  }

  /** A peer wants a place: how it stands. */
  compete(seat: Seat): Place {
    const scarce = this.#scarce(seat);
    const now = this.#ports.now();
    const name = this.#contestOf(seat, scarce);
    this.#contest.enter(seat.peer, scarce, now, name);
    return this.#contest.placeOf(seat.peer, scarce, now, name);
  }

  /** It wants none any more. */
  yield(peer: PeerId): void {
    this.#contest.leave(peer);
  }

  /** This seed votes for it: a newcomer that counts, unless somebody vouches for it. */
  enter(seat: Seat, isVouched: boolean): void {
    if (seat.isNew && !isVouched) this.#window?.add(this.#ports.now());
    this.take(seat, this.#ports.tick());
  }

  /** This seed has voted for it, at that tick. */
  take({ peer, address }: Pick<Seat, "peer" | "address">, tick: number): void {
    this.yield(peer);
    this.#quota.vote(peer, this.#prefixesOf(address), tick);
  }

  /** A certificate has come to hold. */
  settled({ fact, registration, leave }: Certificate): void {
    const tick = this.#ports.tick();
    this.yield(fact.peer);
    if (registration === undefined) this.#quota.end(fact.peer, leave !== undefined, tick);
    else this.#quota.keep(fact.peer, this.#prefixesOf(registration.address), tick);
  }

  /** It is later: these leases are over, and who has been gone for as long as one loses its place. */
  ticked(expired: readonly Member[], leaseTicks: number, isMember: (peer: PeerId) => boolean): void {
    const tick = this.#ports.tick();
    for (const { peer } of expired) this.#quota.end(peer, false, tick);
    this.#quota.ticked(tick, leaseTicks, isMember);
  }

  #prefixesOf(address: Address): readonly Prefix[] {
    return this.#prefixes?.of(address) ?? [];
  }

  #lacking({ peer, address }: Pick<Seat, "peer" | "address">): readonly Prefix[] {
    return this.#quota.lacking(peer, this.#prefixesOf(address));
  }

  /** By all prefixes of its address: a member that moves nearby lacks fewer than a newcomer, and wants the same place. */
  #contestOf({ address }: Seat, scarce: readonly Prefix[]): string | undefined {
    if (scarce.length === 0) return undefined;
    return this.#window === undefined ? this.#prefixesOf(address).at(-1)?.name : EVERYWHERE.name;
  }

  /** All that there is not enough of for everybody. */
  #scarce(seat: Seat): readonly Prefix[] {
    const prefixes = this.#lacking(seat);
    return seat.isNew && this.#window !== undefined ? [...prefixes, EVERYWHERE] : prefixes;
  }

  #room(prefix: Prefix): number {
    if (prefix.name !== EVERYWHERE.name) return this.#quota.room(prefix);
    return this.#window?.room(this.#ports.now()) ?? 0;
  }
}

/** Newcomers of an hour compete wherever they are. */
const EVERYWHERE: Prefix = { name: "everywhere", max: 256 };

const OVERDUE: Refusal = {
  code: "quota",
  detail:
    "this seed has voted for it, and too few others have: its place ends, and it may have one anew when it asks again",
};

function crowdOfAnHour(waitMs: number): Refusal {
  const minutes = Math.ceil(waitMs / 60_000);
  return {
    code: "rate",
    detail: `as many newcomers as come in within an hour have come; the next may in ${minutes} min`,
  };
}
