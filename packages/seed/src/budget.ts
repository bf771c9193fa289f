/** What a {@link Budget} allows. */
export interface BudgetOptions {
  /** How often in a span. */
  readonly max: number;
  /** The span, in milliseconds. */
  readonly perMs: number;
  /** Most spenders remembered; beyond, the one that began its span first is forgotten. Default: 4 096. */
  readonly spendersMax?: number | undefined;
}

/** How often each of many may do something: at most `max` times in a span that begins with the first time. */
export class Budget {
  readonly #options: BudgetOptions;
  readonly #spans = new Map<string, { readonly since: number; spent: number }>();

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Whether `spender` may once more, which counts. @param now monotonic milliseconds. */
  take(spender: string, now: number, amount = 1): boolean {
    const { max, perMs } = this.#options;
    const span = this.#spans.get(spender);
    if (span === undefined || now - span.since >= perMs) return this.#begin(spender, now, amount);
    if (span.spent + amount > max) return false;
    span.spent += amount;
    return true;
  }

  #begin(spender: string, now: number, amount: number): boolean {
    if (amount > this.#options.max) return false;
    this.#spans.delete(spender);
    if (this.#spans.size >= (this.#options.spendersMax ?? 4096)) {
      this.#spans.delete(this.#spans.keys().next().value as string);
    }
    this.#spans.set(spender, { since: now, spent: amount });
    return true;
  }
}
