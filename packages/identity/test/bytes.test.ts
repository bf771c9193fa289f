import { expect, test } from "vitest";
import { compareBytes, concatBytes, sameBytes, u64Bytes } from "../src/index.ts";

test("u64Bytes writes the most significant byte first, up to 2^53 − 1", () => {
  expect([...u64Bytes(0)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect([...u64Bytes(0x1_0203_0405)]).toEqual([0, 0, 0, 1, 2, 3, 4, 5]);
  expect([...u64Bytes(Number.MAX_SAFE_INTEGER)]).toEqual([0, 31, 255, 255, 255, 255, 255, 255]);
});

test("concatBytes joins any number of parts into new memory", () => {
  const part = Uint8Array.of(1, 2);
  const whole = concatBytes([part, new Uint8Array(0), Uint8Array.of(3)]);
  part[0] = 9;
  expect([...whole]).toEqual([1, 2, 3]);
  expect(concatBytes([]).length).toBe(0);
  expect(concatBytes(Array.from({ length: 300_000 }, () => Uint8Array.of(1))).length).toBe(300_000);
});

test("bytes are ordered as texts are, a beginning before its continuation", () => {
  const sorted = [[], [0], [0, 0], [0, 1], [1], [255]].map((bytes) => Uint8Array.from(bytes));
  for (const [i, a] of sorted.entries()) {
    for (const [j, b] of sorted.entries()) {
      expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(i - j));
      expect(sameBytes(a, b)).toBe(i === j);
    }
  }
});
