import type { PeerId } from "@p2p/identity";

/** How long a strike counts, and its consequences last. */
const DAY_MS = 86_400_000;
/** Different victims, cleared of one accuser's lone word, that mute the accuser; accusers so refuted that make a victim grey. */
const STRIKES = 3;
/** Most accusers and most victims on record, each; beyond, the one least lately refuted is forgotten. */
const RECORDS_MAX = 4096;
/** Most entries of one record: what is beyond changes nothing. */
const ENTRIES_MAX = 16;

/** What a refuted case changed. */
export interface Verdict {
  /** From now on the accuser is muted. */
  readonly isMuted: boolean;
  /** From now on the victim is grey. */
  readonly isGrey: boolean;
}

/** When something last happened between one and others, by the monotonic clock. */
type Record = Map<PeerId, number>;

/**
 * Who cried wolf, and about whom: for each lone accuser whose victim proved that it lives, one strike a victim and day.
 * Three victims mute an accuser for a day, three accusers make a victim grey for a day, and who is grey strikes nobody:
 * it is silent to its neighbours and not to seeds, which is not their fault. Pure. PROTOCOL.md §9.9.
 */
export class Strikes {
  readonly #byAccuser = new Map<PeerId, Record>();
  readonly #byVictim = new Map<PeerId, Record>();
  readonly #mutedAt = new Map<PeerId, number>();

  /** A case that `accuser` alone had brought about ended with life. */
  refuted(victim: PeerId, accuser: PeerId, now: number): Verdict {
    // Who is muted is believed in nothing, so neither against its victims.
    if (this.isMuted(accuser, now)) return { isMuted: false, isGrey: false };
    const wasGrey = this.isGrey(victim, now);
    enter(this.#byVictim, victim, accuser, now);
    enter(this.#byAccuser, accuser, victim, now);
    const isGrey = this.isGrey(victim, now);
    const isMuted = this.#struckBy(accuser, now) >= STRIKES;
    if (isMuted) this.#mute(accuser, now);
    return { isMuted, isGrey: isGrey && !wasGrey };
  }

  /** Whether `accuser` is no monitor of anybody at the moment. */
  isMuted(accuser: PeerId, now: number): boolean {
    const mutedAt = this.#mutedAt.get(accuser);
    // Its victims may have turned out to be grey since.
    return (
      mutedAt !== undefined && now - mutedAt < DAY_MS && this.#struckBy(accuser, mutedAt, now) >= STRIKES
    );
  }

  /** Whether so many different accusers were refuted about `victim` that newcomers are not sent to it. */
  isGrey(victim: PeerId, now: number): boolean {
    return recent(this.#byVictim.get(victim), now).length >= STRIKES;
  }

  #struckBy(accuser: PeerId, at: number, now: number = at): number {
    return recent(this.#byAccuser.get(accuser), at).filter((victim) => !this.isGrey(victim, now)).length;
  }

  #mute(accuser: PeerId, now: number): void {
    this.#mutedAt.delete(accuser);
    if (this.#mutedAt.size >= RECORDS_MAX) this.#mutedAt.delete(this.#mutedAt.keys().next().value as PeerId);
    this.#mutedAt.set(accuser, now);
  }
}

/** Enters `other` into the record of `one`, behind all else. */
function enter(records: Map<PeerId, Record>, one: PeerId, other: PeerId, now: number): void {
  const record = records.get(one) ?? new Map<PeerId, number>();
  records.delete(one);
  if (records.size >= RECORDS_MAX) records.delete(records.keys().next().value as PeerId);
  records.set(one, record);
  record.delete(other);
  if (record.size >= ENTRIES_MAX) record.delete(record.keys().next().value as PeerId);
  record.set(other, now);
}

function recent(record: Record | undefined, now: number): PeerId[] {
  return [...(record ?? [])].filter(([, at]) => now - at < DAY_MS).map(([id]) => id);
}
