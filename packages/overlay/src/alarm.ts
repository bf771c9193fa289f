import type { Cancel, Clock } from "@p2p/wire";

/** One thing that is due later, or nothing. */
export class Alarm {
  readonly #clock: Clock;
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether something is due. */
  get isSet(): boolean {
    return this.#cancel !== undefined;
  }

  /** Runs `task` in `delayMs`, in place of what was due before. */
  set(delayMs: number, task: () => void): void {
    this.cancel();
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#cancel = undefined;
      task();
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
