import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import type { Quarry } from "../src/cli/hunt.ts";
import { drawPlan, FAULT_NAMES, Trial } from "../src/index.ts";
import { mutate } from "../src/mutant.ts";
import { MUTANTS } from "../src/mutants.ts";
import { sim } from "./program.ts";

function sourceOf(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), "utf8");
}

describe("a mutant", () => {
  test.each(MUTANTS)("$name fits the sources as they are, and compiles", async (mutant) => {
    for (const file of new Set(mutant.edits.map((edit) => edit.file))) {
      const mutated = mutate(mutant, file, sourceOf(file));
      expect(mutated).not.toBe(sourceOf(file));
      await expect(transform(mutated, { loader: "ts" })).resolves.toMatchObject({ warnings: [] });
    }
  });

  test.each([
    ["more than once", "twice twice"],
    ["nowhere", "once"],
  ])("whose piece of text is there %s does not pass for one", (_, source) => {
    const [mutant] = MUTANTS as [(typeof MUTANTS)[number]];
    const edits = [{ file: "a.ts", from: "twice", to: "" }];
    expect(() => mutate({ ...mutant, edits }, "a.ts", source)).toThrow(
      /a\.ts has its piece of text [02] times/,
    );
    expect(mutate({ ...mutant, edits }, "b.ts", source)).toBe(source);
  });
});

test("every bug is caught by its rule, and what catches it says nothing of the same worlds without it", async () => {
  const { end, stdout, stderr } = await sim(tmpdir(), ["--mutants", "--json"]);
  expect(stderr).toBe("");
  const quarries = JSON.parse(stdout) as readonly Quarry[];
  for (const { mutant, violation, worlds, innocent } of quarries) {
    console.info(`${mutant.name}: ${worlds} worlds until "${violation?.rule ?? "never"}"`);
    expect({ name: mutant.name, rule: violation?.rule }).toEqual({ name: mutant.name, rule: mutant.rule });
    expect({ name: mutant.name, innocent }).toEqual({ name: mutant.name, innocent: [] });
  }
  expect(quarries.map(({ mutant }) => mutant.name).toSorted()).toEqual(
    MUTANTS.map(({ name }) => name).toSorted(),
  );
  expect(end).toBe(0);
}, 300_000);

test("honest nodes bear liars within their assumptions, whatever else goes wrong", () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= 6; seed++) {
    const plan = drawPlan(seed, {
      seeds: 4,
      faulty: 1,
      peers: 4,
      minutes: 1,
      pace: "lan",
      faults: FAULT_NAMES,
    });
    for (const { rule, detail } of new Trial(plan).run().violations)
      failures.push(`world ${seed}: ${rule}: ${detail}`);
  }
  expect(failures).toEqual([]);
}, 120_000);
