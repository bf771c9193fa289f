const HOUR_MS = 3_600_000;

/** Counts newcomers within the last hour: never more than so many in any hour. Holds one number for each. */
export class NewcomerWindow {
  readonly #max: number;
  readonly #times: number[] = []; // ascending

  /** @throws RangeError unless `max` is a whole number of 1 to 100 000. */
  constructor(max: number) {
    if (!Number.isInteger(max) || max < 1 || max > 100_000)
      throw new RangeError(`newcomersAnHour is a whole number of 1 to 100000, not ${max}`);
    this.#max = max;
  }

  /** How many more may come now. @param now monotonic milliseconds. */
  room(now: number): number {
    const first = this.#times.findIndex((at) => at > now - HOUR_MS);
    this.#times.splice(0, first === -1 ? this.#times.length : first);
    return this.#max - this.#times.length;
  }

  /** How long until the next one may come: 0 when it may now. */
  waitMs(now: number): number {
    return this.room(now) > 0 ? 0 : (this.#times[0] as number) + HOUR_MS - now;
  }

  /** One has come. */
  add(now: number): void {
    this.#times.push(now);
  }
}
