import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";
import { beats, type Certificate, certificateDigest, conflicts } from "./certificate.ts";

/** How many parts a {@link Ledger} is compared in. */
export const BUCKETS = 64;

/** What a {@link Ledger} may be told. */
export interface LedgerOptions {
  /** Most peers listed at a time; further ones are answered "full". Default: 10 000. */
  readonly membersMax?: number | undefined;
  /** Most removed peers remembered; beyond, the one removed first is forgotten. Default: 100 000. */
  readonly tombstonesMax?: number | undefined;
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
  | "full";

/** What is certified about a peer. */
export interface Standing {
  readonly kind: "member" | "removed";
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
 */
export class Ledger {
  readonly #membersMax: number;
  readonly #tombstonesMax: number;
  readonly #members = new Map<PeerId, Certificate>();
  readonly #tombstones = new Map<PeerId, Certificate>();
  readonly #buckets: readonly Bucket[] = Array.from({ length: BUCKETS }, () => new Bucket());

  constructor({ membersMax = 10_000, tombstonesMax = 100_000 }: LedgerOptions = {}) {
    this.#membersMax = membersMax;
    this.#tombstonesMax = tombstonesMax;
  }

  /** How many peers are listed. */
  get size(): number {
    return this.#members.size;
  }

  /** Joins a verified certificate into the list. It is kept, not copied, and must not change afterwards. */
  admit(certificate: Certificate): LedgerAnswer {
    const { kind, peer } = certificate.fact;
    const held = this.#held(peer);
    const answer = compared(certificate, held);
    if (answer !== "newer" && answer !== "conflict-taken") return answer;
    if (kind === "add" && !this.#members.has(peer) && this.size >= this.#membersMax) return "full";
    if (held !== undefined) this.#drop(held);
    this.#put(certificate);
    return answer;
  }

  /** What is certified about `peer`; `undefined` when nothing is, or it was forgotten. */
  standing(peer: PeerId): Standing | undefined {
    const certificate = this.#held(peer);
    if (certificate === undefined) return undefined;
    const { kind, incarnation } = certificate.fact;
    return { kind: kind === "add" ? "member" : "removed", incarnation, certificate };
  }

  /** Whether `peer` is listed; with `incarnation`, whether in exactly this life. */
  isMember(peer: PeerId, incarnation?: number): boolean {
    const certificate = this.#members.get(peer);
    return (
      certificate !== undefined &&
      (incarnation ?? certificate.fact.incarnation) === certificate.fact.incarnation
    );
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
   * One hash of 32 bytes for each of {@link BUCKETS} buckets, copies: two holders with the same facts have the same
   * hashes. Each is the XOR of {@link certificateDigest} over the facts in the bucket, tombstones included, so a change
   * costs one hash. It finds differences between honest holders and is no commitment: who can have many facts certified
   * can make two sets meet.
   */
  bucketHashes(): readonly Uint8Array[] {
    return this.#buckets.map(({ hash }) => Uint8Array.from(hash));
  }

  /** The certificates in one bucket, tombstones included. @throws RangeError unless `bucket` is 0 to {@link BUCKETS} − 1. */
  inBucket(bucket: number): readonly Certificate[] {
    const found = this.#buckets[bucket];
    if (found === undefined) throw new RangeError(`not a bucket: ${bucket}`);
    return [...found.peers].map((peer) => this.#held(peer) as Certificate);
  }

  #held(peer: PeerId): Certificate | undefined {
    return this.#members.get(peer) ?? this.#tombstones.get(peer);
  }

  #put(certificate: Certificate): void {
    const { kind, peer } = certificate.fact;
    (kind === "add" ? this.#members : this.#tombstones).set(peer, certificate);
    this.#bucketOf(peer).add(certificate);
    if (this.#tombstones.size <= this.#tombstonesMax) return;
    this.#drop(this.#tombstones.values().next().value as Certificate);
  }

  #drop(certificate: Certificate): void {
    const { peer } = certificate.fact;
    this.#members.delete(peer);
    this.#tombstones.delete(peer);
    this.#bucketOf(peer).delete(certificate);
  }

  #bucketOf(peer: PeerId): Bucket {
    return this.#buckets[bucketOf(peer)] as Bucket;
  }
}

/** Which bucket `peer` is in: the first six bits of its id. */
export function bucketOf(peer: PeerId): number {
  return Number.parseInt(peer.slice(0, 2), 16) >> 2;
}

class Bucket {
  readonly hash = new Uint8Array(32);
  readonly peers = new Set<PeerId>();

  add(certificate: Certificate): void {
    this.peers.add(certificate.fact.peer);
    this.#toggle(certificate);
  }

  delete(certificate: Certificate): void {
    this.peers.delete(certificate.fact.peer);
    this.#toggle(certificate);
  }

  #toggle(certificate: Certificate): void {
    for (const [index, byte] of certificateDigest(certificate).entries())
      this.hash[index] = (this.hash[index] as number) ^ byte;
  }
}

function compared(certificate: Certificate, held: Certificate | undefined): LedgerAnswer {
  if (held === undefined) return "newer";
  const isBetter = beats(certificate, held);
  if (conflicts(certificate, held)) return isBetter ? "conflict-taken" : "conflict-refused";
  if (isBetter) return "newer";
  return beats(held, certificate) ? "older" : "known";
}

function memberBy(certificate: Certificate): Member {
  const { fact, registration } = certificate;
  if (registration === undefined) throw new TypeError("an ADD without its registration was never verified");
  return { peer: fact.peer, incarnation: fact.incarnation, address: registration.address, certificate };
}
