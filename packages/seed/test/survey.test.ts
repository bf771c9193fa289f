import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { Survey } from "../src/survey.ts";

const ids = Array.from({ length: 10 }, (_, index) => `peer ${index}` as PeerId);
const [victim] = ids as [PeerId];

/** A survey of so many, the victim among them, of whom so many others have answered. */
function surveyed(size: number, answers: number): Survey {
  const survey = new Survey(ids.slice(0, size), new Uint8Array(32), 0);
  for (const id of ids.slice(1, 1 + answers)) survey.answer(id);
  return survey;
}

describe("a survey", () => {
  test.each([
    [1, 0, false],
    [2, 0, false],
    [2, 1, true],
    [3, 0, false],
    [3, 1, true],
    [4, 1, false],
    [4, 2, true],
    [5, 2, true],
    [6, 2, false],
    [10, 4, false],
    [10, 5, true],
  ])("of %i members, the missed one among them, %i of whom answer: enough is %s", (size, answers, enough) => {
    expect(surveyed(size, answers).isEnough(victim)).toBe(enough);
  });

  test("answers who asks as soon as half have answered", () => {
    const survey = surveyed(5, 1);
    const heard: boolean[] = [];
    survey.ask(victim, (isEnough) => heard.push(isEnough));
    survey.answer("stranger" as PeerId);
    survey.answer(ids[1] as PeerId);
    expect(heard).toEqual([]);
    survey.answer(ids[2] as PeerId);
    survey.finish();
    expect(heard).toEqual([true]);
  });

  test("says no when time is up, and takes no answer afterwards", () => {
    const survey = surveyed(5, 1);
    const heard: boolean[] = [];
    survey.ask(victim, (isEnough) => heard.push(isEnough));
    survey.finish();
    for (const id of ids) survey.answer(id);
    survey.ask(victim, (isEnough) => heard.push(isEnough));
    expect(heard).toEqual([false, false]);
    expect(survey.answers).toBe(1);
  });

  test("that was given up tells nobody", () => {
    const survey = surveyed(5, 1);
    const heard: boolean[] = [];
    survey.ask(victim, (isEnough) => heard.push(isEnough));
    survey.abandon();
    for (const id of ids) survey.answer(id);
    survey.finish();
    expect(heard).toEqual([]);
  });
});
