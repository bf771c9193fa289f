import * as fc from "fast-check";
import { type Layout, rangeOf, readType, type Type } from "./layout.ts";
import { binBytes, flagBytes, NIL, textBytes, uintBytes } from "./scalar.ts";
import type { Tree } from "./tree.ts";

/** Structures of PROTOCOL.md, by their names. */
export type Structures = ReadonlyMap<string, Layout>;

/** Lists are rarely longer than so many more than they have to be. */
const SPARE = 3;
/** A long list repeats one element, so that it does not take long to draw. */
const LONG = 16;

/** Bodies as `layout` has them: everything in its range, the ends of the range often. */
export function bodyOf({ elements }: Layout, structures: Structures): fc.Arbitrary<Tree> {
  return fc.tuple(...elements.map(({ type }) => valueOf(type, structures)));
}

function valueOf(type: Type, structures: Structures): fc.Arbitrary<Tree> {
  const value = presentOf(type, structures);
  return type.isOptional ? fc.oneof({ weight: 3, arbitrary: value }, fc.constant(NIL)) : value;
}

function presentOf(type: Type, structures: Structures): fc.Arbitrary<Tree> {
  const structure = structures.get(type.name);
  if (structure !== undefined) return bodyOf(structure, structures);
  if (type.name === "list") return listOf(type, structures);
  const draw = SCALARS[type.name];
  if (draw === undefined) throw new Error(`PROTOCOL.md has no type ${type.name}`);
  return draw(type.parameters);
}

function listOf(
  { parameters: [element = "", range = ""] }: Type,
  structures: Structures,
): fc.Arbitrary<Tree> {
  const [minLength, most] = rangeOf(range);
  const one = valueOf(readType(element), structures);
  const few = fc.array(one, { minLength, maxLength: Math.min(most, minLength + SPARE) });
  const many = fc
    .tuple(one, fc.constantFrom(most, Math.min(most, LONG)))
    .map(([tree, length]) => Array.from({ length }, () => tree));
  return fc.oneof({ weight: 150, arbitrary: few }, { weight: 1, arbitrary: many });
}

type Draw = (parameters: readonly string[]) => fc.Arbitrary<Uint8Array>;

const SCALARS: Readonly<Record<string, Draw>> = {
  uint: ([range]) => uint(range === undefined ? [0, Number.MAX_SAFE_INTEGER] : rangeOf(range)),
  incarnation: () => uint([0, 2 ** 52 - 1]),
  flag: () => fc.boolean().map(flagBytes),
  text: ([most]) => text(Number(most)).map(textBytes),
  word: (words) => fc.constantFrom(...words).map(textBytes),
  bytes: ([most]) => bytes(0, Number(most)),
  fixed: ([length]) => bytes(Number(length), Number(length)),
  id: () => key.map(binBytes),
  b32: () => key.map(binBytes),
  sig: () => fc.uint8Array({ minLength: 64, maxLength: 64 }).map(binBytes),
  address: () => fc.constantFrom(...ADDRESSES).map(textBytes),
};

function uint([low, high]: readonly [number, number]): fc.Arbitrary<Uint8Array> {
  const ends = [low, low + 1, high - 1, high].filter((value) => value >= low && value <= high);
  return fc
    .oneof(fc.constantFrom(...ends), fc.integer({ min: low, max: high }), small(low, high))
    .map(uintBytes);
}

function small(low: number, high: number): fc.Arbitrary<number> {
  return fc.integer({ min: low, max: Math.min(high, low + 5) });
}

function text(most: number): fc.Arbitrary<string> {
  const long = fc.constant("x".repeat(most));
  return fc.oneof(
    { weight: 9, arbitrary: fc.string({ maxLength: Math.floor(Math.min(most, 36) / 3) }) },
    long,
  );
}

function bytes(least: number, most: number): fc.Arbitrary<Uint8Array> {
  const short = fc.uint8Array({ minLength: least, maxLength: Math.max(least, Math.min(most, 48)) });
  const long = fc.constant(new Uint8Array(Math.min(most, 4096)));
  return fc.oneof({ weight: 9, arbitrary: short }, long).map(binBytes);
}

/** Few, so that one value often stands in two places. */
const KEYS = Array.from({ length: 6 }, (_, index) => new Uint8Array(32).fill(index * 41));
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KEYS) },
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);

/** All in their normal form. */
const ADDRESSES = [
  "10.0.0.1:7000",
  "192.0.2.1:1",
  "0.0.0.0:0",
  "255.255.255.255:65535",
  "[::1]:80",
  "[2001:db8:0:0:1:0:0:1]:443",
  "localhost:7",
  "a_b-c.example:65535",
  `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}:12345`,
];
