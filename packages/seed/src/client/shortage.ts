/** Paces the complaint that too few seeds can be reached: at once, and then every so often. */
export class Shortage {
  readonly #everyMs: number;
  #toldAt: number = Number.NEGATIVE_INFINITY;

  /** @param everyMs fewest milliseconds between two complaints. */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Whether to complain now that so many seeds cannot be reached, of which so many may be missing. */
  isToBeTold(missing: number, bearable: number, now: number): boolean {
    if (missing <= bearable || now - this.#toldAt < this.#everyMs) return false;
    this.#toldAt = now;
    return true;
  }

  /** An earlier attempt is history. */
  forget(): void {
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }
}
