import type { PeerId } from "@p2p/identity";
import type { Accusation } from "./accusation.ts";
import { majorityOf } from "./electorate.ts";

/** What a {@link Docket} may be told. */
export interface DocketOptions {
  /** How long an accusation counts after it was received, in milliseconds. Default: 60 000. */
  readonly windowMs?: number | undefined;
  /** Most victims on record; beyond, the one whose last accusation is the oldest goes. Default: 1 024. */
  readonly victimsMax?: number | undefined;
}

/** What became of an accusation. */
export type DocketAnswer =
  /** This accuser's first against this life of the victim, or the first that still counts. */
  | "counted"
  /** This accuser accuses anew: it counts from now. */
  | "renewed"
  /** No newer than the one that is here already, whose time does not move: nothing is gained by sending old ones in turn. */
  | "repeated"
  /** The accuser is not among the monitors. Not kept. */
  | "foreign";

/**
 * Who accuses whom, counted by one holder: different accusers, each of the electorate, received lately. Measured by the
 * holder's own monotonic clock, never by the times the accusers wrote. Verifies no signature and does not know who is
 * a member: the caller has looked. Holds at most `victimsMax` electorates. PROTOCOL.md §6.3.
 */
export class Docket {
  readonly #windowMs: number;
  readonly #victimsMax: number;
  readonly #charges = new Map<string, Map<PeerId, Charge>>();

  constructor({ windowMs = 60_000, victimsMax = 1024 }: DocketOptions = {}) {
    this.#windowMs = windowMs;
    this.#victimsMax = victimsMax;
  }

  /** How many victims are on record. */
  get size(): number {
    return this.#charges.size;
  }

  /**
   * Takes a verified accusation.
   * @param monitors the victim's electorate as it is now; charges of others are dropped.
   * @param now monotonic milliseconds.
   * @param accuserLife the accuser's own incarnation, if anybody may bring its accusations: then the time written in them
   *   has to grow within one life, so that old ones sent in turn renew nothing. In a new life its clock may be behind.
   */
  file(accusation: Accusation, monitors: readonly PeerId[], now: number, accuserLife?: number): DocketAnswer {
    if (!monitors.includes(accusation.accuser)) return "foreign";
    const charges = this.#chargesFor(keyOf(accusation.victim, accusation.incarnation));
    for (const accuser of charges.keys()) if (!monitors.includes(accuser)) charges.delete(accuser);
    const held = charges.get(accusation.accuser);
    if (held !== undefined && isRepetition(accusation, accuserLife, held)) return "repeated";
    charges.set(accusation.accuser, { accusation, accuserLife, receivedAt: now });
    return held !== undefined && this.#counts(held, now) ? "renewed" : "counted";
  }

  /** Whether anything is on record against `victim`'s `life`, whoever's it is: cheap, to be asked before an electorate is. */
  has(victim: PeerId, life: number): boolean {
    return this.#charges.has(keyOf(victim, life));
  }

  /** The accusations that count now against `victim`'s `life`: one for each accuser among `monitors`. */
  against(victim: PeerId, life: number, monitors: readonly PeerId[], now: number): readonly Accusation[] {
    const charges = this.#charges.get(keyOf(victim, life)) ?? new Map<PeerId, Charge>();
    return [...charges.values()]
      .filter((charge) => this.#counts(charge, now) && monitors.includes(charge.accusation.accuser))
      .map(({ accusation }) => accusation);
  }

  /** Whether more than half of `monitors` accuse now. */
  hasMajority(victim: PeerId, life: number, monitors: readonly PeerId[], now: number): boolean {
    return this.against(victim, life, monitors, now).length >= majorityOf(monitors);
  }

  /** Drops what is held against `victim`'s `life`: it proved that it lives, or it is no longer a member. */
  forget(victim: PeerId, life: number): void {
    this.#charges.delete(keyOf(victim, life));
  }

  #counts({ receivedAt }: Charge, now: number): boolean {
    return now - receivedAt <= this.#windowMs;
  }

  #chargesFor(key: string): Map<PeerId, Charge> {
    const charges = this.#charges.get(key) ?? new Map<PeerId, Charge>();
    this.#charges.delete(key); // set again behind all others: the first is then the one least lately accused
    if (this.#charges.size >= this.#victimsMax)
      this.#charges.delete(this.#charges.keys().next().value as string);
    this.#charges.set(key, charges);
    return charges;
  }
}

interface Charge {
  readonly accusation: Accusation;
  readonly accuserLife: number | undefined;
  /** By the holder's monotonic clock. */
  readonly receivedAt: number;
}

function isRepetition({ at }: Accusation, accuserLife: number | undefined, held: Charge): boolean {
  if (accuserLife === undefined || accuserLife !== held.accuserLife) return at === held.accusation.at;
  return at <= held.accusation.at;
}

function keyOf(victim: PeerId, life: number): string {
  return `${victim}:${life}`;
}
