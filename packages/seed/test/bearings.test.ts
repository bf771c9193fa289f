import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { Bearings } from "../src/bearings.ts";

const [SELF, B, C, D] = ["a", "b", "c", "d"] as [PeerId, PeerId, PeerId, PeerId];
const TICK = 60;
const SYNC = 5;
/** 4.5 ticks and three exchanges. */
const GOOD = 285;

/** Of four seeds one may lie, so a quorum is three: this one and two more. */
function bearings(): Bearings {
  const council = { has: (id: PeerId) => [SELF, B, C, D].includes(id), quorum: 3 };
  return new Bearings(council, SELF, { tickMs: TICK, syncMs: SYNC });
}

/** So many ticks in time, from `first` on, at 0, 60, … ms; the others are met just before each. */
function steady(ticks: number, first = 7): Bearings {
  const own = bearings();
  for (let index = 0; index < ticks; index++) {
    own.met(B, index * TICK - 1);
    own.met(C, index * TICK - 1);
    own.pass(first + index, first + index + 1, index * TICK);
  }
  return own;
}

describe("a seed's bearings in time", () => {
  test.each([
    [0, false],
    [1, false],
    [2, false],
    [3, true],
    [4, true],
  ])("after a start and %i ticks: %s", (ticks, sure) => {
    expect(steady(ticks).know(7 + ticks, ticks * TICK)).toBe(sure);
  });

  test("are lost while time stands still, and won again by three ticks after meeting a quorum", () => {
    const own = steady(5);
    const metAt = 2 * TICK - 1;
    expect(own.know(12, metAt + GOOD)).toBe(true);
    expect(own.know(12, metAt + GOOD + 1)).toBe(false);
    own.met(B, 5000);
    own.met(C, 5000);
    const since = [5001, 5002, 5003];
    const known = since.map((at, index) => {
      own.pass(12 + index, 13 + index, at);
      return own.know(13 + index, at);
    });
    expect(known).toEqual([false, false, true]);
  });

  test("are not won by ticks that a minority brings, however regularly", () => {
    const own = steady(5);
    for (let index = 5; index < 20; index++) {
      own.met(B, index * TICK - 1);
      own.pass(7 + index, 8 + index, index * TICK);
    }
    expect(own.know(27, 20 * TICK)).toBe(false);
  });

  test("do not come of meeting strangers", () => {
    const own = bearings();
    for (let index = 0; index < 4; index++) {
      for (const id of ["x", "y", "z"] as PeerId[]) own.met(id, index);
      own.pass(index, index + 1, index);
    }
    expect(own.know(4, 4)).toBe(false);
  });

  test("are won by a leap: nobody held where it ends when a quorum was met at its beginning", () => {
    const own = bearings();
    own.met(B, 10);
    own.met(C, 20);
    own.pass(7, 10, 30);
    expect(own.know(10, 10 + GOOD)).toBe(true);
    expect(own.know(10, 10 + GOOD + 1)).toBe(false);
  });

  test("are lost when other seeds take over", () => {
    const own = steady(5);
    own.forget();
    expect(own.know(12, 5 * TICK)).toBe(false);
  });
});
