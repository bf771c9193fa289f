import { fileURLToPath } from "node:url";
import { isSiege, SIEGE_SHARES } from "../fuzz/siege-shares.ts";
import type { Finding } from "../fuzz/target.ts";
import { writeFinding } from "./fuzz-file.ts";
import type { FuzzOrder } from "./fuzz-order.ts";
import { FuzzTally } from "./fuzz-tally.ts";
import type { FuzzAnswer, FuzzTask } from "./fuzz-worker.ts";
import { callersPath } from "./program.ts";
import { ProgressBar } from "./progress-bar.ts";
import { WorkerLost, WorkerProcess } from "./worker-process.ts";

/** Inputs that a process is given at a time. */
const TASK_FRAMES = 20_000;
/** One input of so many goes to a node in a world, which takes longer. */
const SIEGE_SHARE = 50;
/** How long such a task may take, in milliseconds: on a busy machine a hundredth of that is usual. */
const HANG_MS = 900_000;
/** Where there is no terminal: this may go on for an hour. */
const LINE_MS = 60_000;

const [RUNNER, READER] = ["../../../../scripts/run.mjs", "./fuzz-worker.ts"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
) as [string, string];

/** A process for readers and one for sieges, of which one works. */
class Lane {
  readonly #readers = new WorkerProcess([RUNNER, READER]);
  readonly #sieges = new WorkerProcess();

  workerFor({ name }: FuzzTask): WorkerProcess {
    return isSiege(name) ? this.#sieges : this.#readers;
  }

  kill(): void {
    this.#readers.kill();
    this.#sieges.kill();
  }
}

/** Fuzzes and prints what came of it; the exit code. */
export async function runFuzz(order: FuzzOrder): Promise<number> {
  const begunMs = performance.now();
  const bar = new ProgressBar({ lineMs: LINE_MS });
  const tally = new FuzzTally();
  const waiting = tasksOf(order);
  const lanes = Array.from({ length: Math.min(order.jobs, waiting.length) }, () => new Lane());
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      isStopped = true;
      waiting.length = 0;
      for (const lane of lanes) lane.kill();
    });
  const go = async (lane: Lane, index: number): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const outcome = await outcomeOf(task, lane.workerFor(task));
      if (!isStopped) tally.count(index, task, outcome);
      bar.show(tally.frames / order.frames, `${tally.progressText(order.frames)}, at ${task.name}`);
    }
  };
  await Promise.all(lanes.map(go));
  for (const lane of lanes) lane.kill();
  bar.clear();
  const files = tally.findings.map((finding) => writeFinding(callersPath("."), finding));
  const seconds = (performance.now() - begunMs) / 1000;
  if (order.json) console.log(JSON.stringify(tally.document(seconds, isStopped, files), undefined, 2));
  else console.log(tally.text(seconds, files));
  if (tally.isBad) return 1;
  return isStopped ? 130 : 0;
}

/** Every reader is given as many, whatever it reads; one after the other, round by round. */
function tasksOf({ names, frames, seed }: FuzzOrder): FuzzTask[] {
  const besieged = Object.entries(SIEGE_SHARES).filter(([name]) => names.includes(name));
  const readers = names.filter((name) => !isSiege(name)).map((name) => [name, 1] as const);
  const siegeFrames = readers.length === 0 ? frames : Math.ceil(frames / SIEGE_SHARE);
  const lists = [
    ...shared(readers, besieged.length === 0 ? frames : frames - siegeFrames, seed),
    ...shared(besieged, siegeFrames, seed),
  ];
  const rounds = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => lists.flatMap((list) => list[round] ?? [])).flat();
}

function shared(shares: readonly (readonly [string, number])[], frames: number, seed: number): FuzzTask[][] {
  const whole = shares.reduce((sum, [, share]) => sum + share, 0);
  return shares.map(([name, share]) => {
    const own = Math.ceil((frames * share) / whole);
    return Array.from({ length: Math.ceil(own / TASK_FRAMES) }, (_, round) => ({
      kind: "fuzz" as const,
      name,
      seed: seed * 1_000_003 + round,
      frames: Math.min(TASK_FRAMES, own - round * TASK_FRAMES),
    }));
  });
}

/** A reader that takes its whole process with it, or does not come back, is a finding, too. */
async function outcomeOf(task: FuzzTask, worker: WorkerProcess): Promise<FuzzAnswer | Finding> {
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    worker.drop();
  }, HANG_MS);
  try {
    const answer = await worker.ask(task);
    if (answer.kind === "fuzz") return answer;
    throw new TypeError(`an answer of another kind: ${answer.kind}`);
  } catch (error) {
    if (!(error instanceof WorkerLost)) throw error;
    const what = isLate ? `no end within ${HANG_MS / 1000} s` : error.message;
    return { target: task.name, what: `${what}, with seed ${task.seed}`, input: new Uint8Array(0) };
  } finally {
    clearTimeout(late);
  }
}
