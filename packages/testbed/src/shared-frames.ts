import { CERTIFICATES, CERTIFICATES_A_FRAME, type Certificates } from "@p2p/consensus";
import type { FrameType, Malformed } from "@p2p/wire";
import { packedOf, wasRead } from "./shared-certificates.ts";

/** What each frame of a shared type carries, by its very bytes. */
const carried = new WeakMap<Uint8Array, unknown>();
const shared = new WeakSet<object>();

/**
 * From now on, decodes each frame of this type once in this process, however many nodes get the very same bytes: with a
 * thousand nodes, most of a bootstrap is the same certificates decoded again and again. What was decoded is shared by
 * reference, as nobody writes to it.
 */
export function shareFrames<T>(type: FrameType<T>): void {
  if (shared.has(type)) return;
  shared.add(type);
  const decode = type.decode.bind(type);
  type.decode = (frame) => {
    const value = (carried.get(frame) as T | Malformed | undefined) ?? decode(frame);
    carried.set(frame, value);
    return value;
  };
}

/**
 * From now on, puts frames of certificates together from what each of them was packed to before: a thousand nodes pass
 * on a thousand of them, each in other company. Those that were read before need not be decoded again, either.
 */
export function joinCertificates(): void {
  if (shared.has(joinCertificates)) return;
  shared.add(joinCertificates);
  const encode = CERTIFICATES.encode.bind(CERTIFICATES);
  CERTIFICATES.encode = (value) => {
    const { certificates } = value;
    if (certificates.length === 0 || certificates.length > CERTIFICATES_A_FRAME) return encode(value);
    const frame = frameOf(value);
    if (certificates.every(wasRead)) carried.set(frame, { certificates });
    return frame;
  };
}

/** As `CERTIFICATES.encode` would: an array of one list of less than 2^16. */
function frameOf({ certificates }: Certificates): Uint8Array {
  const { length } = certificates;
  const head = length < 16 ? [0x90 + length] : [0xdc, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(CERTIFICATES.kind, 0x91, ...head), ...certificates.map(packedOf)]);
}
