import { getPublicKey, hashes, Point, sign, utils } from "@noble/ed25519";
import { sha256 as hash256, sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, sameBytes } from "../bytes.ts";
import { toHex } from "../hex.ts";
import { keyOfPeerId, peerIdFromKey } from "../peer-id.ts";
import { PRIVATE_KEY_BYTES, SIGNATURE_BYTES, type Signer, type Verifier } from "../signer.ts";
import { isWeakKey } from "../weak-key.ts";

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

/** Checks signatures in plain JavaScript, and to the same end as OpenSSL does. Keeps nothing. */
export const verifier: Verifier = {
  verify(id, bytes, signature) {
    if (signature.length !== SIGNATURE_BYTES || isWeakKey(id)) return false;
    try {
      return isSigned(keyOfPeerId(id), bytes, signature);
    } catch {
      return false; // the id is no point of the curve
    }
  },
};

/**
 * RFC 8032 §5.1.7 without the cofactor: R must be sB − hA to the byte. The library's own check multiplies by eight on
 * both sides and so takes signatures that OpenSSL does not; a node that passed one on would be taken for a forger.
 */
function isSigned(key: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) return false;
  const h = littleEndian(sha512(concatBytes([r, key, bytes]))) % ORDER;
  const hA = Point.fromBytes(key).negate().multiply(h, false);
  const expected = Point.BASE.multiply(s, false).add(hA).toBytes();
  return sameBytes(expected, r);
}

/** The order of the base point: 2^252 + 27742317777372353535851937790883648493. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.toReversed())}`);
}
