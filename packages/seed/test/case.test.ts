import { describe, expect, test } from "vitest";
import { Case, type CaseStep } from "../src/case.ts";
import { ASSIGNMENT_TIMING } from "../src/timing.ts";

type Looked = "refused" | "silent" | "busy";

/** How long a look takes until it has this result, in milliseconds. */
const TAKES = { refused: 50, silent: 4000, busy: 0 } as const;

/**
 * Plays a case through. `looks` are the results of its looks, the last one of all that follow; `testimonies` come
 * `afterMs` after witnesses were asked. What happened, as a list of `age step`.
 */
function played(
  looks: readonly Looked[],
  {
    testimonies = [],
    afterMs = 100,
    untilMs = 30_000,
  }: {
    testimonies?: readonly ("refused" | "silent" | "alive" | "busy" | "unknown" | undefined)[];
    afterMs?: number;
    untilMs?: number;
  } = {},
): string[] {
  const course = new Case(ASSIGNMENT_TIMING);
  const happened: string[] = [];
  const due: { at: number; task: (age: number) => void }[] = [];
  let age = 0;
  let count = 0;
  const ask = (): void => {
    happened.push(`${age} ask`);
    course.asked(testimonies.length);
    for (const one of testimonies) due.push({ at: age + afterMs, task: () => course.testified(one) });
  };
  const act = (step: CaseStep): boolean => {
    if (step.kind === "look") {
      happened.push(`${age} look`);
      course.looking(age);
      const outcome = looks[Math.min(count++, looks.length - 1)] as Looked;
      due.push({ at: age + TAKES[outcome], task: (now) => course.looked(outcome, now) });
      if (step.withWitnesses) ask();
    } else if (step.kind === "ask") ask();
    else if (step.kind === "vote") {
      happened.push(`${age} vote`);
      course.voted(age);
    } else {
      if (step.kind === "wait") due.push({ at: step.untilMs, task: () => undefined });
      return false;
    }
    return true;
  };
  while (age <= untilMs) {
    while (act(course.next(age)));
    due.sort((a, b) => a.at - b.at);
    const next = due.shift();
    if (next === undefined) break;
    age = next.at;
    next.task(age);
  }
  return happened;
}

/** When the first vote was due. */
function firstVote(happened: readonly string[]): number {
  return Number(happened.find((line) => line.endsWith("vote"))?.split(" ")[0]);
}

describe("a case", () => {
  test("refused five times: looks at 0, 2, 4, 6, 8 s, witnesses after the first, a vote after the last", () => {
    expect(played(["refused"], { testimonies: ["refused", "busy"], untilMs: 9000 })).toEqual([
      "0 look",
      "50 ask",
      "2000 look",
      "4000 look",
      "6000 look",
      "8000 look",
      "8050 vote",
    ]);
  });

  test("silent: rounds at 0, 7, 14 s, witnesses after the first look and with the later ones, a vote at 20 s", () => {
    expect(played(["silent"], { testimonies: ["silent"], untilMs: 21_000 })).toEqual([
      "0 look",
      "4000 ask",
      "7000 look",
      "7000 ask",
      "14000 look",
      "14000 ask",
      "20000 vote",
    ]);
  });

  test("after a vote: again every 5 s, each time after a fresh look", () => {
    const happened = played(["silent"], { untilMs: 32_000 });
    expect(happened.slice(-2)).toEqual(["25000 look", "29000 vote"]);
    expect(happened.filter((line) => line.endsWith("vote"))).toEqual(["20000 vote", "29000 vote"]);
  });

  test.each([
    ["refused, but a witness was met with silence", ["refused"], ["silent"]],
    ["refused, but a witness says alive and proves nothing", ["refused"], ["alive"]],
    ["refused, then silent", ["refused", "silent"], []],
    ["silent, then refused", ["silent", "refused"], []],
    ["the last look is silent", ["refused", "refused", "refused", "refused", "silent"], []],
  ] as const)("%s: no fast way, 20 s", (_, looks, testimonies) => {
    expect(firstVote(played(looks, { testimonies }))).toBeGreaterThanOrEqual(20_000);
  });

  test.each([[["busy"]], [["unknown"]], [[undefined]], [["busy", "unknown", undefined, "refused"]]] as const)(
    "witnesses that did not look (%j) do not stop the fast way",
    (testimonies) => {
      expect(firstVote(played(["refused"], { testimonies }))).toBe(8050);
    },
  );

  test("the vote waits for the last witness", () => {
    expect(firstVote(played(["refused"], { testimonies: ["refused", undefined], afterMs: 9000 }))).toBe(9050);
  });

  test("a look that did not take place counts for nothing and is tried again", () => {
    const happened = played(["busy", "busy", "refused"], { untilMs: 9000 });
    expect(happened).toEqual([
      "0 look",
      "1000 look",
      "2000 look",
      "2050 ask",
      "2050 look",
      "4000 look",
      "6000 look",
      "8000 look",
      "8050 vote",
    ]);
  });

  test("a case that comes to nothing is given up after two minutes", () => {
    const course = new Case(ASSIGNMENT_TIMING);
    expect(course.next(119_999).kind).toBe("look");
    expect(course.next(120_000).kind).toBe("give up");
  });
});
