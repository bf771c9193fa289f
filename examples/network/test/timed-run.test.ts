import { describe, expect, test } from "vitest";
import type { Summary } from "../src/launcher/summary.ts";
import { freePorts, Place } from "./program.ts";

interface Outcome {
  readonly exitCode: number | string;
  readonly stderr: readonly string[];
  readonly summary: Summary;
  readonly leftOver: readonly number[];
  readonly seeds: readonly string[];
}

/** A timed run of 3 seeds and 5 peers at the faster pace. */
async function timedRun(...faults: string[]): Promise<Outcome> {
  // Closed here and not by a hook: of tests that run at once, the hooks of all are the last one's.
  const place = new Place();
  try {
    return await runIn(place, faults);
  } finally {
    await place.close();
  }
}

async function runIn(place: Place, faults: readonly string[]): Promise<Outcome> {
  const port = await freePorts(8);
  const ports = ["--seed-port", String(port), "--peer-port", String(port + 3)];
  const data = ["--data", `${place.folder}/data`];
  const program = place.run("start", ...ports, ...data, "--profile", "lan", "--json", ...faults);
  const exitCode = await program.ended;
  const text = program.stdout.join("\n");
  if (!text.startsWith("{"))
    throw new Error(`no summary, ended with ${exitCode}:\n${text}\n${program.stderr.join("\n")}`);
  return {
    exitCode,
    stderr: program.stderr,
    summary: JSON.parse(text) as Summary,
    leftOver: place.pids(),
    seeds: [0, 1, 2].map((index) => `seed ${port + index}`),
  };
}

function expectWell({ exitCode, stderr, summary, leftOver, seeds }: Outcome, members: number): void {
  expect(summary.problems).toEqual([]);
  expect({ ok: summary.ok, exitCode, stderr, leftOver }).toEqual({
    ok: true,
    exitCode: 0,
    stderr: [],
    leftOver: [],
  });
  expect(summary.gossip).toMatchObject({ percent: 100, repeated: 0 });
  expect(summary.gossip.messages).toBeGreaterThan(20);
  expect(summary.gossip.deliveries).toBe(summary.gossip.expected);
  expect(summary.gossip.copiesPerDelivery).toBeGreaterThanOrEqual(1);
  expect(summary.falseRemovals).toEqual([]);
  expect(summary.lists).toEqual({ equal: true, members });
  expect(summary.overlay.components).toBe(1);
  expect(Object.keys(summary.overlay.degrees)).toHaveLength(members);
  for (const { secondsAtSeeds } of summary.removals) {
    expect(Object.keys(secondsAtSeeds)).toEqual(seeds);
    for (const seconds of Object.values(secondsAtSeeds)) expect(seconds).toBeGreaterThan(0);
  }
  expect(summary.processes).toHaveLength(3 + members);
  for (const { rssBytes, cpuSeconds, cpuPercent } of summary.processes) {
    expect(rssBytes).toBeGreaterThan(2 ** 20);
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(cpuPercent).toBeGreaterThan(0);
  }
}

describe.concurrent("a timed run", () => {
  test("removes the one that is killed", async () => {
    const outcome = await timedRun("--duration", "12", "--kill", "1");
    expectWell(outcome, 4);
    expect(outcome.summary.removals.map(({ fault }) => fault)).toEqual(["killed"]);
  });

  test("removes the one that is frozen, and leaves it out of the reach", async () => {
    const outcome = await timedRun("--duration", "12", "--freeze", "1");
    expectWell(outcome, 4);
    expect(outcome.summary.removals.map(({ fault }) => fault)).toEqual(["frozen"]);
  });

  test("removes the one that leaves at once, and not the one that is restarted", async () => {
    const outcome = await timedRun("--duration", "18", "--restart", "1", "--leave", "1");
    expectWell(outcome, 4);
    expect(outcome.summary.removals.map(({ fault }) => fault)).toEqual(["left"]);
    expect(outcome.summary.restarts).toEqual([
      { address: expect.any(String), secondsAway: expect.any(Number) },
    ]);
  });

  test("removes three of five that are killed together", async () => {
    const outcome = await timedRun("--duration", "12", "--kill", "3");
    expectWell(outcome, 2);
    expect(outcome.summary.removals.map(({ fault }) => fault)).toEqual(["killed", "killed", "killed"]);
  });
});
