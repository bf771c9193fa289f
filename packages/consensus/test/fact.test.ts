import { INCARNATION_MAX } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import {
  compareFacts,
  type Fact,
  factIsSound,
  factKey,
  incarnationIsPlausible,
  NO_DIGEST,
  rank,
  sameFact,
} from "../src/index.ts";
import { hash, idFrom, removeOf } from "./cast.ts";

const peer = idFrom(1);
const add = (incarnation: number, content = "a"): Fact => ({
  kind: "add",
  peer,
  incarnation,
  digest: hash(content),
});

test("facts of one peer rank ADD(1) < REMOVE(1) < ADD(2) < REMOVE(2)", () => {
  const facts = [add(1), removeOf(peer, 1), add(2), removeOf(peer, 2)];
  expect(facts.map(rank)).toEqual([2, 3, 4, 5]);
  for (const [low, a] of facts.entries()) {
    for (const [high, b] of facts.entries())
      expect(Math.sign(compareFacts(a, b))).toBe(Math.sign(low - high));
  }
});

test("of one rank the smaller digest holds", () => {
  const small: Fact = { ...add(1), digest: Uint8Array.from({ length: 32 }, () => 1) };
  const large: Fact = {
    ...add(1),
    digest: Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? 2 : 1)),
  };
  expect(compareFacts(small, large)).toBeGreaterThan(0);
  expect(compareFacts(large, small)).toBeLessThan(0);
  expect(sameFact(small, large)).toBe(false);
});

test("every rank is a safe integer", () => {
  expect(Number.isSafeInteger(rank({ kind: "remove", incarnation: INCARNATION_MAX }))).toBe(true);
  expect(rank({ kind: "remove", incarnation: INCARNATION_MAX })).toBe(Number.MAX_SAFE_INTEGER);
});

test("facts that differ in digest only share their key; all others do not", () => {
  const facts = [add(1), removeOf(peer, 1), add(2), { ...add(1), peer: idFrom(2) }];
  expect(new Set(facts.map(factKey)).size).toBe(4);
  expect(factKey(add(1, "a"))).toBe(factKey(add(1, "b")));
});

test("a REMOVE has no digest: two REMOVEs of one rank cannot differ", () => {
  expect(factIsSound(removeOf(peer, 1))).toBe(true);
  expect(factIsSound({ ...removeOf(peer, 1), digest: hash("a") })).toBe(false);
  expect(factIsSound({ ...add(1), digest: NO_DIGEST })).toBe(true);
});

describe("an incarnation is plausible", () => {
  test.each([
    [0, undefined, true],
    [2 ** 40 - 1, undefined, true],
    [2 ** 40, undefined, false],
    [7 + 2 ** 31, 7, true],
    [7 + 2 ** 31 + 1, 7, false],
    [3, 7, true], // answered with the certificate, but not beyond belief
    [2 ** 40 + 5, 2 ** 40, true],
    [INCARNATION_MAX, INCARNATION_MAX - 1, true],
    [INCARNATION_MAX + 1, INCARNATION_MAX, false],
    [-1, undefined, false],
    [1.5, undefined, false],
    [Number.NaN, 1, false],
  ])("%d after %s: %s", (life, certified, plausible) => {
    expect(incarnationIsPlausible(life, certified)).toBe(plausible);
  });
});
