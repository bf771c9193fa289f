import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { DEGREES_MAX, degreesOf, partsOf } from "../src/parts.ts";

const ids = (text: string): PeerId[] => text.split("") as PeerId[];
const pairs = (text: string) =>
  text
    .split(" ")
    .filter(Boolean)
    .map(([a, b]) => ({ a: a as PeerId, b: b as PeerId }));

describe("the parts of a graph", () => {
  test.each([
    ["", "", ""],
    ["a", "", "a"],
    ["ab", "", "a b"],
    ["ab", "ab", "ab"],
    ["abcd", "ab cd", "ab cd"],
    ["abcde", "cd de ab", "cde ab"],
    ["abcde", "ae bd ab", "abde c"],
    ["abcdef", "ef bc", "bc ef a d"],
    ["abc", "ab bx xc", "ab c"],
    ["abcdefgh", "ab cd ef gh hg bc fg", "abcd efgh"],
    ["abcdefgh", "gh fg ef de cd bc ab", "abcdefgh"],
  ])("%s with %s: %s", (members, links, parts) => {
    const found = partsOf(ids(members), pairs(links));
    expect(found.map((part) => part.toSorted().join("")).join(" ")).toBe(parts);
  });

  test("do not depend on the order in which links are told", () => {
    const links = pairs("ab cd ef fa gh ch");
    const expected = JSON.stringify(partsOf(ids("abcdefghi"), links));
    for (let turn = 0; turn < links.length; turn++) {
      links.push(links.shift() as (typeof links)[number]);
      expect(JSON.stringify(partsOf(ids("abcdefghi"), links))).toBe(expected);
    }
  });
});

describe("degrees", () => {
  test.each([
    ["", "", []],
    ["abc", "", []],
    ["abc", "ab", [2]],
    ["abcd", "ab ac ad", [3, 0, 1]],
    ["abcd", "ab bx ac", [2, 1]],
  ])("of %s with %s: %j", (members, links, counts) => {
    expect(degreesOf(ids(members), pairs(links))).toEqual(counts);
  });

  test("of 64 and more are counted together", () => {
    const leaves = Array.from({ length: 100 }, (_, index) => `leaf${index}` as PeerId);
    const links = leaves.map((b) => ({ a: "hub" as PeerId, b }));
    const counts = degreesOf(["hub" as PeerId, ...leaves], links);
    expect(counts).toHaveLength(DEGREES_MAX);
    expect([counts[0], counts.at(-1)]).toEqual([100, 1]);
  });
});
