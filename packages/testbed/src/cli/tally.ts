import type { Verdict } from "../trial.ts";
import type { Violation } from "../violation.ts";

/** A world that broke a rule. */
export interface Failure {
  readonly seed: number;
  readonly violations: readonly Violation[];
}

/** Failures whose violations are kept. Of others only the number is known. */
export const FAILURES_MAX = 100;
/** Durations are counted in steps of five per cent: as exact as anybody wants them, and bounded. */
const STEP = Math.log(1.05);

/** What a swarm of worlds came to. Its size does not depend on how many they are. */
export class Tally {
  worlds = 0;
  failed = 0;
  violations = 0;
  virtualSeconds = 0;
  removals = 0;
  messages = 0;
  deliveries = 0;
  slowest: { readonly seed: number; readonly seconds: number } | undefined;
  readonly strikes: Map<string, number> = new Map();
  /** The first ones. */
  readonly failures: Failure[] = [];
  /** How many worlds took so many steps of time. */
  readonly #durations = new Map<number, number>();

  count({ plan, violations, figures }: Verdict, seconds: number): void {
    this.worlds++;
    this.virtualSeconds += figures.seconds;
    this.removals += figures.removals;
    this.messages += figures.messages;
    this.deliveries += figures.deliveries;
    for (const { fault } of plan.strikes) add(this.strikes, fault);
    add(this.#durations, Math.round(Math.log(Math.max(seconds, 1e-6)) / STEP));
    if (seconds > (this.slowest?.seconds ?? 0)) this.slowest = { seed: plan.seed, seconds };
    if (violations.length > 0) this.fail(plan.seed, violations);
  }

  fail(seed: number, violations: readonly Violation[]): void {
    this.failed++;
    this.violations += violations.length;
    if (this.failures.length < FAILURES_MAX) this.failures.push({ seed, violations });
  }

  /** Half of the worlds took no longer, to within five per cent. 0 if there was none. */
  get medianSeconds(): number {
    let left = this.worlds / 2;
    for (const [step, count] of [...this.#durations].toSorted(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.exp(step * STEP);
    }
    return 0;
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
