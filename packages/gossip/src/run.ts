import type { Batch } from "./batch.ts";
import type { Passage } from "./passage.ts";
import { SeenWindow } from "./seen-window.ts";

/** For how long messages of a run are still taken after its successor was heard, in milliseconds. */
export const OLD_RUN_LIFE_MS: number = 10 * 60_000;

/** A batch that was accepted, and the frame it came in. */
export interface Kept {
  readonly batch: Batch;
  readonly frame: Uint8Array;
  readonly run: Run;
  readonly passage: Passage;
}

/** One run of one origin, as its messages tell it. */
export class Run {
  readonly incarnation: number;
  readonly window: SeenWindow;
  /** Batches of it that are still at hand, by each of their sequence numbers; filled and emptied by `Recent`. */
  readonly kept: Map<number, Kept> = new Map();
  /** Whether its origin was caught signing two different messages under one number. Said once. */
  isForked = false;
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(incarnation: number, firstSequence: number) {
    this.incarnation = incarnation;
    this.window = new SeenWindow(firstSequence);
  }

  /** Whether its messages are too old by now (monotonic milliseconds). */
  isOver(now: number): boolean {
    return now >= this.#endsAt;
  }

  /** A successor is known, or its origin is no member any more: from now on only what is on its way still counts. */
  end(now: number): void {
    this.#endsAt = Math.min(this.#endsAt, now + OLD_RUN_LIFE_MS);
  }

  /** A batch at hand that shares a number with `batch`, whatever it says. */
  rivalOf({ firstSequence, payloads }: Batch): Kept | undefined {
    for (let sequence = firstSequence; sequence < firstSequence + payloads.length; sequence++) {
      const kept = this.kept.get(sequence);
      if (kept !== undefined) return kept;
    }
    return undefined;
  }
}
