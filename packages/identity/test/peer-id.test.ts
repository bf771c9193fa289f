import { describe, expect, test } from "vitest";
import {
  createSigner,
  fromHex,
  isPeerId,
  keyOfPeerId,
  parsePeerId,
  peerIdFromKey,
  sameBytes,
  shortId,
  toHex,
} from "../src/index.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
const TEXT = toHex(KEY);

describe("a peer id", () => {
  test("is the public key in lowercase hexadecimal digits, and back", () => {
    expect(peerIdFromKey(KEY)).toBe(TEXT);
    expect(keyOfPeerId(parsePeerId(TEXT))).toEqual(KEY);
  });

  test("is read in upper case too, and written in lower case", () => {
    expect(parsePeerId(TEXT.toUpperCase())).toBe(TEXT);
    expect(isPeerId(TEXT.toUpperCase())).toBe(false);
  });

  test.each(["", "00", `${TEXT}0`, `g${TEXT.slice(1)}`, ` ${TEXT.slice(1)}`, `${TEXT}\n`])(
    "is not %j",
    (text) => {
      expect(isPeerId(text)).toBe(false);
      expect(() => parsePeerId(text)).toThrow(TypeError);
    },
  );

  test("orders as its bytes do", () => {
    const ids = Array.from({ length: 20 }, () => createSigner().id);
    const byBytes = ids.toSorted((a, b) => Buffer.compare(keyOfPeerId(a), keyOfPeerId(b)));
    expect(ids.toSorted()).toEqual(byBytes);
  });

  test("cannot be made of a key of another length", () => {
    expect(() => peerIdFromKey(KEY.subarray(1))).toThrow(RangeError);
  });

  test("is short in a log", () => {
    expect(shortId(parsePeerId(TEXT))).toBe(TEXT.slice(0, 8));
  });
});

test.each(["0", "zz", "0x", "00 ", "0é", "é0", "/0", "0:", "@0", "0`", "G0", "0\u0130"])(
  "%j is not hexadecimal",
  (text) => {
    expect(() => fromHex(text)).toThrow(TypeError);
  },
);

test("hexadecimal digits of any length come back as the same bytes, in either case", () => {
  for (const length of [0, 1, 32, 4095, 4096, 4097, 20_000]) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
    const text = toHex(bytes);
    expect(text).toMatch(/^[0-9a-f]*$/);
    expect(text).toHaveLength(2 * length);
    expect(sameBytes(fromHex(text), bytes)).toBe(true);
    expect(sameBytes(fromHex(text.toUpperCase()), bytes)).toBe(true);
  }
});
