import { relative } from "node:path";
import { BUILD } from "./build.ts";
import type { SwarmOrder } from "./order.ts";
import { callersPath } from "./program.ts";
import { ProgressBar } from "./progress-bar.ts";
import { writeReplay } from "./replay-file.ts";
import { failureText, postMortemText, swarmDocument, swarmProgressText, swarmText } from "./summary.ts";
import { Swarm } from "./swarm.ts";
import type { Tally } from "./tally.ts";
import { WorkerProcess } from "./worker-process.ts";

const REDRAW_MS = 250;
/** Where there is no terminal: a swarm may go on for a night. */
const LINE_MS = 600_000;

/** Runs a swarm and prints what came of it; the exit code. */
export async function runSwarm(order: SwarmOrder): Promise<number> {
  const begunMs = performance.now();
  const bar = new ProgressBar({ lineMs: LINE_MS });
  const say = (text: string): void => {
    bar.clear();
    if (!order.json) console.log(text);
  };
  const workers = Array.from({ length: order.jobs }, () => new WorkerProcess());
  const swarm = new Swarm(order, workers, {
    failed: ({ seed, violations }) => say(failureText(seed, violations)),
  });
  // From a terminal's Ctrl+C npm makes a second one: no reason to hurry.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => swarm.stop());
  say(orderText(order));
  const redraw = setInterval(() => draw(bar, order, swarm, performance.now() - begunMs), REDRAW_MS);
  await swarm.run();
  clearInterval(redraw);
  bar.clear();
  const files = new Map<number, string>();
  for (const [seed, { plan, violation }] of swarm.postMortems)
    files.set(seed, writeReplay(callersPath("."), { mutant: BUILD.mutant, plan, violations: [violation] }));
  if (order.json)
    console.log(JSON.stringify(swarmDocument(swarm.tally, swarm.isStopped, files), undefined, 2));
  else report(swarm, order, files, (performance.now() - begunMs) / 1000);
  if (swarm.tally.failed > 0) return 1;
  return swarm.isStopped ? 130 : 0;
}

function orderText({ first, worlds, forMs, jobs }: SwarmOrder): string {
  const last = Number.isFinite(worlds) ? `to ${first + worlds - 1}` : "and so on";
  const howLong = Number.isFinite(forMs) ? `, for ${forMs / 3_600_000} hours` : "";
  return `Worlds ${first} ${last}, ${jobs} at a time${howLong}`;
}

function report(
  swarm: Swarm,
  { worlds }: SwarmOrder,
  files: ReadonlyMap<number, string>,
  seconds: number,
): void {
  for (const [seed, postMortem] of swarm.postMortems)
    console.log(postMortemText(postMortem, relative(callersPath("."), files.get(seed) ?? "")));
  console.log(swarm.isStopped ? "\nInterrupted. Until then:" : "\nSummary");
  console.log(swarmText(swarm.tally, seconds, swarm.isStopped ? worlds : undefined));
}

function draw(bar: ProgressBar, { worlds, forMs }: SwarmOrder, swarm: Swarm, passedMs: number): void {
  const { tally, phase } = swarm;
  const share = phase === "worlds" ? Math.max(tally.worlds / worlds, passedMs / forMs) : 1;
  bar.show(
    share,
    phase === "worlds" ? swarmProgressText(tally, worlds, share, passedMs) : lookingText(tally),
  );
}

function lookingText({ worlds, failed }: Tally): string {
  return `${worlds} worlds, ${failed} failed: looking into the first of them`;
}
