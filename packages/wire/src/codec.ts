import { Packr } from "msgpackr";

/** Why bytes from the network were not understood. A value, not an exception: weather. */
export class Malformed {
  readonly detail: string;

  constructor(detail: string) {
    this.detail = detail;
  }
}

/** Deepest nesting of arrays that {@link unpack} accepts. */
export const DEPTH_MAX = 8;

// Numbers above 2^32 travel as float64, which holds every safe integer; a uint64 is read as a number, too.
const packr = new Packr({ useRecords: false, int64AsType: "number", moreTypes: false });

/**
 * `value` as MessagePack. Arrays, integers, booleans, null, strings and Uint8Arrays only. A view into memory that is shared
 * with what else is packed: to be copied.
 */
export function pack(value: readonly unknown[]): Uint8Array {
  return packr.pack(value);
}

/**
 * Reads one MessagePack array that fills `bytes` exactly. Before anything is allocated a scan refuses maps,
 * extensions, nesting deeper than {@link DEPTH_MAX}, and any length beyond the end. Byte strings in the result are
 * views into `bytes`.
 */
export function unpack(bytes: Uint8Array): readonly unknown[] | Malformed {
  const fault = scan(bytes);
  if (fault !== undefined) return new Malformed(fault);
  return packr.unpack(bytes) as unknown[];
}

/** Walks one value without building it; says what is wrong with it, if anything. */
function scan(bytes: Uint8Array): string | undefined {
  if (!isArrayHead(bytes[0])) return "not an array";
  const open: number[] = []; // values still to come, for each array that is open
  let at = 0;
  do {
    const head = readHead(bytes, at);
    if (typeof head === "string") return head;
    at = head.end;
    // Each element takes a byte at least, so a longer array cannot be in there, whatever its head says.
    if (at + head.elements > bytes.length) return "a length beyond the end";
    if (open.length > 0) open[open.length - 1] = (open[open.length - 1] as number) - 1;
    if (head.elements > 0) {
      if (open.length === DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
      open.push(head.elements);
    }
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  } while (open.length > 0);
  return at === bytes.length ? undefined : "bytes after the end";
}

interface Head {
  /** Where the next value starts: behind a scalar, or at an array's first element. */
  readonly end: number;
  /** Elements of an array; 0 for everything else. */
  readonly elements: number;
}

const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0xc0: 0, // nil
  0xc2: 0, // false
  0xc3: 0, // true
  0xca: 4, // float 32
  0xcb: 8, // float 64
  0xcc: 1, // uint 8 … 64
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1, // int 8 … 64
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
};

/** Width of the length field that follows the head of a str, bin or array. */
const LENGTH_BYTES: Readonly<Record<number, number>> = {
  0xc4: 1, // bin 8, 16, 32
  0xc5: 2,
  0xc6: 4,
  0xd9: 1, // str 8, 16, 32
  0xda: 2,
  0xdb: 4,
  0xdc: 2, // array 16, 32
  0xdd: 4,
};

function readHead(bytes: Uint8Array, at: number): Head | string {
  const head = bytes[at];
  if (head === undefined) return "cut short";
  if (head < 0x80 || head >= 0xe0) return { end: at + 1, elements: 0 };
  if (head < 0x90) return "a map";
  if (head < 0xa0) return { end: at + 1, elements: head & 0x0f };
  if (head < 0xc0) return { end: at + 1 + (head & 0x1f), elements: 0 };
  const scalarBytes = SCALAR_BYTES[head];
  if (scalarBytes !== undefined) return { end: at + 1 + scalarBytes, elements: 0 };
  const lengthBytes = LENGTH_BYTES[head];
  if (lengthBytes === undefined) return head === 0xde || head === 0xdf ? "a map" : "an extension";
  if (at + 1 + lengthBytes > bytes.length) return "cut short";
  let length = 0;
  for (let index = at + 1; index <= at + lengthBytes; index++)
    length = length * 256 + (bytes[index] as number);
  const body = at + 1 + lengthBytes;
  return head >= 0xdc ? { end: body, elements: length } : { end: body + length, elements: 0 };
}

function isArrayHead(head: number | undefined): boolean {
  return head !== undefined && ((head >= 0x90 && head < 0xa0) || head === 0xdc || head === 0xdd);
}
