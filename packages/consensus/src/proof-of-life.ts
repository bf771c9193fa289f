import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  sameBytes,
  type Verifier,
} from "@p2p/identity";
import { bytes32, type Field, incarnation, list, peerId, record, SEEDS_MAX, signature } from "@p2p/wire";

/**
 * A peer's answer to everybody who suspects it: their nonces, signed. It may come from anyone, over any path; who
 * holds a suspicion accepts it if its own nonce is among them. No clock is read and nothing can be replayed.
 * PROTOCOL.md §6.1.
 */
export interface ProofOfLife {
  readonly peer: PeerId;
  readonly incarnation: number;
  /** 1 to {@link NONCES_MAX} nonces of 32 bytes. */
  readonly nonces: readonly Uint8Array[];
  readonly signature: Uint8Array;
}

/** A {@link ProofOfLife} before it is signed. */
export type ProofOfLifeTerms = Omit<ProofOfLife, "signature">;

/** Most nonces in one probe or proof: those of all seeds and eight more, 72. */
export const NONCES_MAX: number = SEEDS_MAX + 8;

/** A list of nonces on the wire: 1 to {@link NONCES_MAX}. */
export const nonces: Field<readonly Uint8Array[]> = list(bytes32, NONCES_MAX, 1);

/** A {@link ProofOfLife} on the wire: `[peer, incarnation, nonces, signature]`. */
export const proofOfLife: Field<ProofOfLife> = record({ peer: peerId, incarnation, nonces, signature });

/** The bytes `peer` signs: id ‖ u64 incarnation ‖ u16 count ‖ nonces. PROTOCOL.md §2.2. */
export function proofOfLifeStatement(terms: ProofOfLifeTerms, networkId: NetworkId): Uint8Array {
  const statement = new Statement(StatementKind.alive, networkId)
    .id(terms.peer)
    .u64(terms.incarnation)
    .u8(terms.nonces.length >> 8)
    .u8(terms.nonces.length & 0xff);
  for (const nonce of terms.nonces) statement.bytes32(nonce);
  return statement.finish();
}

/** `terms` with the signature of `signer`, who has to be `terms.peer`. */
export function signProofOfLife(terms: ProofOfLifeTerms, networkId: NetworkId, signer: Signer): ProofOfLife {
  return { ...terms, signature: signer.sign(proofOfLifeStatement(terms, networkId)) };
}

/** Whether the peer signed this for this network. One signature check; says nothing about whose nonces these are. */
export function verifyProofOfLife(proof: ProofOfLife, networkId: NetworkId, verifier: Verifier): boolean {
  if (proof.nonces.length < 1 || proof.nonces.length > NONCES_MAX) return false;
  return verifier.verify(proof.peer, proofOfLifeStatement(proof, networkId), proof.signature);
}

/** Whether `nonce` is among those the proof answers. */
export function answersNonce(proof: ProofOfLife, nonce: Uint8Array): boolean {
  return proof.nonces.some((answered) => sameBytes(answered, nonce));
}

/**
 * Whether a proof ends the suspicion against (`victim`, `life`) whose nonce is `nonce`: it is of the victim, of this
 * life or a later one, and answers the nonce. Cheap; the signature is checked apart, by {@link verifyProofOfLife}.
 */
export function clears(proof: ProofOfLife, victim: PeerId, life: number, nonce: Uint8Array): boolean {
  return proof.peer === victim && proof.incarnation >= life && answersNonce(proof, nonce);
}
