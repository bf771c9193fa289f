/** So much at once, and so much a second after that: bounds what one link can make its owner do. */
export class Allowance {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #filledAt: number;

  /** Full at first. @param now monotonic milliseconds. */
  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#filledAt = now;
  }

  /** Takes one, unless there is none left. */
  take(now: number): boolean {
    const grown = this.#left + ((now - this.#filledAt) * this.#perSecond) / 1000;
    this.#left = Math.min(this.#burst, grown);
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
