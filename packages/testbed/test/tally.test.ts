import { describe, expect, test } from "vitest";
import type { SwarmOrder } from "../src/cli/order.ts";
import { Swarm } from "../src/cli/swarm.ts";
import { FAILURES_MAX, type Failure, Tally } from "../src/cli/tally.ts";
import type { Answer, Task } from "../src/cli/worker.ts";
import { type Worker, WorkerLost } from "../src/cli/worker-process.ts";
import { drawPlan, type Verdict, type Violation } from "../src/index.ts";

const violation: Violation = { rule: "all is well", detail: "nothing is", atMs: 5, hosts: [] };

function verdictOf(seed: number, violations: readonly Violation[] = []): Verdict {
  const figures = { seconds: 60, bootstrapSeconds: 1, recoverySeconds: 1 };
  return {
    plan: drawPlan(seed),
    violations,
    figures: { ...figures, removals: 2, messages: 3, deliveries: 4 },
  };
}

describe("a tally", () => {
  test("adds up worlds", () => {
    const tally = new Tally();
    tally.count(verdictOf(1), 2);
    tally.count(verdictOf(2, [violation, violation]), 8);
    expect(tally).toMatchObject({ worlds: 2, failed: 1, violations: 2, virtualSeconds: 120 });
    expect(tally).toMatchObject({ removals: 4, messages: 6, deliveries: 8 });
    expect(tally.slowest).toEqual({ seed: 2, seconds: 8 });
    const strikes = [1, 2].flatMap((seed) => drawPlan(seed).strikes);
    expect([...tally.strikes.values()].reduce((sum, count) => sum + count)).toBe(strikes.length);
  });

  test("keeps the first failures, and counts all", () => {
    const tally = new Tally();
    for (let seed = 1; seed <= FAILURES_MAX + 5; seed++) tally.fail(seed, [violation]);
    expect(tally.failed).toBe(FAILURES_MAX + 5);
    expect(tally.failures.map(({ seed }) => seed)).toEqual(
      Array.from({ length: FAILURES_MAX }, (_, index) => index + 1),
    );
  });

  test.each([
    [[], 0],
    [[3], 3],
    [[1, 2, 100], 2],
    [[1, 1, 1, 1, 9, 9, 9], 1],
    [[0.001, 0.002, 0.004, 60], 0.002],
  ])("of worlds that took %j s has the median %d s, to within five per cent", (seconds, median) => {
    const tally = new Tally();
    for (const each of seconds) tally.count(verdictOf(1), each);
    expect(tally.medianSeconds).toBeGreaterThanOrEqual(median * 0.95);
    expect(tally.medianSeconds).toBeLessThanOrEqual(median * 1.05);
  });
});

/** Answers at once; worlds whose number is in `bad` fail, those in `deadly` take the worker with them. */
class FakeWorker implements Worker {
  readonly asked: Task[] = [];
  isKilled = false;
  readonly #bad: readonly number[];
  readonly #deadly: readonly number[];

  constructor(bad: readonly number[] = [], deadly: readonly number[] = []) {
    this.#bad = bad;
    this.#deadly = deadly;
  }

  ask(task: Task): Promise<Answer> {
    this.asked.push(task);
    if (this.isKilled) return Promise.reject(new WorkerLost("it was ended"));
    if (task.kind === "post-mortem") {
      const { plan } = task;
      return Promise.resolve({ kind: "post-mortem", postMortem: { plan, violation, runs: 1, trace: [] } });
    }
    if (task.kind === "replay") throw new Error("no swarm does that");
    if (this.#deadly.includes(task.seed)) return Promise.reject(new WorkerLost("no memory"));
    const verdict = verdictOf(task.seed, this.#bad.includes(task.seed) ? [violation] : []);
    return Promise.resolve({ kind: "world", verdict, seconds: 1 });
  }

  kill(): void {
    this.isKilled = true;
  }
}

/** Never answers; is lost when it is ended. */
class BusyWorker implements Worker {
  readonly #lost: ((error: Error) => void)[] = [];

  ask(): Promise<Answer> {
    return new Promise((_, reject) => {
      this.#lost.push(reject);
    });
  }

  kill(): void {
    for (const reject of this.#lost) reject(new WorkerLost("SIGKILL"));
  }
}

const order: SwarmOrder = {
  kind: "swarm",
  scope: {},
  first: 10,
  worlds: 9,
  forMs: Number.POSITIVE_INFINITY,
  jobs: 2,
  json: false,
};

describe("a swarm", () => {
  test("runs each world once, and looks into the first three that failed", async () => {
    const workers = [new FakeWorker([11, 13, 14, 17]), new FakeWorker([11, 13, 14, 17])];
    const failed: Failure[] = [];
    const swarm = new Swarm(order, workers, { failed: (failure) => failed.push(failure) });
    await swarm.run();
    const asked = workers.flatMap((worker) => worker.asked);
    const seeds = asked.flatMap((task) => (task.kind === "world" ? [task.seed] : []));
    expect(seeds.toSorted((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(failed.map(({ seed }) => seed)).toEqual([11, 13, 14, 17]);
    expect(new Set(swarm.postMortems.keys())).toEqual(new Set([11, 13, 14]));
    expect(workers.every(({ isKilled }) => isKilled)).toBe(true);
    expect(swarm.tally).toMatchObject({ worlds: 9, failed: 4 });
  });

  test("goes on after a world that takes its process with it, which has failed", async () => {
    const failed: Failure[] = [];
    const swarm = new Swarm(order, [new FakeWorker([], [12])], { failed: (one) => failed.push(one) });
    await swarm.run();
    expect(swarm.tally).toMatchObject({ worlds: 8, failed: 1 });
    expect(failed).toMatchObject([{ seed: 12, violations: [{ rule: "a world ends" }] }]);
    expect(failed[0]?.violations[0]?.detail).toContain("no memory");
    expect(swarm.postMortems.size).toBe(0);
  });

  test("begins no world once its time is over", async () => {
    const worker = new FakeWorker();
    const swarm = new Swarm({ ...order, forMs: 0 }, [worker], { failed: () => undefined });
    await swarm.run();
    expect(worker.asked).toEqual([]);
  });

  test("that is stopped begins nothing more, and blames no world", async () => {
    const worker = new FakeWorker([10, 11, 12]);
    const swarm = new Swarm(order, [worker], {
      failed: ({ seed }) => (seed === 11 ? swarm.stop() : undefined),
    });
    await swarm.run();
    expect(swarm.isStopped).toBe(true);
    expect(worker.asked).toHaveLength(2);
    expect(swarm.tally).toMatchObject({ worlds: 2, failed: 2 });
  });

  test("that is stopped does not blame the worlds that were under way", async () => {
    const workers = [new BusyWorker(), new FakeWorker([11])];
    const swarm = new Swarm(order, workers, { failed: () => swarm.stop() });
    await swarm.run();
    expect(swarm.tally).toMatchObject({ worlds: 1, failed: 1 });
  });
});
