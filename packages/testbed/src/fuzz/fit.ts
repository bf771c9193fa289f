import { tryParseAddress } from "@p2p/wire";
import { type Layout, rangeOf, readType, type Type } from "./layout.ts";
import { type Scalar, scalarOf } from "./scalar.ts";
import type { Structures } from "./shape.ts";
import { type Tree, treeOf } from "./tree.ts";

/**
 * Where `body`, as the packages write it, is not as `layout` in PROTOCOL.md says; nothing where it is. What a reader takes
 * must be so, whatever it was told: limits are kept twice, once in the code and once in the document.
 */
export function misfitOf(body: Uint8Array, layout: Layout, structures: Structures): string | undefined {
  return misfitIn(treeOf(body), layout, structures);
}

function misfitIn(tree: Tree, { name, elements }: Layout, structures: Structures): string | undefined {
  if (tree instanceof Uint8Array || tree.length !== elements.length) return `${name} is no structure`;
  for (const [index, element] of elements.entries()) {
    const fault = misfitAs(tree[index] as Tree, element.type, structures);
    if (fault !== undefined) return `${name}.${element.name}: ${fault}`;
  }
  return undefined;
}

function misfitAs(tree: Tree, type: Type, structures: Structures): string | undefined {
  if (type.isOptional && tree instanceof Uint8Array && tree[0] === 0xc0) return undefined;
  const structure = structures.get(type.name);
  if (structure !== undefined) return misfitIn(tree, structure, structures);
  if (type.name === "list") return misfitInList(tree, type, structures);
  if (!(tree instanceof Uint8Array)) return `a list, not ${type.name}`;
  const value = scalarOf(tree);
  return FITS[type.name]?.(value, type.parameters) === true
    ? undefined
    : `${shown(value)} is no ${type.name}`;
}

function misfitInList(
  tree: Tree,
  { parameters: [element = "", range = ""] }: Type,
  structures: Structures,
): string | undefined {
  const [least, most] = rangeOf(range);
  if (tree instanceof Uint8Array) return "no list";
  if (tree.length < least || tree.length > most) return `a list of ${tree.length}`;
  const type = readType(element);
  for (const part of tree) {
    const fault = misfitAs(part, type, structures);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

type Fit = (value: Scalar, parameters: readonly string[]) => boolean;

const FITS: Readonly<Record<string, Fit>> = {
  uint: (value, [range]) =>
    isWithin(value, range === undefined ? [0, Number.MAX_SAFE_INTEGER] : rangeOf(range)),
  incarnation: (value) => isWithin(value, [0, 2 ** 52 - 1]),
  flag: (value) => typeof value === "boolean",
  text: (value, [most]) =>
    typeof value === "string" && new TextEncoder().encode(value).length <= Number(most),
  word: (value, words) => typeof value === "string" && words.includes(value),
  bytes: (value, [most]) => value instanceof Uint8Array && value.length <= Number(most),
  fixed: (value, [length]) => value instanceof Uint8Array && value.length === Number(length),
  id: (value) => value instanceof Uint8Array && value.length === 32,
  b32: (value) => value instanceof Uint8Array && value.length === 32,
  sig: (value) => value instanceof Uint8Array && value.length === 64,
  address: (value) => typeof value === "string" && value.length <= 261 && tryParseAddress(value) === value,
};

function isWithin(value: Scalar, [low, high]: readonly [number, number]): boolean {
  return Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
}

function shown(value: Scalar): string {
  return value instanceof Uint8Array ? `${value.length} bytes` : String(value).slice(0, 40);
}
