import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Replay, readReplay, writeReplay } from "../src/cli/replay-file.ts";
import { verdictText } from "../src/cli/summary.ts";
import { runWorld } from "../src/cli/world-run.ts";
import { drawPlan, FAULT_NAMES, type Plan, Trial } from "../src/index.ts";
import { mutantOf } from "../src/mutants.ts";
import { sim } from "./program.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sim-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const SMALL = [
  "--peers",
  "3",
  "--seeds",
  "3",
  "--minutes",
  "0.2",
  "--pace",
  "lan",
  "--faults",
  "seedCrash,seedFreeze",
];
const small = { peers: 3, seeds: 3, minutes: 0.2, pace: "lan", faults: ["seedCrash", "seedFreeze"] } as const;

/** A cable that nobody plugs in again: whoever is behind it lives, and no seed can know it. */
const hopeless: Plan = {
  ...drawPlan(1, { ...small, faults: [] }),
  loss: 0,
  strikes: [
    { atMs: 1000, fault: "clock", hosts: ["peer 1"], forMs: 0, byMs: 5 },
    { atMs: 2000, fault: "cable", hosts: ["peer 2"], forMs: 0 },
    { atMs: 3000, fault: "join", hosts: [], forMs: 0 },
  ],
};

describe("one world", () => {
  test("is run, and summed up", async () => {
    const { end, stdout, stderr } = await sim(folder, ["--seed", "4", ...SMALL]);
    expect({ end, stderr }).toEqual({ end: 0, stderr: "" });
    expect(stdout).toMatch(/^World 4: 3 seeds and 3 peers, pace lan, 0.2 minutes of trouble\n {2}strikes /);
    expect(stdout).toMatch(/\nAll is well\.\n$/);
  });

  test("says that there was no trouble, or bad weather at most", () => {
    const { plan: calm, ...verdict } = new Trial({ ...hopeless, strikes: [] }).run();
    const text = verdictText({ plan: calm, ...verdict }, 1);
    expect(text).toMatch(
      /^World 1: 3 seeds and 3 peers, pace lan, 0.2 minutes without trouble\n {2}strikes {4}0\n/,
    );
    expect(text).not.toContain("recovered");
    expect(verdictText({ plan: { ...calm, loss: 0.02 }, ...verdict }, 1)).toContain(
      "0.2 minutes of bad weather, 2 % of all segments lost\n",
    );
  });

  test("is one JSON document, the same each time", async () => {
    const verdict = new Trial(drawPlan(4, small)).run();
    const { end, stdout, stderr } = await sim(folder, ["--seed", "4", "--json", ...SMALL]);
    expect({ end, stderr }).toEqual({ end: 0, stderr: "" });
    expect(stdout).toBe(`${JSON.stringify(verdict, undefined, 2)}\n`);
  });

  test("tells its chronicle, of all or of some", async () => {
    const { stdout } = await sim(folder, ["--replay", "4", "--trace", "peer2, seed 1", ...SMALL]);
    expect(stdout).toMatch(/^ {3}0:00.000 {2}seed 1 {3}boots\n {3}0:00.000 {2}peer 2 {3}boots\n/);
    expect(stdout).toMatch(/\nAll is well\.\n$/);
  });
});

test("a world that is interrupted is over at once, and says so", async () => {
  const long = ["--minutes", "10000", "--trace", "all"];
  const { end, stdout } = await sim(folder, [...SMALL, ...long], "boots");
  expect(end).toBe(130);
  expect(stdout).toMatch(/\nInterrupted\.\n$/);
});

test("a world that is interrupted after it broke a rule has failed", async () => {
  const { end, stdout } = await sim(folder, ["--mutant", "wrong-quorum"], "NOT WELL");
  expect(end).toBe(1);
  expect(stdout).toMatch(/NOT WELL: [^]*\nInterrupted\.\n$/);
});

test("charts of the overlay are written where they are wanted", async () => {
  const { end, stdout } = await sim(folder, [...SMALL, "--peers", "20", "--report", "a/b"]);
  expect(end).toBe(0);
  expect(stdout).toMatch(/\n20 peers, \d\d links\n/);
  for (const name of ["degrees.svg", "robustness.svg"])
    expect(readFileSync(join(folder, "a/b", name), "utf8")).toMatch(
      /^<svg [^]*20 peers, \d\d links[^]*<\/svg>\s*$/,
    );
});

describe("a world that fails", () => {
  test("is found to, again and again, and says who was involved", async () => {
    writeFileSync(join(folder, "hopeless.json"), JSON.stringify(hopeless));
    const { end, stdout } = await sim(folder, ["--replay", "hopeless.json", "--trace"]);
    expect(end).toBe(1);
    expect(stdout).toMatch(/NOT WELL: \d+ violations?\.\n {3}\d:\d\d\.\d{3} {2}who lives is listed: /);
    expect(stdout).toMatch(/world {4}\*\*\* cable peer 2\n/);
    expect(stdout).toMatch(/world {4}!!! who lives is listed: /);
  });

  test("is shortened, told, and written to a file that can be replayed", () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
    vi.stubEnv("INIT_CWD", folder);
    try {
      const order = {
        kind: "world",
        isReplay: false,
        trace: undefined,
        report: undefined,
        json: false,
      } as const;
      expect(runWorld({ ...order, plan: hopeless })).toBe(1);
      const text = printed.mock.calls.flat().join("\n");
      expect(text).toMatch(/World 1 fails with its first 2 strikes \(\d runs to find out\):/);
      expect(text).toMatch(/after coming together: cable peer 2\n/);
      expect(text).toMatch(/npm run sim -- --replay sim-1\.json --trace$/);
      const shorter = { ...hopeless, strikes: hopeless.strikes.slice(0, 2) };
      expect(readReplay(join(folder, "sim-1.json"))).toEqual({ plan: shorter });
    } finally {
      printed.mockRestore();
      vi.unstubAllEnvs();
    }
  });

  test("has a file that says how it failed, which is no part of the plan", () => {
    const violations = [{ rule: "a", detail: "b", atMs: 1, hosts: [] }];
    const path = writeReplay(folder, { plan: { ...hopeless, seed: 77 }, violations });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ violations });
    expect(readReplay(path)).toEqual({ plan: { ...hopeless, seed: 77 } });
  });

  test("has a file of its own, whose name has the mutant's in it, and which no other finding overwrites", () => {
    const others = join(folder, "others");
    mkdirSync(others);
    const finding = (rule: string): Replay => ({
      plan: hopeless,
      violations: [{ rule, detail: "c", atMs: 1, hosts: [] }],
    });
    const [first, second] = [finding("a"), finding("b")];
    const findings = [first, second, second, first, { mutant: "amnesia", ...first }];
    expect(findings.map((finding) => basename(writeReplay(others, finding)))).toEqual([
      "sim-1.json",
      "sim-1-2.json",
      "sim-1-2.json",
      "sim-1.json",
      "sim-amnesia-1.json",
    ]);
    expect(readReplay(join(others, "sim-amnesia-1.json"))).toEqual({ mutant: "amnesia", plan: hopeless });
    rmSync(others, { recursive: true });
  });
});

describe("a swarm", () => {
  test("of four tiny worlds is summed up", async () => {
    const { end, stdout, stderr } = await sim(folder, ["--swarm", "4", "--jobs", "2", ...SMALL]);
    expect({ end, stderr }).toEqual({ end: 0, stderr: "" });
    expect(stdout).toMatch(
      /^Worlds 1 to 4, 2 at a time\n\nSummary\n {2}worlds {5}4, 0 failed, 0 violations\n/,
    );
    expect(stdout).toMatch(/\nAll is well\.\n$/);
  });

  test("is one JSON document", async () => {
    const { end, stdout } = await sim(folder, ["--swarm", "2", "--seed", "9", "--json", ...SMALL]);
    expect(end).toBe(0);
    const strikes = [9, 10].flatMap((seed) => drawPlan(seed, small).strikes);
    const document = JSON.parse(stdout) as { strikes: Record<string, number> };
    expect(document).toMatchObject({
      worlds: 2,
      failed: 0,
      violations: 0,
      isInterrupted: false,
      failures: [],
    });
    expect(Object.values(document.strikes).reduce((sum, count) => sum + count, 0)).toBe(strikes.length);
  });

  test("that is interrupted ends its processes, and says what it knows", async () => {
    // It closes its output once the last process that holds it is gone.
    const { end, stdout } = await sim(folder, ["--swarm", "100000", "--jobs", "2", ...SMALL], "at a time");
    expect(end).toBe(130);
    expect(stdout).toMatch(/\nInterrupted\. Until then:\n {2}worlds {5}\d+, 0 failed/);
    expect(stdout).toMatch(/\nNothing wrong in \d+ of 100000 worlds\.\n$/);
  });
});

test("a world of a mutant runs on its sources, in the mutant's own sizes, and is replayed on them", async () => {
  const { end, stdout } = await sim(folder, ["--mutant", "wrong-quorum", "--replay", "1", "--peers", "2"]);
  expect(stdout).toMatch(/^World 1: 5 seeds \(f = 1\) and 2 peers, pace lan/);
  expect(stdout).toMatch(/votes and lists: add of peer \d certified by 3 of 5 seeds/);
  expect(end).toBe(1);
});

test("the file of a mutant's world is replayed on the mutant's sources", async () => {
  const plan = drawPlan(1, mutantOf("wrong-quorum").scope);
  writeFileSync(join(folder, "mutant.json"), JSON.stringify({ mutant: "wrong-quorum", plan }));
  const { end, stdout } = await sim(folder, ["--replay", "mutant.json"]);
  expect(stdout).toMatch(/votes and lists: add of peer \d certified by 3 of 5 seeds/);
  expect(end).toBe(1);
});

describe("bad input is one sentence, and exit code 2", () => {
  test.each<[what: string, args: string[], sentence: RegExp]>([
    ["an unknown option", ["--bogus"], /--bogus is unknown; --help lists the options/],
    ["half an option", ["--f", "1"], /--f is unknown: did you mean --faulty or --faults\?/],
    ["an option less a letter", ["--peer=3"], /--peer is unknown: did you mean --peers\?/],
    ["letters in another order", ["--sede", "3"], /--sede is unknown: did you mean --seed or --seeds\?/],
    ["an option without its value", ["--peers", "--json"], /--peers needs a value; --help lists the options/],
    ["an option without anything", ["--peers"], /--peers needs a value; --help lists the options/],
    ["less than no peers", ["--peers", "-3"], /--peers is a whole number from 0, not "-3"/],
    ["an option without its --", ["5"], /Unexpected argument '5'; options come after --, as in/],
    ["an unknown fault", ["--faults", "crash,flood"], /there is no fault "flood"; there are crash, kill,/],
    ["f without 3f + 1", ["--seeds", "3", "--faulty", "1"], /f = 1 needs 3f \+ 1 = 4 seeds, there are 3/],
    ["no peers", ["--peers", "0"], /peers are a whole number from 1 to 100000, not 0/],
    ["half a peer", ["--peers", "1.5"], /--peers is a whole number from 0, not "1.5"/],
    ["no time", ["--minutes", "0"], /minutes are more than 0/],
    ["less than no time", ["--minutes", "-1"], /minutes are more than 0 .*, not -1/],
    ["less than no time, in one word", ["--minutes=-1"], /minutes are more than 0 .*, not -1/],
    ["time in words", ["--minutes", "ten"], /--minutes is a number, not "ten"/],
    ["another pace", ["--pace", "fast"], /--pace is lan or assignment, not "fast"/],
    ["a swarm of none", ["--swarm", "0"], /--swarm is a whole number from 1, not "0"/],
    ["a night of no hours", ["--hours", "0"], /--hours is more than 0, not 0/],
    ["a replay of many", ["--swarm", "2", "--replay", "7"], /--replay and --swarm do not go together/],
    ["a chronicle of many", ["--swarm", "2", "--trace"], /--trace and --swarm do not go together/],
    ["a chronicle in JSON", ["--json", "--trace"], /--trace and --json do not go together/],
    ["a stranger's chronicle", ["--trace", "peer 99"], /--trace: there is no host "peer 99" in this world/],
    [
      "an unknown bug",
      ["--mutant", "rabies"],
      /there is no mutant "rabies"; there are double-vote, amnesia,/,
    ],
    ["one bug and all", ["--mutant", "amnesia", "--mutants"], /--mutants and --mutant do not go together/],
    ["all bugs in other worlds", ["--mutants", "--peers", "3"], /--peers and --mutants do not go together/],
    ["a file of an unknown bug", ["--replay", "rabid.json"], /there is no mutant "rabies"; there are/],
    ["a missing file", ["--replay", "nowhere.json"], /cannot read .*nowhere\.json: ENOENT/],
    ["a file that is no JSON", ["--replay", "text.json"], /text\.json is not JSON/],
    ["a file with no plan", ["--replay", "empty.json"], /empty\.json holds no plan .*: seed is missing/],
    [
      "another world than the file's",
      ["--replay", "x.json", "--peers", "3"],
      /--peers and --replay FILE do not/,
    ],
  ])("%s", async (_, args, sentence) => {
    writeFileSync(join(folder, "text.json"), "{");
    writeFileSync(join(folder, "empty.json"), '{ "plan": {} }');
    writeFileSync(join(folder, "rabid.json"), JSON.stringify({ mutant: "rabies", plan: hopeless }));
    const { end, stdout, stderr } = await sim(folder, args);
    expect({ end, stdout }).toEqual({ end: 2, stdout: "" });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(sentence);
  });

  test("but asking for help is none, and names all faults", async () => {
    const { end, stdout, stderr } = await sim(folder, ["--help"]);
    expect({ end, stderr }).toEqual({ end: 0, stderr: "" });
    for (const name of FAULT_NAMES) expect(stdout).toMatch(new RegExp(`\\n  ${name} +\\w`));
  });
});

test("nothing is written that was not asked for", () => {
  const written = readdirSync(folder).toSorted();
  expect(written).toEqual([
    "a",
    "empty.json",
    "hopeless.json",
    "mutant.json",
    "rabid.json",
    "sim-1.json",
    "sim-77.json",
    "text.json",
  ]);
});
