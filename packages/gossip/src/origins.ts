import type { PeerId } from "@p2p/identity";
import type { Batch } from "./batch.ts";
import { type Rate, RateBucket } from "./rate.ts";
import { Run } from "./run.ts";

/** Default bound of {@link Origins}. */
const ORIGINS_MAX = 10_000;

interface Origin {
  readonly bucket: RateBucket;
  current: Run;
  previous: Run | undefined;
}

/**
 * The origins heard of, each with its last two runs and its allowance. At most `max`; beyond, the one that has been
 * silent for longest is forgotten, and its old messages could then be taken for new ones. PROTOCOL.md §7.3.
 */
export class Origins {
  readonly #max: number;
  readonly #rate: Rate;
  readonly #origins = new Map<PeerId, Origin>(); // least recently heard first
  #evicted = 0;

  /**
   * @param max default 10 000.
   * @throws RangeError unless `max` is a positive integer.
   */
  constructor(max: number = ORIGINS_MAX, rate: Rate) {
    if (!Number.isInteger(max) || max < 1)
      throw new RangeError(`originsMax is not a positive integer: ${max}`);
    this.#max = max;
    this.#rate = rate;
  }

  get size(): number {
    return this.#origins.size;
  }

  /** How many were forgotten to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The run of that name; "stale" if its time is over or a later one came before it was met; else nothing yet. */
  find(id: PeerId, incarnation: number, now: number): Run | "stale" | undefined {
    const origin = this.#origins.get(id);
    if (origin === undefined || incarnation > origin.current.incarnation) return undefined;
    const run = incarnation === origin.current.incarnation ? origin.current : origin.previous;
    return run?.incarnation === incarnation && !run.isOver(now) ? run : "stale";
  }

  /** The allowance of an origin: a full one if it has not been met. */
  bucketOf(id: PeerId, now: number): RateBucket {
    return this.#origins.get(id)?.bucket ?? new RateBucket(this.#rate, now);
  }

  /**
   * Marks a batch whose signature was checked as seen, and answers its run.
   * @param known the run, if {@link find} found it; otherwise one begins, and ends the one before.
   * @param bucket what {@link bucketOf} gave.
   */
  enter(batch: Batch, known: Run | undefined, bucket: RateBucket, now: number): Run {
    const run = known ?? new Run(batch.incarnation, batch.firstSequence);
    for (let index = 0; index < batch.payloads.length; index++) run.window.mark(batch.firstSequence + index);
    this.#place(batch.origin, run, bucket, now);
    return run;
  }

  /** Puts the origin last in line to be forgotten, with `run` among its runs. */
  #place(id: PeerId, run: Run, bucket: RateBucket, now: number): void {
    const origin = this.#origins.get(id);
    if (origin === undefined) {
      this.#makeRoom();
      this.#origins.set(id, { bucket, current: run, previous: undefined });
      return;
    }
    if (run.incarnation > origin.current.incarnation) {
      origin.current.end(now);
      origin.previous = origin.current;
      origin.current = run;
    }
    this.#origins.delete(id);
    this.#origins.set(id, origin);
  }

  #makeRoom(): void {
    if (this.#origins.size < this.#max) return;
    this.#evicted++;
    this.#origins.delete(this.#origins.keys().next().value as PeerId);
  }
}
