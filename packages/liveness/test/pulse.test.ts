import { describe, expect, test } from "vitest";
import { Pulse } from "../src/pulse.ts";

const limits = { pingTimeoutMinMs: 1000, pingTimeoutMaxMs: 4000 };

/** A pulse whose one question was answered after `ms`. */
function answeredAfter(ms: number): Pulse {
  const pulse = new Pulse(limits);
  pulse.answer(pulse.ask(0), ms);
  return pulse;
}

describe("the wait for an answer", () => {
  test.each([
    [10, 1000],
    [250, 1000],
    [251, 1004],
    [900, 3600],
    [1000, 4000],
    [3000, 4000],
  ])("after a round trip of %i ms is %i ms", (roundTripMs, timeoutMs) => {
    expect(answeredAfter(roundTripMs).timeoutMs).toBe(timeoutMs);
  });

  test("is the longest one before the first answer", () => {
    expect(new Pulse(limits).timeoutMs).toBe(4000);
  });

  test("follows the mean, by an eighth each time", () => {
    const pulse = answeredAfter(800);
    pulse.answer(pulse.ask(1000), 1000);
    expect(pulse.roundTripMs).toBe(700);
  });
});

test("an answer that may have lain unread ends the row, and measures nothing", () => {
  const pulse = answeredAfter(800);
  pulse.expire(pulse.ask(1000));
  expect(pulse.answer(2, undefined)).toBe(true);
  expect([pulse.misses, pulse.roundTripMs]).toEqual([0, 800]);
});

test("unanswered questions are misses in a row", () => {
  const pulse = new Pulse(limits);
  expect([pulse.expire(pulse.ask(0)), pulse.expire(pulse.ask(1)), pulse.misses]).toEqual([1, 2, 2]);
});

test("an answer in time is no miss, and ends the row", () => {
  const pulse = new Pulse(limits);
  pulse.expire(pulse.ask(0));
  const second = pulse.ask(1);
  pulse.answer(second, 2);
  expect([pulse.expire(second), pulse.misses]).toEqual([0, 0]);
});

test("a late answer is a sign of life, but the question asked since is still open", () => {
  const pulse = new Pulse(limits);
  const first = pulse.ask(0);
  pulse.expire(first);
  const second = pulse.ask(13_000);
  expect(pulse.answer(first, 13_001)).toBe(true);
  expect([pulse.misses, pulse.roundTripMs, pulse.expire(second)]).toEqual([0, undefined, 1]);
});

test.each([
  ["never asked", 2],
  ["answered before", 1],
  ["before all questions", 0],
])("an answer to what was %s says nothing", (_, sequence) => {
  const pulse = new Pulse(limits);
  pulse.answer(pulse.ask(0), 10);
  expect(pulse.answer(sequence, 20)).toBe(false);
});
