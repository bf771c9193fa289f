import { crc32 } from "./crc32.ts";

/**
 * Bytes before each record's payload: u32 length ‖ u32 CRC-32 of the payload ‖ u32 CRC-32 of these 8 bytes. The length
 * has a check of its own, because a damaged one would make everything after it look like a torn tail. PROTOCOL.md §10.
 */
export const RECORD_HEAD_BYTES = 12;
/** Longest payload of a record, in bytes. */
const RECORD_BYTES_MAX = 65_536;

/** A record and where in the file it begins. */
interface FileRecord {
  readonly offset: number;
  /** A view into the file's bytes. */
  readonly payload: Uint8Array;
}

/** What a file of records holds. */
export interface RecordReading {
  /** All that are whole, in the order they were written, up to the end or the first damage. */
  readonly records: readonly FileRecord[];
  /** Where the last whole one ends. What follows, if nothing is damaged, was never acknowledged and may be cut. */
  readonly end: number;
  /** A record that was written whole and is not what was written any more. */
  readonly damage: { readonly offset: number; readonly detail: string } | undefined;
}

/** `payload` as a record: a new array. @throws RangeError when it is empty or longer than {@link RECORD_BYTES_MAX}. */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  if (payload.length < 1 || payload.length > RECORD_BYTES_MAX) {
    throw new RangeError(`a record has 1 to ${RECORD_BYTES_MAX} bytes, not ${payload.length}`);
  }
  const bytes = new Uint8Array(RECORD_HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length);
  view.setUint32(4, crc32(payload));
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  bytes.set(payload, RECORD_HEAD_BYTES);
  return bytes;
}

/**
 * Reads a file of records. A file that ends in the middle of a record, or in zeros, was torn by a crash in the middle
 * of a write that nobody was told of. Every other fault is damage, down to a single bit.
 */
export function readRecords(bytes: Uint8Array): RecordReading {
  const records: FileRecord[] = [];
  let end = 0;
  for (;;) {
    const record = readRecord(bytes, end);
    if (record === undefined) return { records, end, damage: undefined };
    if (typeof record === "string") return { records, end, damage: { offset: end, detail: record } };
    records.push(record);
    end += RECORD_HEAD_BYTES + record.payload.length;
  }
}

/** The record at `offset`; what is wrong with it; or `undefined` when the file ends there, whole or torn. */
function readRecord(bytes: Uint8Array, offset: number): FileRecord | string | undefined {
  const body = offset + RECORD_HEAD_BYTES;
  if (body > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, RECORD_HEAD_BYTES);
  if (crc32(bytes.subarray(offset, offset + 8)) !== view.getUint32(8)) {
    // Some file systems enlarge a file before its bytes are there.
    return bytes.subarray(offset).every((byte) => byte === 0) ? undefined : "the head of a record is damaged";
  }
  const length = view.getUint32(0);
  if (length < 1 || length > RECORD_BYTES_MAX) return `a record of ${length} bytes`;
  if (body + length > bytes.length) return undefined;
  const payload = bytes.subarray(body, body + length);
  return crc32(payload) === view.getUint32(4) ? { offset, payload } : "a record is damaged";
}
