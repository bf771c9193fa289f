import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Attack } from "../src/attacks/attack.ts";
import { ATTACKS, attackOf } from "../src/attacks/catalogue.ts";
import { Record } from "../src/attacks/record.ts";
import { THREATS } from "../src/attacks/threats.ts";
import { WEAKNESSES } from "../src/attacks/weaknesses.ts";
import { WorkerProcess } from "../src/cli/worker-process.ts";
import { mutate } from "../src/mutant.ts";
import { attacks } from "./program.ts";

/** More of them: `npm run attacks`. */
const WORLDS = Number(process.env["ATTACK_WORLDS"] ?? 1);
/** A small world: four seeds of which one may lie, five peers. */
const FIRST = 6;

function neverRun(): never {
  throw new Error("not run");
}

/** A file of this repository. */
function textOf(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), "utf8");
}

/** An attack without a world, that came to these figures in its worlds. */
function recordOf(measure: Attack["measures"][string], ...values: readonly number[]): Record {
  const record = new Record({ number: 1, name: "", stoppedBy: "", measures: { it: measure }, run: neverRun });
  for (const [seed, it] of values.entries()) record.count(seed, { figures: { it }, wrong: [] });
  return record;
}

describe("an attack is stopped:", () => {
  test.each(ATTACKS)("$number, $name", (attack) => {
    const record = new Record(attack);
    for (let seed = FIRST; seed < FIRST + WORLDS; seed++) record.count(seed, attack.run(seed));
    expect(record.wrong).toEqual([]);
    expect(record.readings.filter(({ holds }) => !holds)).toEqual([]);
  });

  test("and has a number of its own", () => {
    expect(new Set(ATTACKS.map(({ number }) => number)).size).toBe(ATTACKS.length);
    expect(() => attackOf(0)).toThrow(/there is no attack 0; there are 1, 2, 3/);
  });
});

describe("what a hostile reading asked", () => {
  test.each(THREATS.map((one) => [one.row, one] as const))(
    "(%s) is answered by what there is",
    (_, threat) => {
      expect(threat.attacks.length + threat.tests.length).toBeGreaterThan(0);
      for (const number of threat.attacks) expect(attackOf(number).number).toBe(number);
    },
  );

  test("is printed, with file and name of each test", async () => {
    const { end, stdout } = await attacks(tmpdir(), ["--threats"]);
    expect(stdout).toMatch(/^\| row \| what could happen \| attacks \| tests \|\n/);
    for (const { row } of THREATS) expect(stdout).toContain(`\n| ${row} | `);
    expect(end).toBe(0);
  });
});

describe("a record", () => {
  test.each([
    ["the sum", { of: "sum", atMost: 3 }, [1, 2], 3, true],
    ["the sum, too much", { of: "sum", atMost: 3 }, [2, 2], 4, false],
    ["the mean", { of: "mean", atMost: 2 }, [1, 4], 2.5, false],
    ["the most", { of: "worst", atMost: 2 }, [1, 3, 2], 3, false],
    ["the least", { of: "worst", atLeast: 1 }, [2, 0, 3], 0, false],
    ["no number", { of: "worst", atMost: 1 }, [Number.NaN], Number.NaN, false],
  ] as const)("says %s", (_, measure, values, value, holds) => {
    const record = recordOf({ label: "it", ...measure }, ...values);
    expect(record.readings).toMatchObject([{ value, holds }]);
    expect(record.holds).toBe(holds);
  });

  test("holds for nothing where a rule was broken, or nothing was run", () => {
    const record = recordOf({ label: "it", of: "sum", atMost: 1 }, 0);
    record.fail(7, ["a", "b", "c", "d", "e", "f"]);
    expect(record.holds).toBe(false);
    expect(record.wrong).toEqual(["a", "b", "c", "d", "e"].map((one) => `world 7: ${one}`));
    expect(recordOf({ label: "it", of: "sum", atMost: 1 }).holds).toBe(false);
  });
});

test("what took for ever takes for ever in the table, too", async () => {
  const folder = mkdtempSync(join(tmpdir(), "p2p-worker-"));
  const program = join(folder, "worker.mjs");
  const answer = '{ kind: "attack", outcome: { figures: { seconds: Infinity }, wrong: [] } }';
  writeFileSync(program, `process.on("message", () => process.send(${answer}));`);
  const worker = new WorkerProcess([program]);
  const told = await worker.ask({ kind: "attack", number: 5, seed: 1 });
  expect(told).toMatchObject({ outcome: { figures: { seconds: Number.POSITIVE_INFINITY } } });
  worker.kill();
  rmSync(folder, { recursive: true });
});

describe("without its defence", () => {
  test.each(WEAKNESSES)("$name fits the sources as they are", (weakness) => {
    for (const file of new Set(weakness.edits.map((edit) => edit.file)))
      expect(mutate(weakness, file, textOf(file))).not.toBe(textOf(file));
  });

  test("every attack has one", () => {
    const numbers = new Set(WEAKNESSES.map(({ attack }) => attack));
    expect(ATTACKS.map(({ number }) => number).filter((number) => !numbers.has(number))).toEqual([]);
  });

  test.each([
    [1, 10],
    [11, 20],
    [21, 30],
    [31, 40],
  ])("attacks %i to %i succeed", async (first, last) => {
    const numbers = ATTACKS.map(({ number }) => number).filter((number) => first <= number && number <= last);
    const { end, stdout } = await attacks(tmpdir(), ["--weakened", "--json", "--only", numbers.join(",")]);
    const breaches = JSON.parse(stdout) as readonly {
      weakness: { name: string; attack: number };
      worlds?: number;
    }[];
    expect(
      breaches.filter(({ worlds }) => worlds === undefined).map(({ weakness }) => weakness.name),
    ).toEqual([]);
    expect(new Set(breaches.map(({ weakness }) => weakness.attack))).toEqual(new Set(numbers));
    expect(end).toBe(0);
  });
});

describe("npm run attacks", () => {
  test("prints a table of those that are asked for", async () => {
    const { end, stdout } = await attacks(tmpdir(), ["--only", "23,25", "--worlds", "2"]);
    expect(stdout).toMatch(/^\| no\. \| attack \| stopped by \| figure \| worlds \| verdict \|\n/);
    expect(stdout).toMatch(
      /\n\| 25 \| 300 join 1000 .* highest degree \d+ \(≤ 64\); .* \| 2 \| stopped \|\n/,
    );
    expect(end).toBe(0);
  });

  test.each([
    [["--only", "3,x"], /--only takes numbers with commas between, as in 3,12, not "x"$/m],
    [["--only", "99"], /--only: there is no attack 99/],
    [["--threats", "--only", "5"], /--threats prints all of them/],
    [["--world", "3"], /--world is unknown: did you mean --worlds/],
    [["--worlds", "0"], /--worlds is a whole number from 1/],
  ])("%j is one sentence and exit code 2", async (args, sentence) => {
    const { end, stderr } = await attacks(tmpdir(), args);
    expect(stderr).toMatch(sentence);
    expect(end).toBe(2);
  });

  test("--help names them all", async () => {
    const { stdout } = await attacks(tmpdir(), ["--help"]);
    for (const { name } of ATTACKS) expect(stdout).toContain(name);
  });
});
