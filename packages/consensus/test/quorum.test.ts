import { expect, test } from "vitest";
import { blockersOf, bumpersOf, quorumOf, registrarsOf, seatsFor } from "../src/index.ts";

test.each([
  // n, f, q, who hears a peer and keeps it, votes shown before it registers again
  [1, 0, 1, 1, 0],
  [2, 0, 2, 1, 1],
  [3, 0, 2, 2, 1],
  [4, 0, 3, 2, 2],
  [5, 0, 3, 3, 2],
  [4, 1, 3, 2, 2],
  [6, 1, 4, 3, 3],
  [7, 2, 5, 3, 3],
  [10, 3, 7, 4, 4],
  [13, 4, 9, 5, 5],
])("n = %i, f = %i: %i decide, %i block, %i bump", (n, f, quorum, blockers, bumpers) => {
  expect([quorumOf(n, f), blockersOf(n, f), bumpersOf(n, f)]).toEqual([quorum, blockers, bumpers]);
});

test("without liars a quorum is a plain majority, and so are the seeds a peer registers with", () => {
  for (let n = 1; n <= 64; n++) {
    expect(quorumOf(n, 0)).toBe(Math.floor(n / 2) + 1);
    expect(registrarsOf(n)).toBe(quorumOf(n, 0));
  }
});

test("wherever n ≥ 3f + 1: two quorums share more than f, each has an honest voter, and n − f can form one", () => {
  for (let f = 0; f <= 21; f++) {
    for (let n = seatsFor(f); n <= 64; n++) {
      const q = quorumOf(n, f);
      expect(2 * q - n).toBeGreaterThan(f);
      expect(q).toBeGreaterThan(f);
      expect(q).toBeLessThanOrEqual(n - f);
    }
  }
});

test("with one seed fewer than 3f + 1 a quorum cannot be reached without the liars", () => {
  for (let f = 1; f <= 21; f++) expect(quorumOf(3 * f, f)).toBeGreaterThan(3 * f - f);
});
