import type { PeerId } from "@p2p/identity";
import { barabasiAlbert } from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { inequality, inequalityOfLaw } from "../src/inequality.ts";
import { Pull } from "../src/pull.ts";
import { Village } from "./village.ts";

const [ONE, TWO, THREE] = ["1", "2", "3"] as PeerId[] as [PeerId, PeerId, PeerId];
/** The inequality at which a network of m = 3 is left alone. */
const CALM = inequalityOfLaw(3) + 0.024;

/** So many degrees, of 3 and of 40, that are so unequal. */
function unequal(deviation: number, count = 1000): number[] {
  const degrees = (share: number) =>
    Array.from({ length: 40 }, (_, index) => count * ({ 2: 1 - share, 39: share }[index] ?? 0));
  let share = 0;
  for (let step = 0.125; step > 1e-9; step /= 2)
    if ((inequality(degrees(share + step))?.deviation ?? 0) < deviation) share += step;
  return degrees(share);
}

function pull(words: readonly (readonly number[])[]): number {
  const each = new Pull(1.3, 3);
  for (const [index, degrees] of words.entries()) each.hear(String(index) as PeerId, degrees, 0);
  return each.power(0);
}

describe("the inequality of degrees", () => {
  test.each([
    [[0, 0, 7], 0],
    [[1, 1], Math.log(1.5) - Math.log(2) / 2],
    [[2, 2], Math.log(1.5) - Math.log(2) / 2],
    [[0, 1, 0, 1], Math.log(1.5) - Math.log(2) / 2],
  ])("of %j is %d", (counts, deviation) => {
    expect(inequality(counts)?.deviation).toBeCloseTo(deviation, 12);
  });

  test.each([[[]], [[0, 0]]])("of nobody is none (%j)", (counts) => {
    expect(inequality(counts)).toBeUndefined();
  });

  test("stays within bounds for counts that tell nothing", () => {
    const found = inequality(Array.from({ length: 64 }, () => Number.MAX_SAFE_INTEGER))?.deviation ?? -1;
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(1);
  });

  test("of the law is that of a network of it, but for what goes beyond 64 links", () => {
    const { degrees } = barabasiAlbert(20_000, 3, new SeededRandom(1));
    const counts = Array.from({ length: 64 }, () => 0);
    for (const degree of degrees) {
      const place = Math.min(64, degree) - 1;
      counts[place] = (counts[place] as number) + 1;
    }
    expect(inequality(counts)?.deviation).toBeCloseTo(inequalityOfLaw(3), 2);
  });
});

describe("the pull to hubs", () => {
  test("is the base as long as no seed says anything, or nothing of use", () => {
    expect(pull([])).toBe(1.3);
    expect(pull([[], [0, 0, 0]])).toBe(1.3);
  });

  test("grows where hubs are missing, and shrinks where they are too large, by 0.5 at most", () => {
    expect(pull([unequal(CALM - 0.05)])).toBe(1.8);
    expect(pull([unequal(CALM + 0.05)])).toBe(0.8);
    expect(pull([unequal(CALM)])).toBeCloseTo(1.3, 3);
  });

  test("moves little for a few degrees: chance makes them", () => {
    expect(pull([unequal(CALM - 0.05, 10)])).toBeLessThan(1.4);
    expect(pull([unequal(CALM - 0.05, 1000)])).toBe(1.8);
  });

  test.each([
    ["nobody's", [0.22, 0.23], 0.23],
    ["a liar's", [0.22, 0.23, 0.01], 0.22],
    ["the other liar's", [0.22, 0.23, 0.6], 0.23],
    ["two of five", [0.22, 0.23, 0.225, 0.01, 0.01], 0.22],
  ])("is as some correct seed says, whatever %s word is", (_, words, expected) => {
    expect(pull(words.map((each) => unequal(each)))).toBe(pull([unequal(expected)]));
  });

  test("forgets a seed that has been silent for ten minutes, and counts each once", () => {
    const each = new Pull(1.3, 3);
    for (let turn = 0; turn < 10; turn++) each.hear(ONE, unequal(0.1), 0);
    each.hear(TWO, unequal(0.4), 0);
    each.hear(THREE, unequal(0.4), 500_000);
    expect(each.power(500_000)).toBe(0.8);
    each.hear(TWO, unequal(0.1), 700_000);
    each.hear(ONE, unequal(0.1), 700_000);
    expect([700_000, 1_200_000, 1_300_000].map((now) => each.power(now))).toEqual([1.8, 1.8, 1.3]);
  });
});

test("an overlay draws as a seed's word would have it, around what its options say", () => {
  const { overlay } = new Village({ overlay: { attachment: { power: 1 } } }).add("one");
  expect(overlay.attachment).toEqual({ power: 1, uniform: 0.1 });
  overlay.heardDegrees(unequal(0.1), ONE);
  expect(overlay.attachment).toEqual({ power: 1.5, uniform: 0.1 });
});
