import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";
import { Buckets } from "./buckets.ts";
import { beats, type Certificate, certificateTick, cfgOf, conflicts } from "./certificate.ts";
import type { Council } from "./council.ts";

/** For how many ticks an ADD lists a peer, unless an operator says otherwise: a day at 60 s. */
export const LEASE_TICKS = 1440;

/** What a {@link Ledger} may be told. */
export interface LedgerOptions {
  /** Most peers listed at a time; further ones are answered "full". Default: 10 000. */
  readonly membersMax?: number | undefined;
  /** Most former members remembered; beyond, the one that went first is forgotten. Default: 100 000. */
  readonly tombstonesMax?: number | undefined;
  /** For how many ticks an ADD lists a peer; the same for everybody in the network. Default: {@link LEASE_TICKS}. */
  readonly leaseTicks?: number | undefined;
  /** The configuration's f: so many votes of a certificate may lie about when they were cast. Default: 0. */
  readonly faulty?: number | undefined;
  /**
   * Says f of the configuration under which a certificate was made, and when all that was certified under it is over.
   * Default: {@link faulty}, and never.
   */
  readonly council?: Pick<Council, "under" | "overAt"> | undefined;
}

/** What became of a certificate. */
export type LedgerAnswer =
  /** The first of its peer, or of higher rank than what was here: it holds now. */
  | "newer"
  /** Its fact is here already. */
  | "known"
  /** A fact of higher rank is here; whoever sent this can be told. */
  | "older"
  /** Same rank, other content, smaller digest: it holds now. The two are evidence against seeds that voted twice. */
  | "conflict-taken"
  /** Same rank, other content, larger digest: what was here stays. The two are evidence as well. */
  | "conflict-refused"
  /** It would list one peer more than `membersMax`. Not taken. */
  | "full"
  /** It is from so long ago that everybody has forgotten it. Not taken. */
  | "forgotten";

/** What is certified about a peer. */
export interface Standing {
  /** `expired`: the fact is an ADD, but its lease is over. */
  readonly kind: "member" | "removed" | "expired";
  readonly incarnation: number;
  readonly certificate: Certificate;
}

/** A peer that is listed. */
export interface Member {
  readonly peer: PeerId;
  readonly incarnation: number;
  readonly address: Address;
  /** The ADD that lists it. */
  readonly certificate: Certificate;
}

/**
 * The Peer List of one holder, seed or peer: for each peer the certified fact of highest rank. A join, so the order in
 * which certificates arrive, and how often, makes no difference to where it ends, as long as no limit is reached.
 * Takes verified certificates only. PROTOCOL.md §10.2.
 *
 * Time is told to it, in ticks, and only by {@link advance}. An ADD lists its peer for one lease, counted from
 * {@link certificateTick}; every certificate is forgotten after two. For the second lease what is over still stands in
 * the way of anything older, so nobody is listed by a word of the past.
 */
export class Ledger {
  readonly #membersMax: number;
  readonly #tombstonesMax: number;
  readonly #leaseTicks: number;
  readonly #faulty: number;
  readonly #council: Pick<Council, "under" | "overAt"> | undefined;
  readonly #members = new Map<PeerId, Certificate>();
  /** Who is no member any more: removed, or expired. */
  readonly #past = new Map<PeerId, Certificate>();
  /** Made when they are first asked for: only who compares its list with others' needs them. */
  #buckets: Buckets | undefined;
  #tick = 0;

  constructor(options: LedgerOptions = {}) {
    const { membersMax = 10_000, tombstonesMax = 100_000, leaseTicks = LEASE_TICKS, faulty = 0 } = options;
    this.#membersMax = membersMax;
    this.#tombstonesMax = tombstonesMax;
    this.#leaseTicks = leaseTicks;
    this.#faulty = faulty;
    this.#council = options.council;
  }

  /** What time it is. */
  get tick(): number {
    return this.#tick;
  }

  /** How many peers are listed. */
  get size(): number {
    return this.#members.size;
  }

  /** Whether so many are listed that no further one is taken. */
  get isFull(): boolean {
    return this.size >= this.#membersMax;
  }

  /** Joins a verified certificate into the list. It is kept, not copied, and must not change afterwards. */
  admit(certificate: Certificate): LedgerAnswer {
    const { peer } = certificate.fact;
    const held = this.certificateOf(peer);
    const answer = compared(certificate, held);
    if (answer !== "newer" && answer !== "conflict-taken") return answer;
    if (this.isForgotten(certificate)) return "forgotten";
    const isCrowded = this.isFull && !this.#members.has(peer);
    if (isCrowded && this.#lists(certificate)) return "full";
    if (held !== undefined) this.#drop(held);
    this.#put(certificate);
    return answer;
  }

  /**
   * It is `tick` now: ends the leases that are over, and forgets what is from two leases ago. Time never runs backwards;
   * an earlier tick changes nothing. Looks at everybody.
   * @returns those who were listed and are no longer.
   */
  advance(tick: number): readonly Member[] {
    if (tick <= this.#tick) return [];
    this.#tick = tick;
    const expired = [...this.#members.values()].filter((certificate) => !this.#lists(certificate));
    for (const certificate of expired) {
      this.#members.delete(certificate.fact.peer);
      this.#bury(certificate);
    }
    for (const certificate of this.#past.values()) if (this.isForgotten(certificate)) this.#drop(certificate);
    return expired.map(memberBy);
  }

  /** Whether a certificate is an ADD whose lease is over, or from a configuration of which nothing counts any more. */
  isVoid(certificate: Certificate): boolean {
    const isAdd = certificate.fact.kind === "add";
    return isAdd && (this.#ageOf(certificate) >= this.#leaseTicks || this.#isOver(certificate));
  }

  /**
   * Whether a certificate is from two leases ago or more, or from a configuration of which nothing counts any more: nobody
   * holds it, and nobody takes it in.
   */
  isForgotten(certificate: Certificate): boolean {
    return this.#ageOf(certificate) >= 2 * this.#leaseTicks || this.#isOver(certificate);
  }

  /** The certificate of highest rank about `peer`; `undefined` when nothing is certified, or it was forgotten. */
  certificateOf(peer: PeerId): Certificate | undefined {
    return this.#members.get(peer) ?? this.#past.get(peer);
  }

  /** What is certified about `peer`; `undefined` when nothing is, or it was forgotten. */
  standing(peer: PeerId): Standing | undefined {
    const certificate = this.certificateOf(peer);
    if (certificate === undefined) return undefined;
    const { kind, incarnation } = certificate.fact;
    if (kind === "remove") return { kind: "removed", incarnation, certificate };
    return { kind: this.#members.has(peer) ? "member" : "expired", incarnation, certificate };
  }

  /** Whether `peer` is listed; with `incarnation`, whether in exactly this life. */
  isMember(peer: PeerId, incarnation?: number): boolean {
    const certificate = this.#members.get(peer);
    return (
      certificate !== undefined &&
      (incarnation ?? certificate.fact.incarnation) === certificate.fact.incarnation
    );
  }

  /** `peer` as it is listed, if it is. */
  member(peer: PeerId): Member | undefined {
    const certificate = this.#members.get(peer);
    return certificate && memberBy(certificate);
  }

  /** Where a listed peer can be dialled, by its own certified word. */
  addressOf(peer: PeerId): Address | undefined {
    return this.#members.get(peer)?.registration?.address;
  }

  /** All that are listed, in no order that another holder would share. */
  *members(): Iterable<Member> {
    for (const certificate of this.#members.values()) yield memberBy(certificate);
  }

  /** The ids of all that are listed, likewise. */
  memberIds(): Iterable<PeerId> {
    return this.#members.keys();
  }

  /**
   * One hash of 32 bytes for each of 64 buckets, copies: two holders with the same facts, former members'
   * included, have the same hashes. It finds differences between honest holders and is no commitment: who can have many
   * facts certified can make two sets meet. The first question looks at everybody.
   */
  bucketHashes(): readonly Uint8Array[] {
    return this.#compared().hashes;
  }

  /** The certificates in one bucket, former members' included. @throws RangeError unless `bucket` is 0 to 63. */
  inBucket(bucket: number): readonly Certificate[] {
    return Array.from(this.#compared().peersIn(bucket), (peer) => this.certificateOf(peer) as Certificate);
  }

  #compared(): Buckets {
    this.#buckets ??= new Buckets([...this.#members.values(), ...this.#past.values()]);
    return this.#buckets;
  }

  #lists(certificate: Certificate): boolean {
    return certificate.fact.kind === "add" && !this.isVoid(certificate);
  }

  #ageOf(certificate: Certificate): number {
    const faulty = this.#council?.under(cfgOf(certificate)).faulty ?? this.#faulty;
    return this.#tick - certificateTick(certificate, faulty);
  }

  #isOver(certificate: Certificate): boolean {
    if (this.#council === undefined) return false;
    return this.#tick >= this.#council.overAt(cfgOf(certificate), this.#leaseTicks);
  }

  #put(certificate: Certificate): void {
    const { peer } = certificate.fact;
    this.#buckets?.add(certificate);
    if (this.#lists(certificate)) this.#members.set(peer, certificate);
    else this.#bury(certificate);
  }

  #bury(certificate: Certificate): void {
    this.#past.set(certificate.fact.peer, certificate);
    if (this.#past.size <= this.#tombstonesMax) return;
    this.#drop(this.#past.values().next().value as Certificate);
  }

  #drop(certificate: Certificate): void {
    const { peer } = certificate.fact;
    this.#members.delete(peer);
    this.#past.delete(peer);
    this.#buckets?.delete(certificate);
  }
}

function compared(certificate: Certificate, held: Certificate | undefined): LedgerAnswer {
  if (held === undefined) return "newer";
  const isBetter = beats(certificate, held);
  if (conflicts(certificate, held)) return isBetter ? "conflict-taken" : "conflict-refused";
  if (isBetter) return "newer";
  return beats(held, certificate) ? "older" : "known";
}

/** One object for each certificate, however many ledgers of this process list by it. */
const known = new WeakMap<Certificate, Member>();

function memberBy(certificate: Certificate): Member {
  const member = known.get(certificate) ?? read(certificate);
  known.set(certificate, member);
  return member;
}

function read(certificate: Certificate): Member {
  const { fact, registration } = certificate;
  if (registration === undefined) throw new TypeError("an ADD without its registration was never verified");
  return { peer: fact.peer, incarnation: fact.incarnation, address: registration.address, certificate };
}
