/** A MessagePack value as it is written: an array of values, or the bytes of anything else. */
export type Tree = Uint8Array | Tree[];

/** Deeper arrays are taken for bytes: nothing here reads so deep. */
const DEPTH_MAX = 32;

/** `tree` as it is written; arrays with the shortest head. */
export function bytesOf(tree: Tree): Uint8Array {
  const bytes = new Uint8Array(lengthOf(tree));
  put(bytes, 0, tree);
  return bytes;
}

/** The value that `bytes` begin with. What is no MessagePack comes out as it is: nothing throws. */
export function treeOf(bytes: Uint8Array): Tree {
  return readTree(bytes, 0, 0).tree;
}

/** A copy in which nothing is shared. */
export function copyOf(tree: Tree): Tree {
  return tree instanceof Uint8Array ? tree : tree.map(copyOf);
}

/** How many values are in it, arrays included. */
export function sizeOf(tree: Tree): number {
  if (tree instanceof Uint8Array) return 1;
  let size = 1;
  for (const part of tree) size += sizeOf(part);
  return size;
}

function lengthOf(tree: Tree): number {
  if (tree instanceof Uint8Array) return tree.length;
  let length = tree.length < 16 ? 1 : tree.length < 65_536 ? 3 : 5;
  for (const part of tree) length += lengthOf(part);
  return length;
}

function put(bytes: Uint8Array, at: number, tree: Tree): number {
  if (tree instanceof Uint8Array) {
    bytes.set(tree, at);
    return at + tree.length;
  }
  let end = putHead(bytes, at, tree.length);
  for (const part of tree) end = put(bytes, end, part);
  return end;
}

function putHead(bytes: Uint8Array, at: number, count: number): number {
  const width = count < 16 ? 0 : count < 65_536 ? 2 : 4;
  bytes[at] = width === 0 ? 0x90 + count : width === 2 ? 0xdc : 0xdd;
  for (let index = 0; index < width; index++) bytes[at + width - index] = count / 256 ** index;
  return at + 1 + width;
}

function readTree(
  bytes: Uint8Array,
  at: number,
  depth: number,
): { readonly tree: Tree; readonly end: number } {
  const head = arrayHead(bytes, at);
  if (head === undefined || depth === DEPTH_MAX) {
    const end = Math.min(bytes.length, at + scalarLength(bytes, at));
    return { tree: bytes.slice(at, end), end };
  }
  const tree: Tree[] = [];
  let end = at + head.bytes;
  for (let count = 0; count < head.elements && end < bytes.length; count++) {
    const element = readTree(bytes, end, depth + 1);
    tree.push(element.tree);
    end = element.end;
  }
  return { tree, end };
}

function arrayHead(bytes: Uint8Array, at: number): { bytes: number; elements: number } | undefined {
  const head = bytes[at] as number;
  if (head >= 0x90 && head < 0xa0) return { bytes: 1, elements: head & 15 };
  if (head === 0xdc) return { bytes: 3, elements: big(bytes, at + 1, 2) };
  return head === 0xdd ? { bytes: 5, elements: big(bytes, at + 1, 4) } : undefined;
}

/** Bytes of the number behind a head; or of the length behind it, as a negative. */
const WIDTHS: Readonly<Record<number, number>> = {
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
  0xc4: -1,
  0xc5: -2,
  0xc6: -4,
  0xd9: -1,
  0xda: -2,
  0xdb: -4,
};

function scalarLength(bytes: Uint8Array, at: number): number {
  const head = bytes[at] as number;
  if (head >= 0xa0 && head < 0xc0) return 1 + (head & 31);
  const width = WIDTHS[head] ?? 0;
  return width >= 0 ? 1 + width : 1 - width + big(bytes, at + 1, -width);
}

function big(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = at; index < at + width; index++) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
