import {
  type Edge,
  type EdgeTerms,
  ID_BYTES,
  INCARNATION_MAX,
  keyOfPeerId,
  type PeerId,
  peerIdFromKey,
  SIGNATURE_BYTES,
} from "@p2p/identity";
import { type Address, tryParseAddress } from "./address.ts";
import { Malformed, pack, unpack } from "./codec.ts";

/**
 * How one value travels: what it becomes in a MessagePack array, and what is accepted as one. A field accepts nothing
 * that its type does not allow, so what has been read needs no second look.
 */
export interface Field<T> {
  /** What is packed for `value`. */
  write(value: T): unknown;
  /** The value packed as `raw`. @throws Malformed (as a thrown value) when `raw` is not one; only {@link read} catches it. */
  read(raw: unknown): T;
}

/** The type a field carries. */
export type Carried<F> = F extends Field<infer T> ? T : never;

/** `value` as the bytes of one MessagePack array: a new array of just these, the caller's own. */
export function write<T>(field: Field<T>, value: T): Uint8Array {
  // A view, as it is packed, would keep the 8 KiB that it is cut from with whatever keeps it.
  return new Uint8Array(pack(field.write(value) as readonly unknown[]));
}

/** The value in `bytes`, or why there is none. Never throws. */
export function read<T>(field: Field<T>, bytes: Uint8Array): T | Malformed {
  const raw = unpack(bytes);
  if (raw instanceof Malformed) return raw;
  try {
    return field.read(raw);
  } catch (fault) {
    if (fault instanceof Malformed) return fault;
    throw fault;
  }
}

function expected(what: string): never {
  throw new Malformed(`expected ${what}`);
}

/** An integer from `min` to `max`, both included. */
export function integer(min = 0, max: number = Number.MAX_SAFE_INTEGER): Field<number> {
  return {
    write: (value) => value,
    read: (raw) =>
      Number.isSafeInteger(raw) && (raw as number) >= min && (raw as number) <= max
        ? (raw as number)
        : expected(`an integer from ${min} to ${max}`),
  };
}

export const flag: Field<boolean> = {
  write: (value) => value,
  read: (raw) => (typeof raw === "boolean" ? raw : expected("a boolean")),
};

/** Text of at most `bytesMax` bytes of UTF-8. */
export function text(bytesMax: number): Field<string> {
  return {
    write: (value) => value,
    // A character takes at most 3 bytes of UTF-8 for each UTF-16 unit, so most texts need no counting.
    read: (raw) =>
      typeof raw === "string" &&
      (raw.length * 3 <= bytesMax || new TextEncoder().encode(raw).length <= bytesMax)
        ? raw
        : expected(`text of at most ${bytesMax} bytes`),
  };
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Field<W> {
  const known = new Set<unknown>(words);
  return {
    write: (value) => value,
    read: (raw) => (known.has(raw) ? (raw as W) : expected(`one of ${words.join(", ")}`)),
  };
}

/** At most `bytesMax` bytes; what is read is a view into the frame. */
export function bytes(bytesMax: number): Field<Uint8Array> {
  return {
    write: (value) => value,
    read: (raw) =>
      raw instanceof Uint8Array && raw.length <= bytesMax
        ? new Uint8Array(raw.buffer, raw.byteOffset, raw.length) // not a Buffer, whose methods differ
        : expected(`at most ${bytesMax} bytes`),
  };
}

/** Exactly `length` bytes; what is read is a copy, because small things are kept long and frames are large. */
export function fixedBytes(length: number): Field<Uint8Array> {
  return {
    write: (value) => value,
    read: (raw) =>
      raw instanceof Uint8Array && raw.length === length ? Uint8Array.from(raw) : expected(`${length} bytes`),
  };
}

/** A hash or a nonce. */
export const bytes32: Field<Uint8Array> = fixedBytes(32);

export const signature: Field<Uint8Array> = fixedBytes(SIGNATURE_BYTES);

/** A node's id, as the 32 bytes of its key. */
export const peerId: Field<PeerId> = {
  write: keyOfPeerId,
  read: (raw) =>
    raw instanceof Uint8Array && raw.length === ID_BYTES ? peerIdFromKey(raw) : expected("a peer id"),
};

export const address: Field<Address> = {
  write: (value) => value,
  read: (raw) => (typeof raw === "string" ? tryParseAddress(raw) : undefined) ?? expected("host:port"),
};

/** Which run of a node: a later one has a higher number. */
export const incarnation: Field<number> = integer(0, INCARNATION_MAX);

/** The value, or nil for `undefined`. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    write: (value) => (value === undefined ? null : field.write(value)),
    read: (raw) => (raw === null || raw === undefined ? undefined : field.read(raw)),
  };
}

/** From `lengthMin` to `lengthMax` values of one kind. */
export function list<T>(field: Field<T>, lengthMax: number, lengthMin = 0): Field<readonly T[]> {
  return {
    write: (values) => values.map((value) => field.write(value)),
    read: (raw) =>
      Array.isArray(raw) && raw.length >= lengthMin && raw.length <= lengthMax
        ? raw.map((value) => field.read(value))
        : expected(`a list of ${lengthMin} to ${lengthMax}`),
  };
}

/**
 * Named fields, packed as an array in the order they are named. More elements than known are ignored, so that a
 * later version can add some at the end; missing ones are read as nil.
 */
export function record<F extends Record<string, Field<never> | Field<unknown>>>(
  fields: F,
): Field<{ readonly [K in keyof F]: Carried<F[K]> }> {
  type R = { readonly [K in keyof F]: Carried<F[K]> };
  const entries = Object.entries(fields) as [keyof F & string, Field<unknown>][];
  return {
    write: (value) => entries.map(([name, field]) => field.write(value[name])),
    read(raw) {
      if (!Array.isArray(raw)) return expected("a record");
      const value: Partial<Record<keyof F, unknown>> = {};
      for (const [index, [name, field]] of entries.entries()) {
        try {
          value[name] = field.read(raw[index]);
        } catch (fault) {
          throw fault instanceof Malformed ? new Malformed(`${name}: ${fault.detail}`) : fault;
        }
      }
      return value as R;
    },
  };
}

const edgeTermFields = {
  a: peerId,
  incarnationA: incarnation,
  b: peerId,
  incarnationB: incarnation,
  owner: peerId,
  since: integer(),
  until: integer(),
};

/** What two neighbours agree on; whether it makes sense is for `edgeTermsAreSound` to say. */
export const edgeTerms: Field<EdgeTerms> = record(edgeTermFields);

/** An edge with both ends' signatures, which are not checked here. */
export const edge: Field<Edge> = record({ ...edgeTermFields, signatureA: signature, signatureB: signature });
