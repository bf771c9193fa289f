import { describe, expect, test } from "vitest";
import { readTraces } from "../src/cli/traces.ts";
import { Replay } from "../src/replay/replay.ts";
import type { Move, Trace } from "../src/replay/trace.ts";

const traces = readTraces();

describe("real seeds do what the model's seeds do", () => {
  test.each(traces.map((trace) => [trace.name, trace] as const))("in %s", (_, trace) => {
    expect(new Replay().run(trace)).toBeUndefined();
  });

  test("in every kind of move", () => {
    const kinds = new Set(traces.flatMap(({ steps }) => steps.map(({ move }) => move.kind)));
    const all: readonly Move["kind"][] = [
      ...(["Begin", "Live", "Wish", "Stand", "Register", "Look", "Leave", "Show"] as const),
      ...(["Hear", "Learn", "Restart", "Catch", "Listen", "Pass"] as const),
    ];
    expect([...kinds].toSorted()).toEqual(all.toSorted());
  });
});

test("a step that the real seed takes otherwise is named", () => {
  const [step] = traces[0]?.steps ?? [];
  const late = { ...step, seeds: { 1: { tick: 4, holds: "", voted: [] } } } as Trace["steps"][number];
  expect(new Replay().run({ name: "late", steps: [late] })).toMatch(
    /^late, step 0, .*: seed 1 is .*"tick":3/,
  );
});
