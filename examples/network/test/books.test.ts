import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { parseDuration } from "../src/duration.ts";
import { countComponents } from "../src/launcher/components.ts";
import { Deliveries } from "../src/launcher/deliveries.ts";
import { Removals } from "../src/launcher/removals.ts";

describe("the book of deliveries", () => {
  test("expects each message at everybody who was linked, but the origin", () => {
    const book = new Deliveries();
    book.published("m", "a", ["a", "b", "c"], 0);
    book.delivered("m", "b");
    expect(book.reach()).toEqual({ messages: 1, expected: 2, deliveries: 1, percent: 50, repeated: 0 });
    book.delivered("m", "c");
    expect(book.reach()).toMatchObject({ deliveries: 2, percent: 100 });
  });

  test("counts a delivery whose notice came before the publication's", () => {
    const book = new Deliveries();
    book.delivered("m", "b");
    book.published("m", "a", ["a", "b"], 0);
    expect(book.reach()).toMatchObject({ expected: 1, deliveries: 1 });
  });

  test("sees a message that was delivered again", () => {
    const book = new Deliveries();
    book.published("m", "a", ["a", "b"], 0);
    book.delivered("m", "b");
    book.delivered("m", "b");
    expect(book.reach()).toMatchObject({ deliveries: 1, repeated: 1 });
  });

  test("does not ask a run that is over for what it missed", () => {
    const book = new Deliveries();
    book.published("m", "a", ["a", "b", "c"], 0);
    book.delivered("m", "b");
    book.ended("c", 5000);
    expect(book.reach()).toMatchObject({ expected: 1, percent: 100 });
  });

  test("leaves out what an origin may have taken with it, and nothing else", () => {
    const book = new Deliveries();
    book.published("early", "a", ["a", "b"], 0);
    book.published("late", "a", ["a", "b"], 4500);
    book.ended("a", 5000);
    expect(book.reach()).toMatchObject({ messages: 1, expected: 1, deliveries: 0 });
  });

  test("reaches nobody if nothing was published", () => {
    expect(new Deliveries().reach().percent).toBe(0);
  });
});

describe("the book of removals", () => {
  const [peer, other] = ["aa" as PeerId, "bb" as PeerId];
  const at = "127.0.0.1:7001" as Address;

  test("is complete when every seed has removed everybody who is gone", () => {
    const book = new Removals();
    book.suffers(peer, at, "killed", 1000);
    book.removed(peer, at, "seed 1", 9000);
    expect(book.areComplete(["seed 1", "seed 2"])).toBe(false);
    book.removed(peer, at, "seed 2", 9500);
    expect(book.areComplete(["seed 1", "seed 2"])).toBe(true);
    expect([...(book.casualties[0]?.removedAfter ?? [])]).toEqual([
      ["seed 1", 8],
      ["seed 2", 8.5],
    ]);
    expect(book.falseRemovals).toEqual([]);
  });

  test("calls it false when nothing was done to the peer, or it was only restarted", () => {
    const book = new Removals();
    book.suffers(peer, at, "restarted", 0);
    book.removed(peer, at, "seed 1", 1);
    book.removed(other, at, "seed 1", 1);
    expect(book.falseRemovals).toEqual([
      { peer, address: at, seed: "seed 1" },
      { peer: other, address: at, seed: "seed 1" },
    ]);
  });

  test("waits for the restarted one to come back", () => {
    const book = new Removals();
    book.suffers(peer, at, "restarted", 1000);
    expect(book.areComplete([])).toBe(false);
    book.cameBack(other, 1500);
    book.cameBack(peer, 2500);
    book.cameBack(peer, 9000);
    expect(book.areComplete([])).toBe(true);
    expect(book.casualties[0]?.backAfter).toBe(1.5);
  });
});

test.each<[Record<string, string[]>, number]>([
  [{}, 0],
  [{ a: [] }, 1],
  [{ a: ["b"], b: ["a"], c: [] }, 2],
  [{ a: ["b"], b: ["a", "c"], c: ["b"] }, 1],
  [{ a: ["gone"], b: ["gone"] }, 2],
])("the graph %j has %i components", (graph, count) => {
  expect(countComponents(new Map(Object.entries(graph)))).toBe(count);
});

test.each([
  ["500ms", 500],
  ["5s", 5000],
  ["90", 90_000],
  ["1.5s", 1500],
  ["2m", 120_000],
  ["1h", 3_600_000],
])("%s is %i ms", (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each(["", "s", "0", "-1s", "5 sec", "five"])("%j is no duration", (text) => {
  expect(() => parseDuration(text)).toThrow(RangeError);
});
