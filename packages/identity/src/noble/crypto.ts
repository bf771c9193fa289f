import { getPublicKey, hashes, sign, utils, verify } from "@noble/ed25519";
import { sha256 as hash256, sha512 } from "@noble/hashes/sha2.js";
import { keyOfPeerId, peerIdFromKey } from "../peer-id.ts";
import { PRIVATE_KEY_BYTES, SIGNATURE_BYTES, type Signer, type Verifier } from "../signer.ts";

hashes.sha512 = sha512;

/** SHA-256 of `bytes`: a new array of 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash256(bytes);
}

/**
 * A signer in plain JavaScript, for browsers.
 * @param privateKey 32 bytes (RFC 8032 §5.1.5), copied. Default: a fresh one from the system.
 * @throws RangeError at another length.
 */
export function createSigner(privateKey: Uint8Array = utils.randomSecretKey()): Signer {
  if (privateKey.length !== PRIVATE_KEY_BYTES) {
    throw new RangeError(`a private key has ${PRIVATE_KEY_BYTES} bytes, not ${privateKey.length}`);
  }
  const key = Uint8Array.from(privateKey);
  return { id: peerIdFromKey(getPublicKey(key)), sign: (bytes) => sign(bytes, key) };
}

/** Checks signatures in plain JavaScript. Keeps nothing. */
export const verifier: Verifier = {
  verify(id, bytes, signature) {
    if (signature.length !== SIGNATURE_BYTES) return false;
    try {
      // zip215: false is RFC 8032's stricter reading, as OpenSSL has it: both sides must agree on what is valid.
      return verify(signature, bytes, keyOfPeerId(id), { zip215: false });
    } catch {
      return false;
    }
  },
};
