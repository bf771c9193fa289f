import { parsePeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { replacesHeld, type Tie } from "../src/tie.ts";

const SMALL = parsePeerId("1".repeat(64));
const LARGE = parsePeerId("2".repeat(64));

function tie(dialler: Tie["dialler"], change: Partial<Tie> = {}): Tie {
  return { dialler, session: "s", replaces: false, since: 0, ...change };
}

describe("of two member links between the same two nodes", () => {
  test.each<[string, Tie, Tie, boolean]>([
    ["a new run of the far end wins", tie(SMALL), tie(LARGE, { session: "t" }), true],
    ["the newer of two by one end wins", tie(LARGE), tie(LARGE), true],
    ["the smaller id's wins, coming second", tie(LARGE), tie(SMALL), true],
    ["the smaller id's wins, coming first", tie(SMALL), tie(LARGE), false],
    ["a redial beats a plain dial", tie(SMALL), tie(LARGE, { replaces: true }), true],
    ["a plain dial does not beat a redial", tie(LARGE, { replaces: true }), tie(SMALL), false],
    [
      "of two redials at once the smaller id's wins",
      tie(SMALL, { replaces: true }),
      tie(LARGE, { replaces: true }),
      false,
    ],
    [
      "a redial long after another one wins",
      tie(SMALL, { replaces: true }),
      tie(LARGE, { replaces: true, since: 60_000 }),
      true,
    ],
  ])("%s", (_, held, newcomer, wins) => {
    expect(replacesHeld(held, newcomer)).toBe(wins);
  });

  test("both ends keep the same one, whichever they see first", () => {
    const kinds = [false, true].flatMap((replaces) => [tie(SMALL, { replaces }), tie(LARGE, { replaces })]);
    for (const one of kinds) {
      for (const other of kinds) {
        if (one.dialler === other.dialler) continue; // of one end's dials the order is known to both
        const keptHere = replacesHeld(one, other) ? other : one;
        const keptThere = replacesHeld(other, one) ? one : other;
        expect(keptHere).toBe(keptThere);
      }
    }
  });
});
