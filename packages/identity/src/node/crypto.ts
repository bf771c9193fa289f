import { createPrivateKey, createPublicKey, hash, KeyObject, randomBytes, sign, verify } from "node:crypto";
import { keyOfPeerId, type PeerId, peerIdFromKey } from "../peer-id.ts";
import { PRIVATE_KEY_BYTES, SIGNATURE_BYTES, type Signer, type Verifier } from "../signer.ts";
import { isWeakKey } from "../weak-key.ts";

// RFC 8410: the fixed DER that goes before a raw Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** Imported public keys kept by {@link verifier}: importing one costs as much as a check. */
export const CACHED_KEYS_MAX = 4096;

/** SHA-256 of `bytes`: a new array of 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return plain(hash("sha256", bytes, "buffer"));
}

/**
 * A signer that also lends its key to this process: TLS signs by itself, inside OpenSSL, and cannot do with a `sign`.
 * Who keeps his key elsewhere implements {@link Signer} alone, and brings a transport of his own.
 */
export interface NodeSigner extends Signer {
  /** The private key behind {@link Signer.id}. */
  readonly privateKey: KeyObject;
}

/** Whether `signer` lends its key. */
export function isNodeSigner(signer: Signer): signer is NodeSigner {
  return (signer as Partial<NodeSigner>).privateKey instanceof KeyObject;
}

/** As {@link createNodeSigner}, for those who only sign. */
export function createSigner(privateKey?: Uint8Array): Signer {
  return createNodeSigner(privateKey);
}

/**
 * A signer on `node:crypto`. The key is imported once.
 * @param privateKey 32 bytes (RFC 8032 §5.1.5), read during the call. Default: a fresh one from the system.
 * @throws RangeError at another length.
 */
export function createNodeSigner(privateKey: Uint8Array = randomBytes(PRIVATE_KEY_BYTES)): NodeSigner {
  if (privateKey.length !== PRIVATE_KEY_BYTES) {
    throw new RangeError(`a private key has ${PRIVATE_KEY_BYTES} bytes, not ${privateKey.length}`);
  }
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, privateKey]),
    format: "der",
    type: "pkcs8",
  });
  const der = createPublicKey(key).export({ format: "der", type: "spki" });
  const id = peerIdFromKey(der.subarray(SPKI_PREFIX.length));
  return { id, privateKey: key, sign: (bytes) => plain(sign(null, bytes, key)) };
}

const keys = new Map<PeerId, KeyObject>();

/** Checks signatures on `node:crypto`, keeping at most {@link CACHED_KEYS_MAX} imported keys, oldest out first. */
export const verifier: Verifier = {
  verify(id, bytes, signature) {
    if (signature.length !== SIGNATURE_BYTES) return false;
    try {
      return verify(null, bytes, importKey(id), signature);
    } catch {
      return false; // the id is no key
    }
  },
};

function importKey(id: PeerId): KeyObject {
  const known = keys.get(id);
  if (known) return known;
  if (isWeakKey(id)) throw new RangeError("a key of small order");
  const der = Buffer.concat([SPKI_PREFIX, keyOfPeerId(id)]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  if (keys.size >= CACHED_KEYS_MAX) keys.delete(keys.keys().next().value as PeerId);
  keys.set(id, key);
  return key;
}

/** The same bytes without the ways of a Buffer, whose `slice` shares memory where an array's copies. */
function plain({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
