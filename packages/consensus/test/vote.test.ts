import { describe, expect, test } from "vitest";
import { contradict, type Fact } from "../src/index.ts";
import { ballotPaper, castOf, hash, idFrom } from "./cast.ts";

const LEASE_TICKS = 100;

const cast = castOf(4, 1);
const addition = (incarnation: number, content: string): Fact => ({
  kind: "add",
  peer: idFrom(7),
  incarnation,
  digest: hash(content),
});
const vote = (fact: Fact, tick = 5000, seat = 0) => ballotPaper(cast, seat, fact, tick);
const first = vote(addition(3, "one"));

describe("two votes of a seed contradict each other", () => {
  test.each([
    ["on two contents of one life", vote(addition(3, "other"))],
    ["as long as both have to be remembered", vote(addition(3, "other"), 5199)],
    ["the earlier one seen later as well", vote(addition(3, "other"), 4801)],
  ])("%s", (_, second) => {
    expect(contradict(first, second, LEASE_TICKS)).toBe(true);
    expect(contradict(second, first, LEASE_TICKS)).toBe(true);
  });
});

describe("two votes do not contradict each other", () => {
  test.each([
    ["on one content, cast again", vote(addition(3, "one"), 5001)],
    ["on two lives", vote(addition(4, "other"))],
    ["of two seeds", vote(addition(3, "other"), 5000, 1)],
    ["in two configurations", { ...vote(addition(3, "other")), cfg: hash("another") }],
    ["two leases apart, when the first was forgotten", vote(addition(3, "other"), 5200)],
  ])("%s", (_, second) => {
    expect(contradict(first, second, LEASE_TICKS)).toBe(false);
    expect(contradict(second, first, LEASE_TICKS)).toBe(false);
  });
});
