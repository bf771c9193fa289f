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
 * A monitor's signed word that it looked for a member and did not find it. It starts an inquiry and decides nothing.
 * PROTOCOL.md §6.3.
 */
export interface Accusation {
  readonly victim: PeerId;
  readonly incarnation: number;
  readonly accuser: PeerId;
  /** Wall time of signing in milliseconds, by the accuser's clock: for display. */
  readonly at: number;
  /** Wall time in milliseconds of the last sign of life, by the accuser's clock; 0 for never. */
  readonly lastSeen: number;
  readonly signature: Uint8Array;
}

/** An {@link Accusation} before it is signed. */
export type AccusationTerms = Omit<Accusation, "signature">;

/** An {@link Accusation} on the wire: its fields in the order of the interface. */
export const accusation: Field<Accusation> = record({
  victim: peerId,
  incarnation,
  accuser: peerId,
  at: integer(),
  lastSeen: integer(),
  signature,
});

/** The bytes `accuser` signs: id victim ‖ u64 incarnation ‖ id accuser ‖ at ‖ lastSeen. PROTOCOL.md §2.2. */
export function accusationStatement(terms: AccusationTerms, networkId: NetworkId): Uint8Array {
  return new Statement(StatementKind.accusation, networkId)
    .id(terms.victim)
    .u64(terms.incarnation)
    .id(terms.accuser)
    .wallTime(terms.at)
    .wallTime(terms.lastSeen)
    .finish();
}

/** `terms` with the signature of `signer`, who has to be `terms.accuser`. */
export function signAccusation(terms: AccusationTerms, networkId: NetworkId, signer: Signer): Accusation {
  return { ...terms, signature: signer.sign(accusationStatement(terms, networkId)) };
}

/** Whether the accuser signed this for this network, against somebody else. One signature check. */
export function verifyAccusation(given: Accusation, networkId: NetworkId, verifier: Verifier): boolean {
  if (given.accuser === given.victim) return false;
  return verifier.verify(given.accuser, accusationStatement(given, networkId), given.signature);
}
