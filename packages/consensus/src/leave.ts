import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  type Verifier,
} from "@p2p/identity";
import { type Field, incarnation, peerId, record, signature } from "@p2p/wire";

/** A peer's own word that it goes: seeds certify its removal without looking for it. PROTOCOL.md §8.3. */
export interface Leave {
  readonly peer: PeerId;
  readonly incarnation: number;
  readonly signature: Uint8Array;
}

/** A {@link Leave} before it is signed. */
export type LeaveTerms = Omit<Leave, "signature">;

/** A {@link Leave} on the wire: `[peer, incarnation, signature]`. */
export const leave: Field<Leave> = record({ peer: peerId, incarnation, signature });

/** The bytes `peer` signs: id ‖ u64 incarnation. PROTOCOL.md §2.2. */
export function leaveStatement(terms: LeaveTerms, networkId: NetworkId): Uint8Array {
  return new Statement(StatementKind.leave, networkId).id(terms.peer).u64(terms.incarnation).finish();
}

/** `terms` with the signature of `signer`, who has to be `terms.peer`. */
export function signLeave(terms: LeaveTerms, networkId: NetworkId, signer: Signer): Leave {
  return { ...terms, signature: signer.sign(leaveStatement(terms, networkId)) };
}

/** Whether the peer signed this for this network. One signature check. */
export function verifyLeave(given: Leave, networkId: NetworkId, verifier: Verifier): boolean {
  return verifier.verify(given.peer, leaveStatement(given, networkId), given.signature);
}
