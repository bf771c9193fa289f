/** Something that must never happen, or did not happen although it must. */
export interface Violation {
  /** Which rule: the name of an invariant, or of a duty. */
  readonly rule: string;
  /** What was seen. */
  readonly detail: string;
  /** Virtual milliseconds since the world began. */
  readonly atMs: number;
  /** Names of the hosts involved, for a trace of them. */
  readonly hosts: readonly string[];
}

/** Takes what was found. The same thing found again is not worth a word. */
export class Findings {
  readonly #found = new Map<string, Violation>();
  readonly #now: () => number;
  readonly #tell: (violation: Violation) => void;

  /**
   * @param now virtual milliseconds.
   * @param told hears of each violation once.
   */
  constructor(now: () => number, told: (violation: Violation) => void) {
    this.#now = now;
    this.#tell = told;
  }

  get all(): readonly Violation[] {
    return [...this.#found.values()];
  }

  /** Whether this rule was broken. */
  has(rule: string): boolean {
    return this.all.some((violation) => violation.rule === rule);
  }

  /**
   * A rule was broken. At most 100 are kept: more say nothing new.
   * @param detail what was seen; the same detail again is the same violation.
   * @param hosts names of those involved.
   */
  add(rule: string, detail: string, hosts: readonly string[] = []): void {
    const key = `${rule}: ${detail}`;
    if (this.#found.has(key) || this.#found.size >= 100) return;
    const violation = { rule, detail, hosts, atMs: this.#now() };
    this.#found.set(key, violation);
    this.#tell(violation);
  }
}
