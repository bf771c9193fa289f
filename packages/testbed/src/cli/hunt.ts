import type { Mutant } from "../mutant.ts";
import type { Violation } from "../violation.ts";
import type { Worker } from "./worker-process.ts";

/** What became of a mutant. */
export interface Quarry {
  readonly mutant: Mutant;
  /** How it was caught, and in which world; nothing if it was not. */
  readonly violation: Violation | undefined;
  /** Worlds that were run on its sources. */
  readonly worlds: number;
  /** What the same worlds break without it: nothing, if what was caught is the mutant. */
  readonly innocent: readonly string[];
}

/**
 * Runs worlds 1, 2 and so on of a mutant until its rule is broken, and as many of them on the sources as they are.
 * @param mutated a worker with the mutant's sources; it is ended.
 */
export async function hunt(mutant: Mutant, mutated: Worker, original: Worker): Promise<Quarry> {
  let violation: Violation | undefined;
  let worlds = 0;
  const innocent: string[] = [];
  while (violation === undefined && worlds < mutant.worlds) {
    const seed = ++worlds;
    const [found, others] = await Promise.all([
      violationsOf(mutant, seed, mutated, mutant.rule),
      violationsOf(mutant, seed, original),
    ]);
    violation = found.find(({ rule, detail }) => rule === mutant.rule && detail.includes(mutant.words));
    innocent.push(...others.map(({ rule, detail }) => `world ${seed}: ${rule}: ${detail}`));
  }
  mutated.kill();
  return { mutant, violation, worlds, innocent };
}

async function violationsOf(
  { scope }: Mutant,
  seed: number,
  worker: Worker,
  stopAt?: string,
): Promise<readonly Violation[]> {
  const task = { kind: "world", seed, scope } as const;
  const answer = await worker.ask(stopAt === undefined ? task : { ...task, stopAt });
  return answer.kind === "world" ? answer.verdict.violations : [];
}
