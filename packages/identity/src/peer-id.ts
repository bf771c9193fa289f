import { fromHex, toHex } from "./hex.ts";

/**
 * Who a node is: its Ed25519 public key, written as 64 lowercase hexadecimal digits.
 *
 * Text, so that it serves as key of a Map and can be read in a log; hexadecimal, so that the order of the text
 * is the order of the bytes ("the smaller id dials"). On the wire and in signed bytes it is the 32 raw bytes.
 * An address is data about a node and may change; this does not.
 */
export type PeerId = string & { readonly __brand: "PeerId" };

/** Bytes of a public key. */
export const ID_BYTES = 32;

const PATTERN = /^[0-9a-f]{64}$/;

/** Whether `text` has the form of a {@link PeerId}. Says nothing about whether anybody holds its key. */
export function isPeerId(text: unknown): text is PeerId {
  return typeof text === "string" && PATTERN.test(text);
}

/**
 * Reads a {@link PeerId} that a person or a file supplied.
 * @throws TypeError when `text` is not 64 hexadecimal digits; upper case is accepted.
 */
export function parsePeerId(text: string): PeerId {
  const lower = text.toLowerCase();
  if (!isPeerId(lower)) throw new TypeError(`not a peer id (64 hexadecimal digits): "${text}"`);
  return lower;
}

/**
 * The id of a raw public key.
 * @throws RangeError unless `key` is 32 bytes.
 */
export function peerIdFromKey(key: Uint8Array): PeerId {
  if (key.length !== ID_BYTES) throw new RangeError(`a public key has ${ID_BYTES} bytes, not ${key.length}`);
  return toHex(key) as PeerId;
}

/** The raw public key of `id`: a new array of 32 bytes, the caller's own. */
export function keyOfPeerId(id: PeerId): Uint8Array {
  return fromHex(id);
}

/** The first eight digits: enough to tell nodes apart in a log, never enough to identify one. */
export function shortId(id: PeerId): string {
  return id.slice(0, 8);
}
