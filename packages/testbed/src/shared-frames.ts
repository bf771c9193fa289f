import { CERTIFICATES, CERTIFICATES_A_FRAME, type Certificate } from "@p2p/consensus";
import { LIST } from "@p2p/seed";
import { type FrameType, Malformed } from "@p2p/wire";
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
 * From now on, puts frames of certificates, and pages of lists, together from what each certificate was packed to before: a
 * thousand nodes pass on a thousand of them, each in other company. What can be read need not be decoded again, either.
 */
export function joinCertificates(): void {
  if (shared.has(joinCertificates)) return;
  shared.add(joinCertificates);
  join(CERTIFICATES, () => ({ after: 0, rest: {} }));
  const { encode, decode } = plain(LIST);
  join(LIST, (bare, value) => {
    const after = encode({ ...value, members: [], certificates: [] }).length - EMPTY_LIST_HEAD;
    const rest = decode(bare);
    return { after, rest: rest instanceof Malformed ? undefined : rest };
  });
}

/** Kind, the array of all, no members, no certificates. */
const EMPTY_LIST_HEAD = 4;

/** What a frame is without its certificates. */
interface Frame<T> {
  /** How many bytes follow the certificates. */
  readonly after: number;
  /** All else that is read of it; nothing when it cannot be read. */
  readonly rest: Omit<T, "certificates"> | undefined;
}

interface Bearer {
  readonly certificates: readonly Certificate[];
}

function plain<T>(type: FrameType<T>): Pick<FrameType<T>, "encode" | "decode"> {
  return { encode: type.encode.bind(type), decode: type.decode.bind(type) };
}

/** @param frameOf what becomes of a value, and of the same without certificates as bytes. */
function join<T extends Bearer>(type: FrameType<T>, frameOf: (bare: Uint8Array, value: T) => Frame<T>): void {
  const { encode } = plain(type);
  type.encode = (value) => {
    const { certificates } = value;
    if (certificates.length === 0 || certificates.length > CERTIFICATES_A_FRAME) return encode(value);
    const bare = encode({ ...value, certificates: [] });
    const { after, rest } = frameOf(bare, value);
    const all = certificates.map(packedOf);
    const frame: SharedFrame = spliced(bare, bare.length - after, all);
    const values = all.map((one) => one.value);
    if (rest !== undefined && values.every(isThere)) frame[CARRIED] = { ...rest, certificates: values };
    return frame;
  };
}

function isThere(value: Certificate | undefined): value is Certificate {
  return value !== undefined;
}

/** `bare` with these certificates in place of the empty list that ends at `end`. */
function spliced(bare: Uint8Array, end: number, all: readonly Packed[]): Uint8Array {
  const { length } = all;
  const head = length < 16 ? [0x90 + length] : [0xdc, length >> 8, length & 0xff];
  const bodies = all.map(({ bytes }) => bytes);
  const parts = [bare.subarray(0, end - 1), Uint8Array.from(head), ...bodies, bare.subarray(end)];
  const { buffer, byteOffset, byteLength } = Buffer.concat(parts);
  return new Uint8Array(buffer, byteOffset, byteLength); // not a Buffer, whose methods differ
}
