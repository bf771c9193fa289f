import { describe, expect, test } from "vitest";
import { DEPTH_MAX, Malformed, pack, unpack } from "../src/codec.ts";

/** What `unpack` says of bytes given in hexadecimal digits. */
function reading(hex: string): unknown {
  const answer = unpack(Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));
  return answer instanceof Malformed ? answer.detail : answer;
}

function nested(depth: number): string {
  return `${"91".repeat(depth)}01`;
}

describe("the codec", () => {
  test.each<[string, unknown[]]>([
    ["nothing", []],
    [
      "small and large integers",
      [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1],
    ],
    ["words", ["", "é", "x".repeat(40), "y".repeat(300), "z".repeat(70_000)]],
    ["what is and is not", [true, false, null]],
    ["lists in lists", [[[], [1, [2]]], Array.from({ length: 70_000 }, () => 7)]],
  ])("brings back %s", (_, value) => {
    expect(unpack(pack(value))).toEqual(value);
  });

  test.each([0, 1, 31, 32, 255, 256, 65_535, 65_536])("brings back %i bytes", (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index);
    const [back] = unpack(pack([bytes])) as [Uint8Array];
    expect(Uint8Array.from(back)).toEqual(bytes);
  });

  test("reads a uint64 of another writer as the number it is", () => {
    expect(reading("91 cf 0000000100000000")).toEqual([2 ** 32]);
  });

  test.each<[string, string, string]>([
    ["a map", "91 80", "a map"],
    ["a map of two bytes' length", "91 de 0000", "a map"],
    ["a map of four bytes' length", "91 df 00000000", "a map"],
    ["an extension", "91 d4 00 00", "an extension"],
    ["an extension that would make a date", "91 d6 ff 00000000", "an extension"],
    ["the byte that stands for nothing", "91 c1", "an extension"],
    ["a number where an array should be", "01", "not an array"],
    ["a word where an array should be", "a161", "not an array"],
    ["nothing at all", "", "not an array"],
    ["an array cut short", "92 01", "a length beyond the end"],
    ["a length cut short", "dc 00", "cut short"],
    ["a number cut short", "91 ce 0000", "a length beyond the end"],
    ["a word longer than the frame", "91 db ffffffff 61", "a length beyond the end"],
    ["bytes longer than the frame", "91 c6 ffffffff 00", "a length beyond the end"],
    ["an array of four thousand million", "dd ffffffff 01", "a length beyond the end"],
    ["bytes after the end", "90 00", "bytes after the end"],
  ])("refuses %s", (_, hex, why) => {
    expect(reading(hex)).toBe(why);
  });

  test("reads nesting as deep as the limit and refuses one more", () => {
    expect(reading(nested(DEPTH_MAX))).not.toBeTypeOf("string");
    expect(reading(nested(DEPTH_MAX + 1))).toBe(`nested deeper than ${DEPTH_MAX}`);
    expect(reading(nested(10_000))).toBe(`nested deeper than ${DEPTH_MAX}`);
  });

  test("never throws, whatever byte of a good frame is changed or cut", () => {
    const good = pack([1, "text", new Uint8Array(9), [null, [true, 2 ** 40]], -5]);
    for (let index = 0; index < good.length; index++) {
      expect(() => unpack(good.subarray(0, index))).not.toThrow();
      for (let byte = 0; byte < 256; byte++) {
        const bent = Uint8Array.from(good);
        bent[index] = byte;
        expect(() => unpack(bent)).not.toThrow();
      }
    }
  });
});
