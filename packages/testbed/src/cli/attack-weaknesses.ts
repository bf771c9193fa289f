import { attackOf } from "../attacks/catalogue.ts";
import { Record } from "../attacks/record.ts";
import type { Weakness } from "../attacks/weakness.ts";
import { WEAKNESSES } from "../attacks/weaknesses.ts";
import type { AttackOrder } from "./attack-order.ts";
import { buildMutant } from "./mutant-build.ts";
import { type Worker, WorkerLost, WorkerProcess } from "./worker-process.ts";

/** What an attack came to on sources without its defence. */
interface Breach {
  readonly weakness: Weakness;
  /** Worlds until it succeeded; nothing if it did not. */
  readonly worlds: number | undefined;
  /** What was seen then. */
  readonly seen: string;
}

/** Runs attacks on sources without their defence; the exit code: 0 if all of them succeed. */
export async function runWeaknesses({ attacks, jobs, json }: AttackOrder): Promise<number> {
  const numbers = new Set(attacks.map(({ number }) => number));
  const waiting = WEAKNESSES.filter(({ attack }) => numbers.has(attack));
  const breaches: Breach[] = [];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const breach = await breachOf(next);
      breaches.push(breach);
      if (!json) console.log(breachText(breach));
    }
  };
  await Promise.all(Array.from({ length: jobs }, lane));
  if (json) console.log(JSON.stringify(breaches, undefined, 2));
  const isWell = breaches.every(({ worlds }) => worlds !== undefined);
  if (!json) console.log(isWell ? "\nAll succeed without their defence." : "\nNOT WELL.");
  return isWell ? 0 : 1;
}

async function breachOf(weakness: Weakness): Promise<Breach> {
  const { worker } = await buildMutant(weakness);
  const mutated = new WorkerProcess([worker]);
  const record = new Record(attackOf(weakness.attack));
  for (let seed = 1; seed <= weakness.worlds && (seed === 1 || record.holds); seed++)
    await raid(record, seed, mutated);
  mutated.kill();
  const broken = record.readings.filter(({ holds }) => !holds).map(({ label, value }) => `${label} ${value}`);
  const worlds = record.holds ? undefined : record.worlds;
  return { weakness, worlds, seen: broken[0] ?? record.wrong[0] ?? "nothing" };
}

async function raid(record: Record, seed: number, worker: Worker): Promise<void> {
  try {
    const answer = await worker.ask({ kind: "attack", number: record.attack.number, seed });
    if (answer.kind === "attack") record.count(seed, answer.outcome);
  } catch (error) {
    if (!(error instanceof WorkerLost)) throw error;
    record.fail(seed, [error.message]);
  }
}

function breachText({ weakness, worlds, seen }: Breach): string {
  const how = worlds === undefined ? `NOT in ${weakness.worlds} worlds` : `in world ${worlds}: ${seen}`;
  return `attack ${weakness.attack}, ${weakness.name}: ${how}`;
}
