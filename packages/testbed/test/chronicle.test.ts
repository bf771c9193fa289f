import { describe, expect, test } from "vitest";
import { Chronicle, type Plan, Trial, timeText, type Whom } from "../src/index.ts";

/** A small world in which a peer dies for good, a seed is away for a while, and another peer joins. */
const plan: Plan = {
  seed: 4,
  seeds: 3,
  faulty: 0,
  peers: 4,
  pace: "lan",
  arrivalMs: 0,
  minutes: 1,
  loss: 0,
  strikes: [
    { atMs: 5000, fault: "kill", hosts: ["peer 2"], forMs: 0 },
    { atMs: 30_000, fault: "seedCrash", hosts: ["seed 3"], forMs: 4000 },
    { atMs: 40_000, fault: "join", hosts: [], forMs: 0 },
  ],
};

function chronicleOf(whom: Whom): string[] {
  const lines: string[] = [];
  new Trial(plan, { observers: [new Chronicle((line) => lines.push(line), whom)] }).run();
  return lines;
}

describe("the chronicle of a small world", () => {
  const all = chronicleOf("all");

  test.each([
    "seed 1   boots",
    "seed 1   is in step with a quorum",
    "peer 2   boots",
    "seed 1   → peer 3: REGISTER_ANSWER",
    "seed 1   votes to add peer 3, life 1767225600",
    "seed 1   lists peer 2, life 1767225600: certified",
    "peer 2   is registered, life 1767225600",
    "world    *** kill peer 2",
    "seed 1   opens a case about peer 2: report",
    "seed 1   votes to remove peer 2: dead",
    "seed 1   lists peer 2 no longer: dead",
    "seed 1   closes the case about peer 2: removed",
    "world    *** seedCrash seed 3 for 4 s",
    "world    *** end of seedCrash seed 3",
    "world    *** join",
    "peer 5   boots",
    "peer 5   is registered, life 1767225641",
    "peer 1   publishes 1, life 1767225600",
  ])("says: %s", (text) => {
    expect(all.map(textOf)).toContain(text);
  });

  test.each([
    /^peer \d {3}is a neighbour of peer \d$/,
    /^peer \d {3}suspects peer 2$/,
    /^peer \d {3}accuses peer 2$/,
    /^peer \d {3}has a majority against peer 2$/,
    /^peer \d {3}delivers 1 of peer \d, life 1767225600, by peer \d$/,
  ])("has a line like %s", (pattern) => {
    expect(all.map(textOf)).toContainEqual(expect.stringMatching(pattern));
  });

  test("is in the order of time, and leaves out what comes and goes all the time", () => {
    const times = all.map((line) => line.slice(0, 11));
    expect(times.toSorted()).toEqual(times);
    expect(all.filter((line) => /: (PING|PONG|POLL|STATUS|BATCH)$/.test(line))).toEqual([]);
  });

  test("calls everybody by name", () => {
    expect(all.filter((line) => /[0-9a-f]{16}/.test(line))).toEqual([]);
  });

  test("of one host has what it does, what is done to it, and what hits all", () => {
    const lines = chronicleOf(new Set(["peer 2"])).map(textOf);
    expect(lines).toContain("peer 2   boots");
    expect(lines).toContain("seed 1   lists peer 2 no longer: dead");
    expect(lines).toContain("world    *** join");
    expect(lines).not.toContain("peer 1   boots");
    expect(lines.filter((line) => !/peer 2|\*\*\* join|!!!/.test(line))).toEqual([]);
  });
});

test("a stranger has a name, in what it gets and in what is wrong with it", () => {
  const lines: string[] = [];
  const twins = [{ atMs: 5000, fault: "twins", hosts: [], forMs: 10_000 }] as const;
  const chronicle = new Chronicle((line) => lines.push(line));
  const trial = new Trial({ ...plan, strikes: twins }, { observers: [chronicle] });
  trial.run();
  expect(lines.map(textOf)).toContain("seed 1   → twins 8: PROBE");
  expect(lines.filter((line) => /nobody|[0-9a-f]{16}/.test(line))).toEqual([]);
  const { names, world } = trial.network;
  expect(names.get(world.hosts.get("twins 8")?.signer.id ?? "")).toBe("twins 8");
});

test.each([
  [0, "   0:00.000"],
  [61_234.5678, "   1:01.235"],
  [6_000_000, " 100:00.000"],
])("%d ms are written as %s", (ms, text) => {
  expect(timeText(ms)).toBe(text);
});

function textOf(line: string): string {
  return line.slice(13);
}
