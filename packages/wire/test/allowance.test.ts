import { describe, expect, test } from "vitest";
import { Allowance } from "../src/index.ts";

describe("an allowance", () => {
  test("grants so much at once and so much in a span, to each asker apart", () => {
    const allowance = new Allowance({ max: 60, perMs: 60_000 });
    const granted = (now: number): number =>
      Array.from({ length: 100 }, () => allowance.take("a", now)).filter(Boolean).length;
    expect([granted(0), granted(999), granted(1000), granted(11_000)]).toEqual([60, 0, 1, 10]);
    expect(allowance.take("b", 0)).toBe(true);
    expect(granted(1e9)).toBe(60);
  });

  test("takes several at once, or none of them", () => {
    const allowance = new Allowance({ max: 5, perMs: 1000 });
    const amounts = [3, 3, 2, 1].map((amount) => allowance.take("a", 0, amount));
    expect(amounts).toEqual([true, false, true, false]);
    expect(allowance.take("b", 0, 6)).toBe(false);
    expect(allowance.take("b", 0, 5)).toBe(true);
  });

  test("of one a minute grants the next exactly a minute later, however often it was asked in between", () => {
    const allowance = new Allowance({ max: 1, perMs: 60_000 });
    const grantedAt: number[] = [];
    for (let now = 0; now <= 180_000; now += 7) if (allowance.take("a", now)) grantedAt.push(now);
    expect(grantedAt).toEqual([0, 60_004, 120_008]);
    expect(allowance.take("a", 180_007)).toBe(false);
    expect(allowance.take("a", 180_008)).toBe(true);
  });

  test("forgets who asked least lately", () => {
    const allowance = new Allowance({ max: 1, perMs: 60_000, askersMax: 2 });
    for (const asker of ["a", "b", "a", "c"]) allowance.take(asker, 0);
    expect(allowance.size).toBe(2);
    expect([allowance.take("a", 0), allowance.take("b", 0)]).toEqual([false, true]);
  });
});
