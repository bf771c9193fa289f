import type { PeerId } from "@p2p/identity";
import {
  bytes,
  type Connection,
  type Field,
  FrameType,
  incarnation,
  integer,
  Kind,
  list,
  Malformed,
  peerId,
  record,
  signature,
} from "@p2p/wire";

/** Most payloads in one batch. */
export const BATCH_PAYLOADS_MAX = 64;
/**
 * Longest payload, in bytes: 256 KiB. A quarter of the longest frame, so that no single message keeps a link from a
 * ping for long, and every node that relays it can afford the copy.
 */
export const PAYLOAD_BYTES_MAX: number = 256 * 1024;

/**
 * What travels: a contiguous range of one origin's messages under one signature, forwarded by everybody as the bytes
 * it came in. PROTOCOL.md §7.1.
 */
export interface Batch {
  readonly origin: PeerId;
  /** Which run of the origin: an integer that grows with each. */
  readonly incarnation: number;
  /** Number of the first payload, from 1; the others follow without a gap. */
  readonly firstSequence: number;
  /** Origin's wall time in milliseconds; for display. */
  readonly at: number;
  /** 1 to 64, each of 0 to 256 KiB. */
  readonly payloads: readonly Uint8Array[];
  /** The origin's; see `batchStatement`. */
  readonly signature: Uint8Array;
}

const BODY: Field<Batch> = record({
  origin: peerId,
  incarnation,
  firstSequence: integer(1),
  at: integer(),
  payloads: list(bytes(PAYLOAD_BYTES_MAX), BATCH_PAYLOADS_MAX, 1),
  signature,
});

/** A batch that somebody brought. */
export interface Arrival {
  readonly batch: Batch;
  /** The bytes it came in: they are passed on as they are and never change. */
  readonly frame: Uint8Array;
  readonly from: Connection;
  /** Whether its signature is known to be right. */
  readonly isChecked: boolean;
  /** For how long it has been under way, if repair brought it. */
  readonly repairedAgeMs: number | undefined;
}

export const BATCH: FrameType<Batch> = new FrameType(Kind.batch, "BATCH", BODY);

/** Head of a MessagePack array of six. */
const SIX_ELEMENTS = 0x96;

/**
 * What `frame` carries, or why that cannot be said. Stricter than other frames: exactly six elements, because a seventh
 * would be relayed by everybody without being covered by the signature.
 */
export function readBatch(frame: Uint8Array): Batch | Malformed {
  if (frame[1] !== SIX_ELEMENTS) return new Malformed("BATCH: not six elements");
  const batch = BATCH.decode(frame);
  if (batch instanceof Malformed) return batch;
  return Number.isSafeInteger(lastSequence(batch)) ? batch : new Malformed("BATCH: sequence beyond 2^53");
}

/** Number of the last payload. */
function lastSequence({ firstSequence, payloads }: Batch): number {
  return firstSequence + (payloads.length - 1); // in this order: 2^53 + 1 is not a number one can have
}

/** Bytes of all payloads together. */
export function payloadBytes({ payloads }: Batch): number {
  let bytesInAll = 0;
  for (const { length } of payloads) bytesInAll += length;
  return bytesInAll;
}

/** Hands over frames as they came: most are copies, or too many, and those are told apart without reading them. */
class Unread extends FrameType<Uint8Array> {
  override decode(frame: Uint8Array): Uint8Array {
    return frame;
  }
}

/** The frames of `type`, which nobody has looked into yet. */
export function unread(type: FrameType<unknown>): FrameType<Uint8Array> {
  return new Unread(type.kind, type.name, bytes(0));
}
