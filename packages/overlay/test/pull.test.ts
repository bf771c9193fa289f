import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { exponentOfLaw, fitTail } from "../src/exponent.ts";
import { Pull } from "../src/pull.ts";
import { Village } from "./village.ts";

const [ONE, TWO, THREE] = ["1", "2", "3"] as PeerId[] as [PeerId, PeerId, PeerId];

/** So many degrees, of 6 and of 40, to which a power law of this exponent from 6 on fits best. */
function law(alpha: number, count = 1000): number[] {
  let share = 0.5;
  const degrees = () => Array.from({ length: 40 }, (_, index) => ({ 5: 1 - share, 39: share })[index] ?? 0);
  for (let step = 0.25; step > 1e-9; step /= 2)
    share += (fitTail(degrees(), 6)?.alpha ?? 0) > alpha ? step : -step;
  return degrees().map((each) => each * count);
}

function pull(words: readonly (readonly number[])[]): number {
  const each = new Pull(-1.5, 3);
  for (const [index, degrees] of words.entries()) each.hear(String(index) as PeerId, degrees, 0);
  return each.a(0);
}

describe("the exponent of a tail", () => {
  test.each([
    [2.2, 1],
    [2.7, 3],
    [3, 6],
    [3.5, 6],
  ])("%d from %i on is found again", (alpha, xMin) => {
    const counts = Array.from({ length: 20_000 }, (_, index) => (index + 1) ** -alpha);
    expect(fitTail(counts, xMin)?.alpha).toBeCloseTo(alpha, 1);
  });

  test.each([
    [[], undefined],
    [[5, 5], undefined],
    [[0, 0, 0, 0, 0, 0, 0], undefined],
    [[0, 0, 0, 0, 0, 9], 8],
    [Array.from({ length: 64 }, () => Number.MAX_SAFE_INTEGER), 2],
  ])("stays within bounds for counts that tell nothing (case %#)", (counts, alpha) => {
    const fit = fitTail(counts, 6);
    expect(fit === undefined ? undefined : Math.round(fit.alpha)).toBe(alpha);
  });

  test("of the law itself is below 3, and nearer the further out it begins", () => {
    const found = [4, 6, 8].map(exponentOfLaw);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found.every((alpha) => alpha > 2.7 && alpha < 3)).toBe(true);
  });
});

describe("the pull to hubs", () => {
  test("is the base as long as no seed says anything, or nothing of use", () => {
    expect(pull([])).toBe(-1.5);
    expect(pull([[], [0, 0, 7]])).toBe(-1.5);
  });

  test("grows where hubs are missing, and shrinks where they are too large, by 1 at most", () => {
    expect(pull([law(2.9)])).toBe(-2.5);
    expect(pull([law(2.2)])).toBe(-0.5);
    expect(Math.abs(pull([law(2.7)]) + 1.5)).toBeLessThan(0.1);
  });

  test("moves little for a few degrees: chance makes them", () => {
    expect(pull([law(2.9, 10)])).toBeGreaterThan(-2);
    expect(pull([law(2.9, 1000)])).toBe(-2.5);
  });

  test.each([
    ["nobody's", [2.75, 2.72], 2.72],
    ["a liar's", [2.75, 2.72, 8], 2.75],
    ["the other liar's", [2.75, 2.72, 1.2], 2.72],
    ["two of five", [2.75, 2.72, 2.73, 8, 8], 2.75],
  ])("is as some correct seed says, whatever %s word is", (_, alphas, expected) => {
    expect(pull(alphas.map((alpha) => law(alpha)))).toBe(pull([law(expected)]));
  });

  test("forgets a seed that has been silent for ten minutes, and counts each once", () => {
    const each = new Pull(-1.5, 3);
    for (let turn = 0; turn < 10; turn++) each.hear(ONE, law(3), 0);
    each.hear(TWO, law(2.2), 0);
    each.hear(THREE, law(2.2), 500_000);
    expect(each.a(500_000)).toBe(-0.5);
    each.hear(TWO, law(3), 700_000);
    each.hear(ONE, law(3), 700_000);
    expect([700_000, 1_200_000, 1_300_000].map((now) => each.a(now))).toEqual([-2.5, -2.5, -1.5]);
  });
});

test("an overlay draws as a seed's word would have it, around what its options say", () => {
  const { overlay } = new Village({ overlay: { attachment: { a: 0 } } }).add("one");
  expect(overlay.attachment).toEqual({ a: 0, uniform: 0.1 });
  overlay.heardDegrees(law(2.9), ONE);
  expect(overlay.attachment).toEqual({ a: -1, uniform: 0.1 });
});
