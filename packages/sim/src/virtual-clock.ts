import { type Cancel, type Clock, checkDelay } from "@p2p/wire";
import type { Life } from "./life.ts";

/** Shortest wait that is one: far below, adding it to the time would not move the time. */
const DELAY_MIN_MS = 0.001;

/** What a host believes about time: how its wall clock is set, and how fast its clocks run. */
export interface ClockSetting {
  /** Added to the world's wall time, in milliseconds. */
  wallOffsetMs: number;
  /** Speed of both clocks: 1.01 gains a hundredth. */
  readonly clockRate: number;
}

/** The clock of one life of a program. Starts at 0 at its boot; nothing ordered fires once that life is over. */
export class VirtualClock implements Clock {
  readonly #life: Life;
  readonly #setting: ClockSetting;
  readonly #epochMs: number;

  /** @param epochMs wall time at which the world began. */
  constructor(life: Life, setting: ClockSetting, epochMs: number) {
    this.#life = life;
    this.#setting = setting;
    this.#epochMs = epochMs;
  }

  now(): number {
    return (this.#life.timeline.now - this.#life.since) * this.#setting.clockRate;
  }

  wallTime(): number {
    const { wallOffsetMs, clockRate } = this.#setting;
    return Math.floor(this.#epochMs + this.#life.timeline.now * clockRate + wallOffsetMs);
  }

  /** A wait below a microsecond takes one, except none at all: whoever waits for what is left of a sum gets there. */
  after(delayMs: number, task: () => void): Cancel {
    checkDelay(delayMs);
    const waitMs = delayMs === 0 ? 0 : Math.max(delayMs, DELAY_MIN_MS);
    return this.#life.after(waitMs / this.#setting.clockRate, task);
  }
}
