import { EventEmitter } from "eventemitter3";
import type { Agenda } from "./office.ts";

interface StallWatchEvents {
  /** Nothing ran for so many milliseconds. */
  stalled: [forMs: number];
}

/** How often it looks at the clock. */
const BEAT_MS = 500;

/**
 * Notices that this process did not run: it was stopped, its machine slept, or its loop was busy. Timers that fire late
 * would else take the frames that wait to be read for silence. PROTOCOL.md §9.7.
 */
export class StallWatch extends EventEmitter<StallWatchEvents> {
  readonly #agenda: Agenda;
  readonly #stallMs: number;
  #ranAt: number;

  /** @param stallMs how late its own timer may be. */
  constructor(agenda: Agenda, stallMs: number) {
    super();
    this.#agenda = agenda;
    this.#stallMs = stallMs;
    this.#ranAt = agenda.now();
  }

  start(): void {
    this.#ranAt = this.#agenda.now();
    this.#agenda.every(
      () => BEAT_MS,
      () => this.check(),
    );
  }

  /** To be asked before anything follows from silence: whoever listens has thrown that silence away when this returns. */
  check(): void {
    const now = this.#agenda.now();
    const pausedMs = now - this.#ranAt;
    this.#ranAt = now;
    if (pausedMs > BEAT_MS + this.#stallMs) this.emit("stalled", pausedMs);
  }
}
