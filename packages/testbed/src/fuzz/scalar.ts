/** MessagePack values without anything inside, by hand: a library writes each in one form only. */

const encoder = new TextEncoder();

export const NIL: Uint8Array = Uint8Array.of(0xc0);

export function flagBytes(value: boolean): Uint8Array {
  return Uint8Array.of(value ? 0xc3 : 0xc2);
}

/** A whole number from 0 to 2^53 − 1: up to 2^32 − 1 in its shortest form, above as a float 64, as the packages do. */
export function uintBytes(value: number): Uint8Array {
  if (value < 0x80) return Uint8Array.of(value);
  if (value < 0x100) return Uint8Array.of(0xcc, value);
  if (value < 0x1_0000) return Uint8Array.of(0xcd, value >> 8, value);
  if (value < 0x1_0000_0000) return number(0xce, 4, (view) => view.setUint32(1, value));
  return floatBytes(value);
}

/** Any number as a float 64. */
export function floatBytes(value: number): Uint8Array {
  return number(0xcb, 8, (view) => view.setFloat64(1, value));
}

/** Any bit pattern as a uint 64. */
export function uint64Bytes(value: bigint): Uint8Array {
  return number(0xcf, 8, (view) => view.setBigUint64(1, value));
}

export function textBytes(text: string): Uint8Array {
  const bytes = encoder.encode(text);
  const { length } = bytes;
  if (length < 32) return joined([0xa0 + length], bytes);
  return length < 256 ? joined([0xd9, length], bytes) : joined([0xda, length >> 8, length], bytes);
}

export function binBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length < 256) return joined([0xc4, length], bytes);
  if (length < 65_536) return joined([0xc5, length >> 8, length], bytes);
  return joined([0xc6, length >> 24, length >> 16, length >> 8, length], bytes);
}

function joined(head: readonly number[], body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function number(head: number, width: number, put: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(1 + width);
  bytes[0] = head;
  put(new DataView(bytes.buffer));
  return bytes;
}

/** What a MessagePack value without anything inside is. */
export type Scalar = number | string | boolean | null | Uint8Array | undefined;

const decoder = new TextDecoder();

/** The value that exactly these bytes are; nothing where they are none of those that the packages write. */
export function scalarOf(bytes: Uint8Array): Scalar {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = bytes[0] as number;
  if (head < 0x80) return head;
  if (head >= 0xa0 && head < 0xc0) return decoder.decode(bytes.subarray(1));
  return READ[head]?.(view, bytes);
}

const READ: Readonly<Record<number, (view: DataView, bytes: Uint8Array) => Scalar>> = {
  0xc0: () => null,
  0xc2: () => false,
  0xc3: () => true,
  0xc4: (_, bytes) => bytes.subarray(2),
  0xc5: (_, bytes) => bytes.subarray(3),
  0xc6: (_, bytes) => bytes.subarray(5),
  0xca: (view) => view.getFloat32(1),
  0xcb: (view) => view.getFloat64(1),
  0xcc: (view) => view.getUint8(1),
  0xcd: (view) => view.getUint16(1),
  0xce: (view) => view.getUint32(1),
  0xcf: (view) => Number(view.getBigUint64(1)),
  0xd9: (_, bytes) => decoder.decode(bytes.subarray(2)),
  0xda: (_, bytes) => decoder.decode(bytes.subarray(3)),
  0xdb: (_, bytes) => decoder.decode(bytes.subarray(5)),
};
