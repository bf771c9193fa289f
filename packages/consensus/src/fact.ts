import { compareBytes, INCARNATION_MAX, type PeerId, sameBytes } from "@p2p/identity";
import { bytes32, type Field, incarnation, Malformed, peerId, record, word } from "@p2p/wire";

/** What can be decided about a peer. */
export type FactKind = "add" | "remove";

/** Something that seeds vote on: this incarnation of this peer is a member, or no longer. PROTOCOL.md §10.2. */
export interface Fact {
  readonly kind: FactKind;
  readonly peer: PeerId;
  /** Which life of the peer: an integer of 0 to {@link INCARNATION_MAX}. */
  readonly incarnation: number;
  /** 32 bytes: for an ADD the hash of the registration; for a REMOVE {@link NO_DIGEST}, so there is only one. */
  readonly digest: Uint8Array;
}

/** What the first incarnation of a key stays below: 2^40. Unix seconds fit for 34 000 years. */
export const FIRST_INCARNATION_LIMIT: number = 2 ** 40;
/** How far an incarnation may lie above the highest certified one of its key: 2^31. */
export const INCARNATION_STEP_MAX: number = 2 ** 31;
/** The digest of a REMOVE: 32 zero bytes. Shared; never written to. */
export const NO_DIGEST: Uint8Array = new Uint8Array(32);

const fields: Field<Fact> = record({
  kind: word("add", "remove"),
  peer: peerId,
  incarnation,
  digest: bytes32,
});

/** A {@link Fact} on the wire: `[kind, peer, incarnation, digest]`. */
export const fact: Field<Fact> = {
  write: (value) => fields.write(value),
  read(raw) {
    const value = fields.read(raw);
    if (!factIsSound(value)) throw new Malformed("a REMOVE has no digest");
    return value;
  },
};

/** Whether the digest suits the kind: a REMOVE with content would make two REMOVEs of one rank. */
export function factIsSound({ kind, digest }: Fact): boolean {
  return kind === "add" || sameBytes(digest, NO_DIGEST);
}

/** Place of a fact in the order of its peer's facts: 2i for ADD, 2i+1 for REMOVE. */
export function rank({ kind, incarnation: life }: Pick<Fact, "kind" | "incarnation">): number {
  return kind === "add" ? 2 * life : 2 * life + 1;
}

/** What a seed votes on at most once: kind, peer and incarnation as one text. Facts that differ in digest share it. */
export function factKey({ kind, peer, incarnation: life }: Omit<Fact, "digest">): string {
  return `${kind}:${peer}:${life}`;
}

/**
 * Order of two facts of one peer: positive when `a` holds against `b`. The higher rank; of one rank the *smaller*
 * digest, so that lists agree even where too many seeds lied.
 */
export function compareFacts(a: Fact, b: Fact): number {
  return rank(a) - rank(b) || compareBytes(b.digest, a.digest);
}

/** Whether both say the same of the same life of the same peer. */
export function sameFact(a: Fact, b: Fact): boolean {
  return a.peer === b.peer && rank(a) === rank(b) && sameBytes(a.digest, b.digest);
}

/**
 * Whether a registration may claim incarnation `life`. Without this bound one message could burn all numbers of a key.
 * @param certified highest certified incarnation of the key; `undefined` for a key never certified.
 */
export function incarnationIsPlausible(life: number, certified: number | undefined): boolean {
  if (!Number.isSafeInteger(life) || life < 0 || life > INCARNATION_MAX) return false;
  return certified === undefined ? life < FIRST_INCARNATION_LIMIT : life <= certified + INCARNATION_STEP_MAX;
}
