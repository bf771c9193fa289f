import { describe, expect, test } from "vitest";
import { integerBelow, jitter, pick, type Random, sample, shuffle, systemRandom } from "../src/random.ts";

describe("the system's generator", () => {
  test("draws from [0, 1), and not the same twice", () => {
    const drawn = Array.from({ length: 1000 }, () => systemRandom.next());
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(drawn).size).toBe(1000);
  });

  test("gives as many bytes as asked for, fresh ones each time", () => {
    expect(systemRandom.bytes(0)).toHaveLength(0);
    expect(systemRandom.bytes(32)).toHaveLength(32);
    expect(systemRandom.bytes(32)).not.toEqual(systemRandom.bytes(32));
  });

  test("has one stream, so that a fork is itself", () => {
    expect(systemRandom.fork("anything")).toBe(systemRandom);
  });
});

describe("a choice", () => {
  test.each([
    [0, 0],
    [0.3, 1],
    [0.999999, 4],
  ])("of an integer below 5, where %d was drawn, is %i", (drawn, chosen) => {
    expect(integerBelow(5, drawing(drawn))).toBe(chosen);
  });

  test.each([0, -1, 1.5, Number.NaN])("of an integer below %d is the caller's bug", (limit) => {
    expect(() => integerBelow(limit, systemRandom)).toThrow(RangeError);
  });

  test("among nothing is undefined", () => {
    expect(pick([], systemRandom)).toBeUndefined();
  });

  test("finds the first and the last", () => {
    expect([pick(["a", "b", "c"], drawing(0)), pick(["a", "b", "c"], drawing(0.99))]).toEqual(["a", "c"]);
  });

  test("of a sample takes different ones, and all when there are fewer", () => {
    const items = [1, 2, 3, 4, 5];
    expect(new Set(sample(items, 3, systemRandom)).size).toBe(3);
    expect(sample(items, 9, systemRandom).toSorted((one, other) => one - other)).toEqual(items);
    expect(sample(new Set(items), 0, systemRandom)).toEqual([]);
  });
});

test("a shuffle keeps every item, leaves its source alone, and reaches every order", () => {
  const items = [1, 2, 3];
  const orders = new Set(Array.from({ length: 500 }, () => shuffle(items, systemRandom).join("")));
  expect([...orders].toSorted()).toEqual(["123", "132", "213", "231", "312", "321"]);
  expect(items).toEqual([1, 2, 3]);
});

test.each([
  [0, 80],
  [0.5, 100],
  [0.999_999_999, 120],
])("jitter by a fifth, where %d was drawn, turns 100 into %d", (drawn, jittered) => {
  expect(jitter(100, 0.2, drawing(drawn))).toBeCloseTo(jittered, 5);
});

/** A generator that draws the same number for ever. */
function drawing(drawn: number): Random {
  return { next: () => drawn, bytes: (count) => new Uint8Array(count), fork: () => drawing(drawn) };
}
