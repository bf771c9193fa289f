import { REPLAY_MUTANTS } from "../replay/mutants.ts";
import { Replay } from "../replay/replay.ts";
import { buildMutant } from "./mutant-build.ts";
import { readTraces } from "./traces.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Does all traces that are kept again with real seeds; the exit code: 0 if they do the same. */
export function runReplay(): number {
  const traces = readTraces();
  const differences = traces.flatMap((trace) => new Replay().run(trace) ?? []);
  for (const difference of differences) console.log(difference);
  console.log(`=== ${traces.length} traces on real seeds: ${differences.length} end otherwise`);
  return differences.length === 0 ? 0 : 1;
}

/** The same on sources with a bug each; the exit code: 0 if each of them makes some trace end otherwise. */
export async function runMutantReplays(): Promise<number> {
  let missed = 0;
  for (const mutant of REPLAY_MUTANTS) {
    const { worker } = await buildMutant(mutant);
    const difference = await differenceIn(new WorkerProcess([worker]));
    console.log(`${mutant.name}: ${difference ?? "NOT NOTICED"}`);
    if (difference === undefined) missed += 1;
  }
  return missed === 0 ? 0 : 1;
}

/** The first that is found. */
async function differenceIn(worker: WorkerProcess): Promise<string | undefined> {
  try {
    for (const trace of readTraces()) {
      const answer = await worker.ask({ kind: "replay", trace });
      if (answer.kind === "replay" && answer.difference !== undefined) return answer.difference;
    }
    return undefined;
  } finally {
    worker.kill();
  }
}
