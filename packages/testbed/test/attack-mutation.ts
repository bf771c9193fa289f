import { pick, type Random } from "@p2p/wire";

/** A MessagePack value: an array of values, or the bytes of anything else. */
type Tree = Uint8Array | Tree[];

/** Frames like `frame`, and yet not: values replaced, taken from others, left out, doubled; bytes flipped, cut, added. */
export function mutated(frame: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  if (random.next() < 0.15) return scratched(frame, random);
  const tree = treeOf(frame.subarray(1));
  const donor = treeOf((pick(others, random) ?? frame).subarray(1));
  for (let count = 1 + Math.floor(random.next() * 3); count > 0; count--) disturb(tree, donor, random);
  return Uint8Array.from([frame[0] as number, ...bytesOf(tree)]);
}

/** A few values that no field asks for, and some at the edge of what one does. */
const ODD: readonly (readonly number[])[] = [
  [0xc0],
  [0xc2],
  [0xc3],
  [0x00],
  [0x7f],
  [0xff],
  [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0], // NaN
  [0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0], // Infinity
  [0xcb, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0], // −1.0
  [0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0], // 0.5
  [0xcf, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // 2^53 − 1
  [0xcf, 0, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], // 2^52 − 1
  [0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0], // 2^53
  [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], // −2^63
  [0xce, 0x80, 0, 0, 0],
  [0xa0],
  [0xa3, 0xff, 0xfe, 0xfd], // no UTF-8
  [0xa1, 0x00],
  [0xa8, 0x5b, 0x3a, 0x3a, 0x5d, 0x3a, 0x30, 0x30, 0x31], // [::]:001
  [0xa9, 0x30, 0x2e, 0x30, 0x2e, 0x30, 0x2e, 0x30, 0x3a, 0x30], // 0.0.0.0:0
  [0xaa, 0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f, 0x21],
  [0xc4, 0],
  [0xc4, 31, ...Array.from({ length: 31 }, () => 1)],
  [0xc4, 32, ...Array.from({ length: 32 }, () => 0)],
  [0xc4, 32, ...Array.from({ length: 32 }, () => 255)],
  [0xc4, 64, ...Array.from({ length: 64 }, () => 0)],
  [0xc4, 65, ...Array.from({ length: 65 }, () => 7)],
  [0x90],
  [0x91, 0xc0],
  [0x80],
  [0xc1],
  [0xd4, 1, 1],
  [0xde, 0, 1, 0xa1, 0x61, 1],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xc6, 0x7f, 0xff, 0xff, 0xff],
  Array.from({ length: 12 }, () => 0x91),
];

function disturb(tree: Tree, donor: Tree, random: Random): void {
  const place = placeIn(tree, random);
  if (place === undefined) return;
  const { parent, index } = place;
  const chance = random.next();
  if (chance < 0.4) parent[index] = Uint8Array.from(pick(ODD, random) as readonly number[]);
  else if (chance < 0.65) parent[index] = structuredClone(partOf(donor, random) ?? new Uint8Array([0xc0]));
  else if (chance < 0.75) parent.splice(index, 1);
  else if (chance < 0.85) parent.splice(index, 0, structuredClone(parent[index] as Tree));
  else if (chance < 0.93)
    for (let more = 0; more < 70; more++) parent.push(structuredClone(parent[index] as Tree));
  else {
    const leaf = parent[index] as Tree;
    if (leaf instanceof Uint8Array) parent[index] = scratched(leaf, random);
  }
}

function placeIn(
  tree: Tree,
  random: Random,
): { readonly parent: Tree[]; readonly index: number } | undefined {
  if (tree instanceof Uint8Array || tree.length === 0) return undefined;
  const index = Math.floor(random.next() * tree.length);
  const inner = random.next() < 0.7 ? placeIn(tree[index] as Tree, random) : undefined;
  return inner ?? { parent: tree, index };
}

function partOf(tree: Tree, random: Random): Tree | undefined {
  const place = placeIn(tree, random);
  return place?.parent[place.index];
}

function scratched(frame: Uint8Array, random: Random): Uint8Array {
  const bytes = [...frame];
  const at = Math.floor(random.next() * bytes.length);
  const chance = random.next();
  if (chance < 0.5) bytes[at] = Math.floor(random.next() * 256);
  else if (chance < 0.7) bytes.splice(Math.max(1, at));
  else if (chance < 0.85) bytes.splice(at, 0, Math.floor(random.next() * 256));
  else bytes.push(...random.bytes(1 + Math.floor(random.next() * 8)));
  return Uint8Array.from(bytes);
}

function treeOf(bytes: Uint8Array): Tree {
  return readTree(bytes, 0).tree;
}

function readTree(bytes: Uint8Array, at: number): { readonly tree: Tree; readonly end: number } {
  const head = bytes[at] as number;
  const length = arrayLength(bytes, at);
  if (length === undefined) {
    const end = at + scalarLength(bytes, at, head);
    return { tree: bytes.slice(at, end), end };
  }
  const tree: Tree[] = [];
  let end = at + length.head;
  for (let count = 0; count < length.elements; count++) {
    const element = readTree(bytes, end);
    tree.push(element.tree);
    end = element.end;
  }
  return { tree, end };
}

function arrayLength(bytes: Uint8Array, at: number): { head: number; elements: number } | undefined {
  const head = bytes[at] as number;
  if (head >= 0x90 && head < 0xa0) return { head: 1, elements: head & 15 };
  return head === 0xdc ? { head: 3, elements: big(bytes, at + 1, 2) } : undefined;
}

function scalarLength(bytes: Uint8Array, at: number, head: number): number {
  if (head < 0x80 || head >= 0xe0) return 1;
  if (head < 0xc0) return 1 + (head & 31);
  const fixed: Record<number, number> = { 0xca: 5, 0xcb: 9, 0xcc: 2, 0xcd: 3, 0xce: 5, 0xcf: 9 };
  const prefix: Record<number, number> = { 0xc4: 1, 0xc5: 2, 0xc6: 4, 0xd9: 1, 0xda: 2, 0xdb: 4 };
  const width = prefix[head];
  if (width !== undefined) return 1 + width + big(bytes, at + 1, width);
  return fixed[head] ?? { 0xd0: 2, 0xd1: 3, 0xd2: 5, 0xd3: 9 }[head] ?? 1;
}

function big(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = at; index < at + width; index++) value = value * 256 + (bytes[index] as number);
  return value;
}

function bytesOf(tree: Tree): number[] {
  if (tree instanceof Uint8Array) return [...tree];
  const body = tree.flatMap((part) => bytesOf(part));
  const { length } = tree;
  return length < 16 ? [0x90 + length, ...body] : [0xdc, length >> 8, length & 255, ...body];
}
