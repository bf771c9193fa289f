import { type Certificate, certificate, decodeCertificate, encodeCertificate } from "@p2p/consensus";
import { SIGNATURE_BYTES, sameBytes } from "@p2p/identity";
import { Malformed } from "@p2p/wire";

/** Certificates that are kept at hand: this many at least, twice as many at most. */
const KEPT = 32_768;

/** A certificate, and what it is read from. */
interface Held {
  readonly raw: unknown;
  readonly value: Certificate;
}

let recent = new Map<number, Held>();
let older = recent;
let isShared = false;

/** A certificate as bytes, and what is read of them. */
export interface Packed {
  /** What `encodeCertificate` makes of it. To be read only. */
  readonly bytes: Uint8Array;
  /** The one object that everybody reads of these bytes; nothing when they cannot be read. */
  readonly value: Certificate | undefined;
}

const packed = new WeakMap<Certificate, Packed>();

/** `given` as bytes, the same ones each time. */
export function packedOf(given: Certificate): Packed {
  const known = packed.get(given);
  if (known !== undefined) return known;
  const bytes = encodeCertificate(given);
  const value = decodeCertificate(bytes);
  return keep(given, { bytes, value: value instanceof Malformed ? undefined : value });
}

function keep(certificate: Certificate, made: Packed): Packed {
  packed.set(certificate, made);
  return made;
}

/**
 * From now on, a certificate that is read in this process twice is one object, in whatever frames it came: a thousand
 * nodes that each list a thousand members would hold a million of them, and check each one. Nobody writes to them.
 */
export function shareCertificates(): void {
  if (isShared) return;
  isShared = true;
  const read = certificate.read.bind(certificate);
  certificate.read = (raw) => {
    const key = keyOf(raw);
    if (key === undefined) return read(raw);
    const held = recent.get(key) ?? older.get(key);
    if (held !== undefined && isAlike(held.raw, raw)) return held.value;
    const value = read(raw);
    keep(value, { bytes: encodeCertificate(value), value });
    remember(key, { raw: certificate.write(value), value });
    return value;
  };
}

function remember(key: number, held: Held): void {
  if (recent.size >= KEPT) {
    older = recent;
    recent = new Map();
  }
  recent.set(key, held);
}

/** The beginning of the signature of the last vote, as a number; `undefined` for what is no certificate. */
function keyOf(raw: unknown): number | undefined {
  const votes = Array.isArray(raw) ? raw[2] : undefined;
  const vote = Array.isArray(votes) ? votes.at(-1) : undefined;
  const signature = Array.isArray(vote) ? vote[3] : undefined;
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return undefined;
  return signature.subarray(0, 6).reduce((number, byte) => number * 256 + byte, 0);
}

function isAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => isAlike(item, other[index]));
  return one instanceof Uint8Array && other instanceof Uint8Array && sameBytes(one, other);
}
