import type { Clock } from "@p2p/wire";
import type { ValidatorFailure } from "./events.ts";
import type { Message } from "./message.ts";

/** How often failures are told at most, in milliseconds. */
const TOLD_EVERY_MS = 1000;

/** Counts how often a validator failed, and tells it at most once a second: anybody can send what it stumbles over. */
export class ValidatorFailures {
  readonly #clock: Clock;
  readonly #tell: (failure: ValidatorFailure) => void;
  #total = 0;
  #told = 0;
  #quietUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, tell: (failure: ValidatorFailure) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Failures since the start. */
  get total(): number {
    return this.#total;
  }

  note(error: unknown, { origin, incarnation, sequence, from }: Message): void {
    this.#total++;
    const now = this.#clock.now();
    if (now < this.#quietUntil) return;
    const untold = this.#total - this.#told - 1;
    this.#quietUntil = now + TOLD_EVERY_MS;
    this.#told = this.#total;
    this.#tell({ error, origin, incarnation, sequence, from, untold });
  }
}
