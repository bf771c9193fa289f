import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  type Verifier,
} from "@p2p/identity";
import { type Field, incarnation, integer, peerId, record, signature } from "@p2p/wire";

/**
 * A peer's own word that it stops now and will be back: nobody needs to look for this life of it until then. Counts
 * once for each life, from when it is heard first. PROTOCOL.md §8.4.
 */
export interface BackSoon {
  readonly peer: PeerId;
  readonly incarnation: number;
  /** Milliseconds, 1 to {@link BACK_SOON_MAX_MS}. */
  readonly withinMs: number;
  readonly signature: Uint8Array;
}

/** A {@link BackSoon} before it is signed. */
export type BackSoonTerms = Omit<BackSoon, "signature">;

/** Longest absence that can be announced, in milliseconds. */
export const BACK_SOON_MAX_MS = 60_000;

/** A {@link BackSoon} on the wire: `[peer, incarnation, withinMs, signature]`. */
export const backSoon: Field<BackSoon> = record({
  peer: peerId,
  incarnation,
  withinMs: integer(1, BACK_SOON_MAX_MS),
  signature,
});

/** The bytes `peer` signs: id ‖ u64 incarnation ‖ u64 withinMs. PROTOCOL.md §2.2. */
export function backSoonStatement(terms: BackSoonTerms, networkId: NetworkId): Uint8Array {
  return new Statement(StatementKind.backSoon, networkId)
    .id(terms.peer)
    .u64(terms.incarnation)
    .u64(terms.withinMs)
    .finish();
}

/**
 * `terms` with the signature of `signer`, who has to be `terms.peer`.
 * @throws RangeError unless `withinMs` is an integer of 1 to {@link BACK_SOON_MAX_MS}.
 */
export function signBackSoon(terms: BackSoonTerms, networkId: NetworkId, signer: Signer): BackSoon {
  const { withinMs } = terms;
  if (!Number.isInteger(withinMs) || withinMs < 1 || withinMs > BACK_SOON_MAX_MS)
    throw new RangeError(`back within 1 to ${BACK_SOON_MAX_MS} ms, not ${withinMs}`);
  return { ...terms, signature: signer.sign(backSoonStatement(terms, networkId)) };
}

/** Whether the peer signed this for this network. One signature check. */
export function verifyBackSoon(given: BackSoon, networkId: NetworkId, verifier: Verifier): boolean {
  return verifier.verify(given.peer, backSoonStatement(given, networkId), given.signature);
}
