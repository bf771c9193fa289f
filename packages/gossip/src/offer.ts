import type { RunId } from "./listings.ts";
import type { RunSummary } from "./repair-frames.ts";

/** Most runs that are remembered of one offer. */
const OFFERED_RUNS_MAX = 16;

/**
 * What a neighbour has offered that this node had nothing of, and was asked for. It lists what is in its store, so it has
 * something to give of each. PROTOCOL.md §7.6.
 */
export class Offer {
  readonly #runs: readonly RunId[];
  readonly #at: number;

  private constructor(runs: readonly RunId[], at: number) {
    this.#runs = runs;
    this.#at = at;
  }

  /** What is in `wants`, if this node has nothing of some run in it. */
  static in(wants: readonly RunSummary[], now: number): Offer | undefined {
    const runs = wants.filter(({ highest }) => highest === 0).slice(0, OFFERED_RUNS_MAX);
    return runs.length === 0 ? undefined : new Offer(runs, now);
  }

  /** Whether an interval of `everyMs` has gone by since. */
  isDue(now: number, everyMs: number): boolean {
    return now >= this.#at + everyMs;
  }

  /**
   * Whether nothing came of it, from anybody, and nothing else was repaired by the neighbour either, whose ration may have
   * been used up.
   * @param lacks whether this node still has nothing of a run, and would take it.
   * @param repairedAt when the neighbour repaired something last.
   */
  isBroken(lacks: (run: RunId) => boolean, repairedAt: number, everyMs: number): boolean {
    return repairedAt < this.#at - everyMs && this.#runs.every(lacks);
  }
}
