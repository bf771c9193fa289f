import { drawPlan } from "../plan.ts";
import type { PostMortem } from "../post-mortem.ts";
import type { SwarmOrder } from "./order.ts";
import { type Failure, Tally } from "./tally.ts";
import { type Worker, WorkerLost } from "./worker-process.ts";

/** Failing worlds that are looked into. More would say little, and take long. */
const POST_MORTEMS_MAX = 3;

/** What a swarm tells while it runs. */
export interface SwarmListener {
  /** A world has failed. */
  failed(failure: Failure): void;
}

/** Lets workers run many worlds, one at a time each; then looks into the first that failed. */
export class Swarm {
  readonly tally: Tally = new Tally();
  /** By the world's number. */
  readonly postMortems: Map<number, PostMortem> = new Map();
  readonly #order: SwarmOrder;
  readonly #listener: SwarmListener;
  readonly #workers: readonly Worker[];
  readonly #endAt: number;
  #begun = 0;
  #phase: "worlds" | "post-mortems" = "worlds";
  #isStopped = false;

  constructor(order: SwarmOrder, workers: readonly Worker[], listener: SwarmListener) {
    this.#order = order;
    this.#listener = listener;
    this.#workers = workers;
    this.#endAt = performance.now() + order.forMs;
  }

  /** Whether {@link stop} came before its end. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** What it does: runs worlds, or looks into those that failed. */
  get phase(): "worlds" | "post-mortems" {
    return this.#phase;
  }

  /** Runs it all. When it returns, all workers are gone. */
  async run(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => this.#runWorlds(worker)));
    this.#phase = "post-mortems";
    const failures = this.tally.failures.slice(0, POST_MORTEMS_MAX);
    await Promise.all(this.#workers.map((worker) => this.#lookInto(failures, worker)));
    for (const worker of this.#workers) worker.kill();
  }

  /** Ends all workers at once; {@link run} returns soon. */
  stop(): void {
    this.#isStopped = true;
    for (const worker of this.#workers) worker.kill();
  }

  async #runWorlds(worker: Worker): Promise<void> {
    const { first, worlds, scope } = this.#order;
    while (!this.#isStopped && this.#begun < worlds && performance.now() < this.#endAt) {
      const seed = first + this.#begun++;
      try {
        const answer = await worker.ask({ kind: "world", seed, scope });
        if (answer.kind === "world") this.tally.count(answer.verdict, answer.seconds);
      } catch (error) {
        this.#lost(seed, error);
      }
      const failure = this.tally.failures.at(-1);
      if (failure?.seed === seed) this.#listener.failed(failure);
    }
  }

  /** A world that takes its whole process with it has failed, unless it was ended from here. */
  #lost(seed: number, error: unknown): void {
    if (!(error instanceof WorkerLost)) throw error;
    if (this.#isStopped) return;
    const detail = `the world did not end: ${error.message}`;
    this.tally.fail(seed, [{ rule: "a world ends", detail, atMs: 0, hosts: [] }]);
  }

  /** Takes failures away one by one, and looks into them. */
  async #lookInto(failures: Failure[], worker: Worker): Promise<void> {
    for (let next = failures.shift(); next !== undefined && !this.#isStopped; next = failures.shift()) {
      const [violation] = next.violations;
      if (violation === undefined || violation.rule === "a world ends") continue;
      const plan = drawPlan(next.seed, this.#order.scope);
      try {
        const answer = await worker.ask({ kind: "post-mortem", plan, violation });
        if (answer.kind === "post-mortem") this.postMortems.set(next.seed, answer.postMortem);
      } catch (error) {
        if (!(error instanceof WorkerLost)) throw error;
      }
    }
  }
}
