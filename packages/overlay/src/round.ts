import type { Candidate } from "./candidates.ts";
import type { Prospect } from "./preferential-attachment.ts";

/** A candidate that answered. */
export interface Answer extends Prospect {
  readonly candidate: Candidate;
  /** Edges that it showed, good or not: it judges by the same figure whether it has become crowded since. */
  readonly degreeSeen: number;
}

/** One question to some candidates at once, and the answers so far. At most {@link Round.asked} of each. */
export class Round {
  /** Takes the first that answers, without a draw: the rounds before this one led nowhere. */
  readonly isHasty: boolean;
  readonly asked: readonly Candidate[];
  readonly answers: Answer[] = [];
  readonly #silent: Set<Candidate>;

  constructor(asked: readonly Candidate[], isHasty: boolean) {
    this.asked = asked;
    this.isHasty = isHasty;
    this.#silent = new Set(asked);
  }

  /** Those that have neither answered nor failed. */
  get silent(): Iterable<Candidate> {
    return this.#silent;
  }

  get isComplete(): boolean {
    return this.#silent.size === 0;
  }

  /** @param answer `undefined` when the candidate failed. */
  heard(candidate: Candidate, answer: Answer | undefined): void {
    if (this.#silent.delete(candidate) && answer !== undefined) this.answers.push(answer);
  }
}
