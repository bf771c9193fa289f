import { describe, expect, test } from "vitest";
import { SeenWindow, type Sighting, SEEN_WINDOW as W } from "../src/seen-window.ts";

/** After which marks, what a range of numbers looks like: [first contact, further marks, first, count, sighting]. */
const TABLE: readonly (readonly [string, number, readonly number[], number, number, Sighting])[] = [
  ["the first number", 1, [], 1, 1, "seen"],
  ["the next one", 1, [], 2, 1, "new"],
  ["first contact in mid-stream: only that number is marked", 500, [], 499, 1, "new"],
  ["first contact: the oldest in the window is still taken", 5000, [], 5000 - W + 1, 1, "new"],
  ["first contact: one below the window is late", 5000, [], 5000 - W, 1, "late"],
  ["far below the window", 5000, [], 1, 1, "late"],
  ["number 1 is in the window while the highest is W", 1, [W], 1, 1, "seen"],
  ["number 1 falls out when the highest is W + 1", 1, [W + 1], 1, 1, "late"],
  ["number 2 is then the oldest, not seen", 1, [W + 1], 2, 1, "new"],
  ["the window moves by exactly W: nothing old remains", 10, [10 + W], 11, 1, "new"],
  ["the window moves by W − 1: the old one is the oldest bit", 10, [10 + W - 1], 10, 1, "seen"],
  ["a jump clears the bits it passes over", 1, [2, 3, W + 2], W + 1, 1, "new"],
  ["a bit is not taken for the one W above it", 1, [], 1 + W, 1, "new"],
  ["a jump of 10^9", 1, [1e9], 1e9, 1, "seen"],
  ["just below a jump of 10^9", 1, [1e9], 1e9 - 1, 1, "new"],
  ["the largest number there is", 1, [Number.MAX_SAFE_INTEGER], Number.MAX_SAFE_INTEGER, 1, "seen"],
  ["marking an old one leaves the rest alone", 100, [98], 99, 1, "new"],
  ["marking one that is too old does nothing", 5000, [5000 - W], 5000 - W, 1, "late"],
  ["a range that is new", 1, [], 2, 64, "new"],
  ["a range that was seen", 1, [2, 3, 4], 2, 3, "seen"],
  ["a range of which the first was seen", 1, [2], 2, 3, "overlap"],
  ["a range of which the last was seen", 1, [4], 2, 3, "overlap"],
  ["a range of which the middle was seen", 1, [3], 2, 3, "overlap"],
  ["a range that ends above the highest", 10, [], 10, 2, "overlap"],
  ["a range that begins below the window is late", 5000, [], 5000 - W, 2, "late"],
];

describe("a seen-window", () => {
  test.each(TABLE)("%s", (_, first, marks, from, count, sighting) => {
    const window = new SeenWindow(first);
    for (const sequence of marks) window.mark(sequence);
    expect(window.look(from, count)).toBe(sighting);
  });

  test("never forgets one of the last W, whatever order they come in", () => {
    const window = new SeenWindow(1);
    const seen = new Set([1]);
    let state = 7;
    for (let step = 0; step < 20_000; step++) {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      const sequence = Math.max(1, window.highest + (state % (2 * W)) - Math.floor(1.6 * W));
      const isLate = sequence <= window.highest - W;
      expect(window.look(sequence)).toBe(isLate ? "late" : seen.has(sequence) ? "seen" : "new");
      if (isLate) continue;
      window.mark(sequence);
      seen.add(sequence);
    }
    expect(window.highest).toBeGreaterThan(10 * W);
  });
});
