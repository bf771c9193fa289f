import { MUTANTS } from "../mutants.ts";
import { hunt, type Quarry } from "./hunt.ts";
import { buildMutant } from "./mutant-build.ts";
import { tableText } from "./options.ts";
import type { HuntOrder } from "./order.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Hunts all mutants, and prints what caught them; the exit code. */
export async function runHunt({ jobs, json }: HuntOrder): Promise<number> {
  const waiting = [...MUTANTS];
  const quarries: Quarry[] = [];
  const lane = async (): Promise<void> => {
    const original = new WorkerProcess();
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { worker } = await buildMutant(mutant);
      const quarry = await hunt(mutant, new WorkerProcess([worker]), original);
      quarries.push(quarry);
      if (!json) console.log(quarryText(quarry));
    }
    original.kill();
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  if (json) console.log(JSON.stringify(quarries, undefined, 2));
  const isWell = quarries.every(
    ({ violation, innocent }) => violation !== undefined && innocent.length === 0,
  );
  if (!json) console.log(isWell ? "\nAll are caught." : "\nNOT WELL.");
  return isWell ? 0 : 1;
}

function quarryText({ mutant, violation, worlds, innocent }: Quarry): string {
  const how =
    violation === undefined ? `NOT CAUGHT in ${worlds} worlds` : `${violation.rule}: ${violation.detail}`;
  return [
    `${mutant.name}: ${mutant.about}`,
    tableText([
      ["caught by", how],
      ["worlds", String(worlds)],
      ...innocent.map((one) => ["ALSO WITHOUT IT", one] as const),
    ]),
  ].join("\n");
}
