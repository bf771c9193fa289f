import type { Attack } from "../attacks/attack.ts";
import { Record } from "../attacks/record.ts";
import type { AttackOrder } from "./attack-order.ts";
import { documentOf, tableOf } from "./attack-text.ts";
import { ProgressBar } from "./progress-bar.ts";
import { type Worker, WorkerLost, WorkerProcess } from "./worker-process.ts";

/** One world of one attack. */
interface Raid {
  readonly record: Record;
  readonly seed: number;
}

/** Runs attacks and prints what came of them; the exit code. */
export async function runAttacks(order: AttackOrder): Promise<number> {
  const bar = new ProgressBar();
  const records = order.attacks.map((attack) => new Record(attack));
  const raids = records.flatMap((record) => raidsOf(record, order));
  const workers = Array.from({ length: Math.min(order.jobs, raids.length) }, () => new WorkerProcess());
  const waiting = [...raids];
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      isStopped = true;
      waiting.length = 0;
      for (const worker of workers) worker.kill();
    });
  const lane = async (worker: Worker): Promise<void> => {
    for (let raid = waiting.shift(); raid !== undefined; raid = waiting.shift()) {
      const begun = raids.length - waiting.length;
      bar.show(begun / raids.length, `${begun} of ${raids.length} worlds: ${raid.record.attack.name}`);
      await runRaid(raid, worker, () => isStopped);
    }
  };
  await Promise.all(workers.map(lane));
  for (const worker of workers) worker.kill();
  bar.clear();
  const held = records.filter(({ worlds, broken }) => worlds + broken > 0);
  console.log(order.json ? JSON.stringify(documentOf(held, isStopped), undefined, 2) : tableOf(held));
  if (held.some(({ holds }) => !holds)) return 1;
  return isStopped ? 130 : 0;
}

/** How many worlds there are of an attack. */
function worldsOf({ worldsMax }: Attack, worlds: number): number {
  return Math.min(worlds, worldsMax ?? worlds);
}

function raidsOf(record: Record, { worlds, first }: AttackOrder): Raid[] {
  const length = worldsOf(record.attack, worlds);
  return Array.from({ length }, (_, index) => ({ record, seed: first + index }));
}

/** A world that takes its whole process with it counts against the network. */
async function runRaid({ record, seed }: Raid, worker: Worker, isStopped: () => boolean): Promise<void> {
  try {
    const answer = await worker.ask({ kind: "attack", number: record.attack.number, seed });
    if (answer.kind === "attack") record.count(seed, answer.outcome);
  } catch (error) {
    if (!(error instanceof WorkerLost)) throw error;
    if (!isStopped()) record.fail(seed, [`the world did not end: ${error.message}`]);
  }
}
