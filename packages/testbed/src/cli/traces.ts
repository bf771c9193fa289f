import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stepsIn } from "../replay/itf.ts";
import type { Step, Trace } from "../replay/trace.ts";
import type { Model } from "./quint.ts";

const FOLDER = fileURLToPath(new URL("../../model/traces/", import.meta.url));
const ENDING = ".jsonl";
/** Stories in which nobody makes a mistake. */
const SOUND_STORIES = "^(?!.*Broken).*Test$";
/** Runs of chance. */
const CHANCE = { network: "four", mistake: "none", seed: 1, samples: 10, steps: 40 };

/** The traces that are kept, each in a file with a step a line. */
export function readTraces(): readonly Trace[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .toSorted()
    .map((file) => ({ name: file.slice(0, -ENDING.length), steps: stepsOf(join(FOLDER, file)) }));
}

/** Makes them anew, from stories and from chance. How many there are. */
export async function writeTraces(model: Model): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "p2p-traces-"));
  try {
    const template = (name: string): string => join(folder, `${name}${ENDING}`);
    await model.tell("stories", { template: template("{test}"), count: 1, match: SOUND_STORIES });
    await model.search(CHANCE, { template: template("chance{seq}"), count: CHANCE.samples });
    for (const file of readdirSync(FOLDER)) rmSync(join(FOLDER, file));
    for (const file of readdirSync(folder)) keep(join(folder, file), file.slice(0, -ENDING.length));
    return readdirSync(FOLDER).length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function stepsOf(file: string): readonly Step[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Step);
}

function keep(itf: string, name: string): void {
  const steps = stepsIn(JSON.parse(readFileSync(itf, "utf8")));
  writeFileSync(join(FOLDER, name + ENDING), steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
}
