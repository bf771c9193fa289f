import { PRESSURE_BYTES } from "./delivery.ts";
import type { RunId } from "./listings.ts";
import type { Partner } from "./partner.ts";
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
  readonly #broughtBytes: number;

  private constructor(runs: readonly RunId[], at: number, broughtBytes: number) {
    this.#runs = runs;
    this.#at = at;
    this.#broughtBytes = broughtBytes;
  }

  /**
   * What is in `wants`, if this node has nothing of some run in it.
   * @param broughtBytes what the neighbour has brought so far.
   */
  static in(wants: readonly RunSummary[], now: number, broughtBytes: number): Offer | undefined {
    const runs = wants.filter(({ highest }) => highest === 0).slice(0, OFFERED_RUNS_MAX);
    return runs.length === 0 ? undefined : new Offer(runs, now, broughtBytes);
  }

  /** Whether an interval of `everyMs` has gone by since. */
  isDue(now: number, everyMs: number): boolean {
    return now >= this.#at + everyMs;
  }

  /**
   * Whether nothing came of it, from anybody, though the neighbour could have given it: it repaired nothing else, so its
   * ration was not used up, and it brought little, so repair did not give way to what else was in its link.
   * @param lacks whether this node still has nothing of a run, and would take it.
   */
  isBroken(
    lacks: (run: RunId) => boolean,
    { repairedAt, broughtBytes }: Pick<Partner, "repairedAt" | "broughtBytes">,
    everyMs: number,
  ): boolean {
    const wasFree = broughtBytes - this.#broughtBytes < PRESSURE_BYTES / 2;
    return wasFree && repairedAt < this.#at - everyMs && this.#runs.every(lacks);
  }
}
