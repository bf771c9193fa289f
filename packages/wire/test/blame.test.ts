import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { BARRED_AT, BLAME_POINTS, BlameLedger, type Clock, type Offence } from "../src/index.ts";
import { limitsOf } from "../src/lobby-options.ts";

const LIMITS = { blameHalfLifeMs: 300_000, barMs: 600_000, blamedMax: 4 };

function ledger(): { ledger: BlameLedger; pass: (ms: number) => void } {
  let now = 0;
  const clock: Clock = { now: () => now, wallTime: () => 0, after: () => () => undefined };
  return { ledger: new BlameLedger(clock, LIMITS), pass: (ms) => (now += ms) };
}

const [ANN, BOB] = ["ann", "bob"] as PeerId[] as [PeerId, PeerId];

describe("a ledger of blame", () => {
  test.each<[Offence, number]>([
    ["forged", 1],
    ["malformed", 1],
    ["oversize", 1],
    ["rejected", 1],
    ["unfollowed", 5],
    ["excess", 100],
  ])("bars for %s at the offence number %d", (offence, number) => {
    const { ledger: book } = ledger();
    for (let count = 1; count < number; count++) {
      expect(book.charge(ANN, offence, "did it")).toBe(count * BLAME_POINTS[offence]);
      expect(book.barOf(ANN)).toBeUndefined();
    }
    expect(book.charge(ANN, offence, "did it")).toBeGreaterThanOrEqual(BARRED_AT);
    expect(book.barOf(ANN)).toEqual({ offence, detail: "did it", until: 600_000 });
    expect(book.barOf(BOB)).toBeUndefined();
  });

  test("forgives half in five minutes, and so never bars who slips now and then", () => {
    const { ledger: book, pass } = ledger();
    book.charge(ANN, "unfollowed", "");
    pass(300_000);
    expect(book.pointsOf(ANN)).toBe(10);
    for (let count = 0; count < 1000; count++) {
      pass(120_000);
      book.charge(ANN, "unfollowed", "");
    }
    expect(book.pointsOf(ANN)).toBeLessThan(85);
    expect(book.barOf(ANN)).toBeUndefined();
  });

  test("adds up what is of different kinds", () => {
    const { ledger: book } = ledger();
    for (let count = 0; count < 4; count++) book.charge(ANN, "unfollowed", "");
    for (let count = 0; count < 19; count++) book.charge(ANN, "excess", "");
    expect(book.barOf(ANN)).toBeUndefined();
    book.charge(ANN, "excess", "the last");
    expect(book.barOf(ANN)).toMatchObject({ detail: "the last" });
  });

  test("lets go of the barred after ten minutes, who begin anew", () => {
    const { ledger: book, pass } = ledger();
    book.charge(ANN, "unfollowed", "");
    book.charge(ANN, "forged", "");
    pass(599_999);
    expect(book.barOf(ANN)).toBeDefined();
    pass(1);
    expect(book.barOf(ANN)).toBeUndefined();
    expect([book.pointsOf(ANN), book.size]).toEqual([0, 0]);
  });

  test("bars for another ten minutes whoever does it again meanwhile", () => {
    const { ledger: book, pass } = ledger();
    book.charge(ANN, "rejected", "first");
    pass(500_000);
    book.charge(ANN, "rejected", "second");
    expect(book.barOf(ANN)).toEqual({ offence: "rejected", detail: "second", until: 1_100_000 });
  });

  test("remembers so many, and forgets those of long ago first", () => {
    const { ledger: book } = ledger();
    for (let number = 0; number < 100; number++) {
      book.charge(`barred ${number}` as PeerId, "forged", "");
      book.charge(`blamed ${number}` as PeerId, "excess", "");
      expect(book.size).toBeLessThanOrEqual(2 * LIMITS.blamedMax);
    }
    expect(book.barOf("barred 95" as PeerId)).toBeUndefined();
    expect(book.barOf("barred 96" as PeerId)).toBeDefined();
    // Small offences of many keys let nobody in.
    for (let number = 0; number < 100; number++) book.charge(`other ${number}` as PeerId, "excess", "");
    expect(book.barOf("barred 96" as PeerId)).toBeDefined();
  });

  test.each(["blameHalfLifeMs", "barMs", "blamedMax"] as const)(
    "takes no %s that is not positive",
    (name) => {
      const clock: Clock = { now: () => 0, wallTime: () => 0, after: () => () => undefined };
      for (const value of [0, -1, Number.NaN])
        expect(() => new BlameLedger(clock, { ...LIMITS, [name]: value })).toThrow(RangeError);
    },
  );

  test("keeps the first 128 characters of what is said", () => {
    const { ledger: book } = ledger();
    book.charge(ANN, "rejected", "x".repeat(5000));
    expect(book.barOf(ANN)?.detail).toBe("x".repeat(128));
  });

  test("has limits in every lobby", () => {
    expect(limitsOf("peer")).toMatchObject({ ...LIMITS, blamedMax: 1024 });
    expect(limitsOf("seed", { barMs: 1 })).toMatchObject({ barMs: 1 });
  });
});
