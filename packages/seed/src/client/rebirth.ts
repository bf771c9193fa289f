import type { Cancel, Clock } from "@p2p/wire";
import { RebirthPace } from "./incarnation.ts";

/** The next life of a peer, from the moment it is needed until it is taken: as soon as the pace of lives allows. */
export class Rebirth {
  readonly #clock: Clock;
  readonly #pace: RebirthPace;
  readonly #take: () => void;
  #cancelWait: Cancel | undefined;

  /**
   * @param minMs fewest milliseconds between two lives; see {@link RebirthPace}.
   * @param take takes the next life; never run inside {@link order}.
   */
  constructor(clock: Clock, minMs: number, take: () => void) {
    this.#clock = clock;
    this.#pace = new RebirthPace(minMs);
    this.#take = take;
  }

  /** Whether a new life is needed, and not taken yet. */
  get isOrdered(): boolean {
    return this.#cancelWait !== undefined;
  }

  /** A life was taken, for whatever reason. */
  born(): void {
    this.#pace.born(this.#clock.now());
  }

  /** A new life is needed. A second order changes nothing. @param minMs wait no less, in milliseconds. */
  order(minMs = 0): void {
    const waitMs = Math.max(minMs, this.#pace.waitMs(this.#clock.now()));
    this.#cancelWait ??= this.#clock.after(waitMs, () => {
      this.#cancelWait = undefined;
      this.#take();
    });
  }

  /** None is needed any more. */
  cancel(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }
}
