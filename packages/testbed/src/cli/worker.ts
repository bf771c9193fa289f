import type { Outcome } from "../attacks/attack.ts";
import { attackOf } from "../attacks/catalogue.ts";
import { besiege } from "../fuzz/siege.ts";
import { isSiege } from "../fuzz/siege-shares.ts";
import { drawPlan, type Plan, type Scope } from "../plan.ts";
import { type PostMortem, postMortem } from "../post-mortem.ts";
import { Replay } from "../replay/replay.ts";
import type { Trace } from "../replay/trace.ts";
import { Trial, type Verdict } from "../trial.ts";
import type { Violation } from "../violation.ts";
import type { FuzzAnswer, FuzzTask } from "./fuzz-worker.ts";
import { heapBytes } from "./heap.ts";

/** What a worker is asked: to run a world, to look into one that failed, to run one of an attack, a trace, or to besiege one. */
export type Task =
  | {
      readonly kind: "world";
      readonly seed: number;
      readonly scope: Scope;
      /** Ends the world as soon as this rule is broken. */
      readonly stopAt?: string;
    }
  | { readonly kind: "post-mortem"; readonly plan: Plan; readonly violation: Violation }
  | { readonly kind: "attack"; readonly number: number; readonly seed: number }
  | { readonly kind: "replay"; readonly trace: Trace }
  | FuzzTask;

/** What it answers. */
export type Answer =
  | { readonly kind: "world"; readonly verdict: Verdict; readonly seconds: number }
  | { readonly kind: "post-mortem"; readonly postMortem: PostMortem }
  | { readonly kind: "attack"; readonly outcome: Outcome }
  | { readonly kind: "replay"; readonly difference: string | undefined }
  | FuzzAnswer;

// A process of a swarm: does one task after the other, and ends with whoever started it. A terminal's Ctrl+C reaches
// all processes; what follows from it is the starter's business.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (task: Task) => process.send?.(answerTo(task)));

function answerTo(task: Task): Answer {
  if (task.kind === "attack") return { kind: "attack", outcome: outcomeOf(task.number, task.seed) };
  if (task.kind === "replay") return { kind: "replay", difference: new Replay().run(task.trace) };
  if (task.kind === "fuzz") return besieged(task);
  if (task.kind === "post-mortem") {
    return { kind: "post-mortem", postMortem: postMortem(task.plan, task.violation) };
  }
  const begunMs = performance.now();
  const verdict = new Trial(drawPlan(task.seed, task.scope), { stopAt: task.stopAt }).run();
  return { kind: "world", verdict, seconds: (performance.now() - begunMs) / 1000 };
}

function besieged({ name, seed, frames }: FuzzTask): FuzzAnswer {
  if (!isSiege(name)) throw new Error(`no siege is called ${name}`);
  return { kind: "fuzz", report: besiege(name, seed, frames), heapBytes: heapBytes() };
}

/** Where an attack succeeds, its world may not be what the rest of its story needs. */
function outcomeOf(number: number, seed: number): Outcome {
  try {
    return attackOf(number).run(seed);
  } catch (error) {
    return { figures: {}, wrong: [`it threw: ${(error as Error).message}`] };
  }
}
