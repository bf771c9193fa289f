/** What a {@link Pulse} has to know about waiting, in milliseconds. */
export interface PulseLimits {
  readonly pingTimeoutMinMs: number;
  readonly pingTimeoutMaxMs: number;
}

/** How one link answers: what was asked, what came back, how long it takes, how many misses in a row. */
export class Pulse {
  readonly #limits: PulseLimits;
  #asked = 0;
  #askedAt = 0;
  #answered = 0;
  #misses = 0;
  #roundTripMs: number | undefined;

  constructor(limits: PulseLimits) {
    this.#limits = limits;
  }

  /** Questions in a row that were not answered in time, and what else counted as a miss. */
  get misses(): number {
    return this.#misses;
  }

  /** When the last question went out, by the clock of {@link ask}. */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** Smoothed time from question to answer, in milliseconds; `undefined` before the first answer. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  /** How long to wait for the next answer: four round trips, within the limits; the upper limit before the first one. */
  get timeoutMs(): number {
    const { pingTimeoutMinMs: min, pingTimeoutMaxMs: max } = this.#limits;
    return this.#roundTripMs === undefined ? max : Math.min(max, Math.max(min, 4 * this.#roundTripMs));
  }

  /** A question goes out now. Its number: 1, 2, 3 … */
  ask(now: number): number {
    this.#asked += 1;
    this.#askedAt = now;
    return this.#asked;
  }

  /**
   * The answer to question `sequence` came; a late one is a sign of life as well. False, and nothing changed, when that
   * was never asked, or it or a later one was answered before.
   * @param now `undefined` when it may have come earlier without being read: then it measures nothing.
   */
  answer(sequence: number, now: number | undefined): boolean {
    if (sequence > this.#asked || sequence <= this.#answered) return false;
    this.#answered = sequence;
    this.#misses = 0;
    if (sequence === this.#asked && now !== undefined) this.#measure(now - this.#askedAt);
    return true;
  }

  /** The time for question `sequence` is up: the misses in a row if that was one more, 0 if it was answered. */
  expire(sequence: number): number {
    return this.#answered >= sequence ? 0 : this.miss();
  }

  /** Something else went wrong that counts as a miss: the misses in a row. */
  miss(): number {
    this.#misses += 1;
    return this.#misses;
  }

  #measure(sampleMs: number): void {
    // The weights of RFC 6298: one answer moves the mean by an eighth.
    this.#roundTripMs = this.#roundTripMs === undefined ? sampleMs : (7 * this.#roundTripMs + sampleMs) / 8;
  }
}
