import type { PeerId } from "./peer-id.ts";

/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;
/** Bytes of an Ed25519 private key, the seed of RFC 8032 §5.1.5. */
export const PRIVATE_KEY_BYTES = 32;

/**
 * Holds one private key. Synchronous, because no protocol step may wait.
 * Deterministic, as Ed25519 is (RFC 8032): the same bytes give the same signature.
 */
export interface Signer {
  readonly id: PeerId;
  /** Signature over `bytes`: a new array of 64 bytes, the caller's own. `bytes` is read during the call only. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Checks signatures of anybody. Synchronous; may cache imported keys, within a limit it states. */
export interface Verifier {
  /**
   * Whether `signature` is `id`'s over `bytes`. Never throws: a signature of another length, or an id that is no
   * point of the curve, is simply not valid. Reads its arguments during the call only.
   */
  verify(id: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean;
}
