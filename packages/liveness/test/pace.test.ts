import { describe, expect, test } from "vitest";
import { ASSIGNMENT_TIMING, LAN_TIMING, type LivenessTiming } from "../src/index.ts";
import { Mesh } from "./mesh.ts";

const RUNS = 60;

/** Seconds from the end of one of five to the first report of it: median and longest of 60 worlds. */
function pace(
  timing: LivenessTiming,
  end: "crash" | "vanish",
): { readonly median: number; readonly longest: number } {
  const seconds = Array.from({ length: RUNS }, (_, index) => {
    const mesh = new Mesh("abcde", { seed: index + 1, liveness: { timing } });
    mesh.world.run(2 * timing.pingIntervalMs + mesh.world.random.next() * timing.pingIntervalMs);
    const { now } = mesh.world;
    mesh.host("e")[end]();
    mesh.world.run(60_000);
    return mesh.firstAfter(now, "confirmed", "e") / 1000;
  }).toSorted((a, b) => a - b);
  return { median: seconds[RUNS / 2] as number, longest: seconds[RUNS - 1] as number };
}

describe.each<[string, LivenessTiming, number, number]>([
  ["ASSIGNMENT_TIMING", ASSIGNMENT_TIMING, 6, 35],
  ["LAN_TIMING", LAN_TIMING, 2, 5],
])("with %s", (name, timing, killedWithin, silentWithin) => {
  test.each<[string, "crash" | "vanish", number]>([
    ["killed", "crash", killedWithin],
    ["without its cable", "vanish", silentWithin],
  ])("a node that is %s is reported in time", (what, end, within) => {
    const { median, longest } = pace(timing, end);
    console.info(
      `${name}, ${what} → confirmed: median ${median.toFixed(1)} s, longest ${longest.toFixed(1)} s`,
    );
    expect(longest).toBeLessThan(within);
  });
});
