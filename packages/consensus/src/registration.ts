import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  sha256,
  type Verifier,
} from "@p2p/identity";
import {
  type Address,
  address,
  bytes,
  type Field,
  incarnation,
  optional,
  peerId,
  record,
  signature,
} from "@p2p/wire";

/** A peer's own word that it wants to be a member, and where it can be dialled. PROTOCOL.md §8.1. */
export interface Registration {
  readonly peer: PeerId;
  readonly address: Address;
  /** Above every earlier one of this key; see {@link incarnationIsPlausible}. */
  readonly incarnation: number;
  /** What an operator gave the peer to be let in: at most {@link TOKEN_BYTES_MAX}. None and empty sign alike. */
  readonly token?: Uint8Array | undefined;
  /** Proof of work: at most {@link POW_BYTES_MAX}. None and empty sign alike. */
  readonly pow?: Uint8Array | undefined;
  readonly signature: Uint8Array;
}

/** A {@link Registration} before it is signed. */
export type RegistrationTerms = Omit<Registration, "signature">;

/** Longest token of a registration, in bytes. */
export const TOKEN_BYTES_MAX = 256;
/** Longest proof of work of a registration, in bytes. */
export const POW_BYTES_MAX = 64;

const NOTHING = new Uint8Array(0);

/** A {@link Registration} on the wire: its fields in the order of the interface. */
export const registration: Field<Registration> = record({
  peer: peerId,
  address,
  incarnation,
  token: optional(copied(TOKEN_BYTES_MAX)),
  pow: optional(copied(POW_BYTES_MAX)),
  signature,
});

/** The bytes `peer` signs: id ‖ address ‖ u64 incarnation ‖ token ‖ pow. PROTOCOL.md §2.2. */
export function registrationStatement(terms: RegistrationTerms, networkId: NetworkId): Uint8Array {
  return new Statement(StatementKind.registration, networkId)
    .id(terms.peer)
    .text(terms.address)
    .u64(terms.incarnation)
    .bytes(terms.token ?? NOTHING)
    .bytes(terms.pow ?? NOTHING)
    .finish();
}

/** SHA-256 of the signed bytes: the digest of the fact ADD that seeds vote on. The caller's own 32 bytes. */
export function registrationDigest(terms: RegistrationTerms, networkId: NetworkId): Uint8Array {
  return sha256(registrationStatement(terms, networkId));
}

/** `terms` with the signature of `signer`, who has to be `terms.peer`. */
export function signRegistration(
  terms: RegistrationTerms,
  networkId: NetworkId,
  signer: Signer,
): Registration {
  return { ...terms, signature: signer.sign(registrationStatement(terms, networkId)) };
}

/** Whether the peer signed this for this network. One signature check. */
export function verifyRegistration(given: Registration, networkId: NetworkId, verifier: Verifier): boolean {
  return verifier.verify(given.peer, registrationStatement(given, networkId), given.signature);
}

/** Like wire's `bytes`, but copied: registrations are kept, and would keep the frame they came in. */
function copied(bytesMax: number): Field<Uint8Array> {
  const view = bytes(bytesMax);
  return { write: (value) => value, read: (raw) => Uint8Array.from(view.read(raw)) };
}
