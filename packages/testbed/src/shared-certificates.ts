import { type Certificate, certificate } from "@p2p/consensus";
import { SIGNATURE_BYTES, sameBytes } from "@p2p/identity";

/** Certificates that are kept at hand: this many at least, twice as many at most. */
const KEPT = 32_768;

/** A certificate, and how it is packed. */
interface Known {
  readonly packed: unknown;
  readonly value: Certificate;
}

let recent = new Map<number, Known>();
let older = recent;
let isShared = false;

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
    const known = recent.get(key) ?? older.get(key);
    if (known !== undefined && isAlike(known.packed, raw)) return known.value;
    const value = read(raw);
    remember(key, { packed: certificate.write(value), value });
    return value;
  };
}

function remember(key: number, known: Known): void {
  if (recent.size >= KEPT) {
    older = recent;
    recent = new Map();
  }
  recent.set(key, known);
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
