import { type Layout, rangeOf, readType, type Type } from "../packages/testbed/src/fuzz/layout.ts";

/** A body with one thing in it changed, and whether a receiver may take it. */
export interface Variant {
  /** Where: the names of the elements down to it. */
  readonly path: string;
  readonly why: string;
  readonly body: readonly unknown[];
  readonly isAllowed: boolean;
}

type Put = (value: unknown) => readonly unknown[];

/**
 * Everything at and just beyond the bounds that `layout` states, one thing at a time.
 * @param body the elements of a good frame, as MessagePack has them.
 */
export function* variantsOf(
  layout: Layout,
  body: readonly unknown[],
  structures: ReadonlyMap<string, Layout>,
): Generator<Variant> {
  yield* inElements(layout, body, (changed) => changed as readonly unknown[], layout.name, structures);
}

/** The paths of all leaves and lists in `layout`: what {@link variantsOf} has to have come by, in one example or another. */
export function* pathsOf(
  layout: Layout,
  structures: ReadonlyMap<string, Layout>,
  at = layout.name,
): Generator<string> {
  for (const { name, type } of layout.elements) yield* pathsIn(type, `${at}.${name}`, structures);
}

function* pathsIn(type: Type, path: string, structures: ReadonlyMap<string, Layout>): Generator<string> {
  yield path;
  const structure = structures.get(type.name);
  if (structure !== undefined) yield* pathsOf(structure, structures, path);
  if (type.name === "list") yield* pathsIn(elementOf(type), `${path}[]`, structures);
}

function* inElements(
  { elements }: Layout,
  body: readonly unknown[],
  put: Put,
  at: string,
  structures: ReadonlyMap<string, Layout>,
): Generator<Variant> {
  for (const [index, { name, type }] of elements.entries()) {
    const putHere: Put = (value) => put(body.with(index, value));
    yield* inValue(type, body[index], putHere, `${at}.${name}`, structures);
  }
}

function* inValue(
  type: Type,
  value: unknown,
  put: Put,
  path: string,
  structures: ReadonlyMap<string, Layout>,
): Generator<Variant> {
  const variant = (why: string, changed: unknown, isAllowed: boolean): Variant => ({
    path,
    why,
    body: put(changed),
    isAllowed,
  });
  yield variant("nil", null, type.isOptional);
  if (value === null) return;
  for (const [changed, isAllowed] of edgesOf(type, value)) yield variant(show(changed), changed, isAllowed);
  const structure = structures.get(type.name);
  if (structure !== undefined) yield* inElements(structure, value as unknown[], put, path, structures);
  if (type.name !== "list") return;
  const list = value as readonly unknown[];
  const putFirst: Put = (first) => put(list.with(0, first));
  if (list.length > 0) yield* inValue(elementOf(type), list[0], putFirst, `${path}[]`, structures);
}

/** Values at the bounds of a type, and just beyond. */
function edgesOf(type: Type, value: unknown): readonly (readonly [value: unknown, isAllowed: boolean])[] {
  const [first = ""] = type.parameters;
  switch (type.name) {
    case "uint":
      return numbers(first === "" ? [0, Number.MAX_SAFE_INTEGER] : rangeOf(first));
    case "incarnation":
      return numbers([0, 2 ** 52 - 1]);
    case "flag":
      return [
        [true, true],
        [false, true],
        [1, false],
      ];
    case "text":
      return [
        ["x".repeat(Number(first)), true],
        ["x".repeat(Number(first) + 1), false],
        ["ä".repeat(Number(first)), false],
        [1, false],
      ];
    case "word":
      return [...type.parameters.map((word) => [word, true] as const), ["", false], [`${first}s`, false]];
    case "bytes":
      return [
        [new Uint8Array(0), true],
        [new Uint8Array(Number(first)), true],
        [new Uint8Array(Number(first) + 1), false],
        ["x", false],
      ];
    case "fixed":
      return fixed(Number(first));
    case "id":
    case "b32":
      return fixed(32);
    case "sig":
      return fixed(64);
    case "address":
      return [
        ["192.0.2.1:1", true],
        ["192.0.2.1", false],
        [1, false],
      ];
    case "list":
      return lists(rangeOf(type.parameters[1] ?? ""), (value as readonly unknown[])[0]);
    default:
      return [
        [1, false],
        [[], false],
      ];
  }
}

function numbers([low, high]: readonly [number, number]): readonly (readonly [unknown, boolean])[] {
  return [
    [low, true],
    [high, true],
    [low - 1, false],
    [high + 1, false],
    [low + 0.5, false],
    ["1", false],
  ];
}

function fixed(length: number): readonly (readonly [unknown, boolean])[] {
  return [
    [new Uint8Array(length), true],
    [new Uint8Array(length - 1), false],
    [new Uint8Array(length + 1), false],
    ["x", false],
  ];
}

function lists(
  [low, high]: readonly [number, number],
  element: unknown,
): readonly (readonly [unknown, boolean])[] {
  const of = (length: number): unknown[] => Array.from({ length }, () => element);
  if (element === undefined) return [[[], low === 0]];
  return [
    [of(low), true],
    [of(high), true],
    [of(high + 1), false],
    ...(low > 0 ? [[of(low - 1), false] as const] : []),
    [1, false],
  ];
}

function elementOf({ parameters: [element = ""] }: Type): Type {
  return readType(element);
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `${value.length} elements`;
  return typeof value === "string" && value.length > 20 ? `text of ${value.length}` : JSON.stringify(value);
}
