import { integerBelow, pick, type Random } from "@p2p/wire";
import { binBytes, floatBytes, NIL, textBytes, uint64Bytes, uintBytes } from "./scalar.ts";
import { bytesOf, copyOf, sizeOf, type Tree, treeOf } from "./tree.ts";

/** No input grows beyond this by changes upon changes: a bit more than a frame may have. */
const BYTES_MAX: number = 1024 * 1024 + 64;
/** Values in an input from which on none is doubled any more. */
const SIZE_MAX = 4096;

/**
 * A frame like `frame`, and yet not: values replaced, taken from `others`, left out, doubled, nested; or bytes flipped,
 * cut, added, spliced, and lengths that lie. The kind mostly stays.
 */
export function mutated(frame: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const donor = pick(others, random) ?? frame;
  if (random.next() < 0.25) return scratched(frame, donor, random);
  const body = treeOf(frame.subarray(1));
  const part = treeOf(donor.subarray(1));
  for (let count = 1 + integerBelow(3, random); count > 0; count--) disturb(body, part, random);
  const bytes = bytesOf(body);
  return bytes.length > BYTES_MAX ? frame : framed(frame[0] ?? 0, bytes);
}

/** Bytes like `bytes`, whatever they mean: flipped, cut, added, spliced with `donor`, another length in them. */
export function scratched(bytes: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  return (pick(SCRATCHES, random) as Scratch)(bytes, donor, random).subarray(0, BYTES_MAX);
}

type Scratch = (bytes: Uint8Array, donor: Uint8Array, random: Random) => Uint8Array;

const SCRATCHES: readonly Scratch[] = [
  (bytes, _, random) => replaced(bytes, random, (byte) => byte ^ (1 << integerBelow(8, random))),
  (bytes, _, random) => replaced(bytes, random, () => integerBelow(256, random)),
  (bytes, _, random) => replaced(bytes, random, () => pick(HEADS, random) as number),
  (bytes, _, random) => bytes.slice(0, integerBelow(bytes.length + 1, random)),
  (bytes, _, random) => spliced(bytes, bytes, random),
  (bytes, donor, random) => spliced(bytes, donor, random),
  (bytes, _, random) => inserted(bytes, random.bytes(1 + integerBelow(8, random)), random),
  (bytes, _, random) => inserted(bytes, Uint8Array.from(pick(ODD, random) as readonly number[]), random),
  (bytes, _, random) => long(bytes, random),
];

/** Heads that say how long something is, or what: where they come to stand, all that follows means something else. */
const HEADS: readonly number[] = [
  0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xd4, 0xd8, 0xd9, 0xda, 0xdb,
  0xdc, 0xdd, 0xde, 0xdf,
];

function replaced(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  const changed = bytes.slice();
  for (let count = 1 + integerBelow(3, random); count > 0 && bytes.length > 0; count--) {
    const at = integerBelow(bytes.length, random);
    changed[at] = change(changed[at] as number);
  }
  return changed;
}

/** The beginning of one and the end of the other. */
function spliced(one: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const head = one.subarray(0, integerBelow(one.length + 1, random));
  return joined(head, other.subarray(integerBelow(other.length + 1, random)));
}

function inserted(bytes: Uint8Array, part: Uint8Array, random: Random): Uint8Array {
  const at = integerBelow(bytes.length + 1, random);
  return joined(joined(bytes.subarray(0, at), part), bytes.subarray(at));
}

/** Four bytes that are a number at the edge of what a length can be. */
function long(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  if (bytes.length < 5) return changed;
  const at = integerBelow(bytes.length - 4, random);
  const value = pick([0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff], random);
  new DataView(changed.buffer).setUint32(at, value as number);
  return changed;
}

type Disturbance = (at: Place, donor: Tree, random: Random) => void;

interface Place {
  readonly parent: Tree[];
  readonly index: number;
}

const DISTURBANCES: readonly (readonly [weight: number, disturbance: Disturbance])[] = [
  [8, ({ parent, index }, _, random) => void (parent[index] = odd(random))],
  [5, ({ parent, index }, donor, random) => void (parent[index] = partOf(donor, random))],
  [2, ({ parent, index }) => void parent.splice(index, 1)],
  [2, ({ parent, index }) => void parent.splice(index, 0, copyOf(parent[index] as Tree))],
  [2, ({ parent, index }, _, random) => swap(parent, index, integerBelow(parent.length, random))],
  [1, ({ parent, index }, _, random) => multiply(parent, index, random)],
  [1, ({ parent, index }, _, random) => void (parent[index] = nested(parent[index] as Tree, random))],
  [2, scratch],
];

const WEIGHTS = DISTURBANCES.reduce((sum, [weight]) => sum + weight, 0);

function disturb(body: Tree, donor: Tree, random: Random): void {
  const place = placeIn(body, random);
  if (place === undefined) return;
  let rest = random.next() * WEIGHTS;
  for (const [weight, disturbance] of DISTURBANCES) {
    rest -= weight;
    if (rest < 0) return disturbance(place, donor, random);
  }
}

function scratch({ parent, index }: Place, donor: Tree, random: Random): void {
  const leaf = parent[index] as Tree;
  const other = donor instanceof Uint8Array ? donor : NIL;
  if (leaf instanceof Uint8Array) parent[index] = scratched(leaf, other, random);
}

/** More of them than any list may have, or a few more. */
function multiply(parent: Tree[], index: number, random: Random): void {
  const part = parent[index] as Tree;
  const count = pick([4, 70, 260, 1100], random) as number;
  if (sizeOf(part) * count > SIZE_MAX) return;
  for (let more = 0; more < count; more++) parent.push(copyOf(part));
}

function nested(tree: Tree, random: Random): Tree {
  let inside = tree;
  for (let depth = 1 + integerBelow(12, random); depth > 0; depth--) inside = [inside];
  return inside;
}

function swap(parent: Tree[], one: number, other: number): void {
  [parent[one], parent[other]] = [parent[other] as Tree, parent[one] as Tree];
}

function placeIn(tree: Tree, random: Random): Place | undefined {
  if (tree instanceof Uint8Array || tree.length === 0) return undefined;
  const index = integerBelow(tree.length, random);
  const inner = random.next() < 0.7 ? placeIn(tree[index] as Tree, random) : undefined;
  return inner ?? { parent: tree, index };
}

function partOf(tree: Tree, random: Random): Tree {
  const place = placeIn(tree, random);
  return place === undefined ? NIL : copyOf(place.parent[place.index] as Tree);
}

function odd(random: Random): Uint8Array {
  return Uint8Array.from(pick(ODD, random) as readonly number[]);
}

function filled(length: number, byte: number): Uint8Array {
  return binBytes(new Uint8Array(length).fill(byte));
}

/** Values that no field asks for, and some at the edge of what one does. */
const ODD: readonly (readonly number[])[] = [
  NIL,
  [0xc2],
  [0xc3],
  [0x00],
  [0x7f],
  [0xff],
  ...[Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0.5, 1e300, 2 ** 53, 2 ** 53 - 1].map(floatBytes),
  ...[2 ** 8, 2 ** 16, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52 - 1, 2 ** 53 - 1, 60_000].map(uintBytes),
  ...[2n ** 52n - 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n].map(uint64Bytes),
  [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], // −2^63
  [0xd0, 0x80],
  [0xca, 0x7f, 0xc0, 0, 0], // NaN, as a float 32
  ...["", "\0", "add", "remove", "[::]:001", "[::ffff:1.2.3.4]:1", "0.0.0.0:0", "1.2.3.4:65536"].map(
    textBytes,
  ),
  ...["__proto__", "constructor", "seed", "peer", "all", "misbehaved", "x".repeat(600)].map(textBytes),
  [0xa3, 0xff, 0xfe, 0xfd], // no UTF-8
  [0xa3, 0xed, 0xa0, 0x80], // half a surrogate pair
  [0xd9, 3, 0x61, 0x64, 0x64], // "add" in a longer form
  ...[0, 1, 31, 33, 63, 65, 257, 2049].map((length) => filled(length, 7)),
  filled(32, 0),
  filled(32, 255),
  filled(64, 0),
  filled(64, 255),
  [0x90],
  [0x91, 0xc0],
  [0x80],
  [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2], // a key twice
  [0xde, 0xff, 0xff],
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0xc1],
  ...[0xd4, 0xd5, 0xd6, 0xd7, 0xd8].map((head, power) => [head, 1, ...new Uint8Array(2 ** power)]),
  [0xd6, 0xff, 0, 0, 0, 0], // a time
  [0xc7, 4, 0x72, 0, 0, 0, 0], // what msgpackr makes records of
  [0xd4, 0x72, 0x40],
  [0xc9, 0xff, 0xff, 0xff, 0xff, 1],
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdd, 0, 1, 0, 0],
  [0xc6, 0x7f, 0xff, 0xff, 0xff],
  [0xdb, 0, 0x10, 0, 0],
  Array.from({ length: 12 }, () => 0x91),
  Array.from({ length: 5000 }, () => 0x91),
].map((bytes) => [...bytes]);

function framed(kind: number, body: Uint8Array): Uint8Array {
  return joined(Uint8Array.of(kind), body);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
