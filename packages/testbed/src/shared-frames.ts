import { CERTIFICATES, CERTIFICATES_A_FRAME } from "@p2p/consensus";
import type { FrameType, Malformed } from "@p2p/wire";
import { type Packed, packedOf } from "./shared-certificates.ts";

/** What a frame of a shared type carries, once somebody has decoded it. On the frame itself: there are millions of them. */
const CARRIED = Symbol("what it carries");
interface SharedFrame extends Uint8Array {
  [CARRIED]?: unknown;
}

/** Frames are cut from pieces of so many bytes: one by one, they would keep the collector of garbage busy. */
Buffer.poolSize = 2 ** 20;

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
  type.decode = (frame: SharedFrame) => {
    frame[CARRIED] ??= decode(frame);
    return frame[CARRIED] as T | Malformed;
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
    const all = certificates.map(packedOf);
    const frame: SharedFrame = joined(all);
    if (all.every(({ isReadable }) => isReadable)) frame[CARRIED] = { certificates };
    return frame;
  };
}

/** As `CERTIFICATES.encode` would: an array of one list of less than 2^16. */
function joined(all: readonly Packed[]): Uint8Array {
  const { length } = all;
  const head = length < 16 ? [0x90 + length] : [0xdc, length >> 8, length & 0xff];
  const parts = [Uint8Array.of(CERTIFICATES.kind, 0x91, ...head), ...all.map(({ bytes }) => bytes)];
  const { buffer, byteOffset, byteLength } = Buffer.concat(parts);
  return new Uint8Array(buffer, byteOffset, byteLength); // not a Buffer, whose methods differ
}
