import { keyOfPeerId, sha256, toHex } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { ELECTORATE_MAX, electorate, electorateRank, majorityOf } from "../src/index.ts";
import { idFrom } from "./cast.ts";

const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => idFrom(from + index));
const victim = idFrom(1);

test("the rank of a candidate is SHA-256 over both keys", () => {
  const both = Uint8Array.from([...keyOfPeerId(victim), ...keyOfPeerId(idFrom(2))]);
  expect(electorateRank(victim, idFrom(2))).toBe(toHex(sha256(both)));
});

describe("who watches over a member", () => {
  test.each([
    // members, neighbours, monitors
    [1, 0, 0],
    [2, 0, 1],
    [2, 1, 1],
    [3, 1, 2],
    [6, 0, 5],
    [6, 5, 5],
    [20, 0, 5],
    [20, 3, 5],
    [20, 5, 5],
    [20, 12, 12],
  ])("%i members, %i neighbours: %i", (members, neighbours, monitors) => {
    const chosen = electorate(victim, ids(2, 1 + neighbours), ids(1, members));
    expect(chosen).toHaveLength(monitors);
    expect(chosen).not.toContain(victim);
    expect(chosen).toEqual(chosen.toSorted());
    for (const neighbour of ids(2, 1 + neighbours)) expect(chosen).toContain(neighbour);
  });

  test("the top-up is the first by rank, and so the same for everybody", () => {
    const members = ids(1, 40);
    const byRank = ids(2, 40).toSorted((a, b) =>
      electorateRank(victim, a) < electorateRank(victim, b) ? -1 : 1,
    );
    expect(electorate(victim, [], members)).toEqual(byRank.slice(0, 5).toSorted());
    expect(electorate(victim, [], members.toReversed())).toEqual(electorate(victim, [], members));
    const near = byRank.slice(-2);
    expect(electorate(victim, near, members)).toEqual([...near, ...byRank.slice(0, 3)].toSorted());
  });

  test("another victim has others", () => {
    expect(electorate(idFrom(2), [], ids(3, 60))).not.toEqual(electorate(victim, [], ids(3, 60)));
  });

  test("who is no member, or the victim, does not count, and a neighbour named twice counts once", () => {
    const members = ids(1, 30);
    expect(electorate(victim, [victim, idFrom(99)], members)).toEqual(electorate(victim, [], members));
    expect(electorate(victim, [idFrom(2), idFrom(2)], members)).toHaveLength(5);
  });

  test("it makes no difference whether the victim is still listed", () => {
    expect(electorate(victim, ids(2, 3), ids(2, 30))).toEqual(electorate(victim, ids(2, 3), ids(1, 30)));
  });

  test("of too many neighbours the first by rank", () => {
    const neighbours = ids(2, 101);
    const chosen = electorate(victim, neighbours, ids(1, 200));
    expect(chosen).toHaveLength(ELECTORATE_MAX);
    const ranks = neighbours.map((id) => electorateRank(victim, id)).toSorted();
    expect(chosen.every((id) => electorateRank(victim, id) <= (ranks[ELECTORATE_MAX - 1] as string))).toBe(
      true,
    );
  });
});

test.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [6, 4],
  [69, 35],
])("of %i monitors %i are the majority", (size, majority) => {
  expect(majorityOf(ids(1, size))).toBe(majority);
});
