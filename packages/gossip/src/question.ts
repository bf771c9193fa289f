import type { Message } from "./message.ts";
import { shown } from "./shown.ts";

/**
 * What is to become of a message. `accept`: it is told and passed on. `ignore`: neither, and nobody is to blame.
 * `reject`: neither, and whoever brought it is cut off and barred, since a correct node would not have passed it on.
 */
export type Verdict = "accept" | "ignore" | "reject";

/**
 * Judges a message before it is told and passed on: returns the verdict, or nothing and calls `decide` later, once. All
 * nodes have to judge alike, or they bar each other: reject for what is in the message alone, and ignore what is refused by
 * a clock or by what other nodes may not know. Called inside a protocol step. One that throws, or answers what is
 * no verdict, has ignored, and the event `validatorFailed` tells it. A promise, which this type does not allow because
 * it never settles within a run of virtual time, is waited for all the same: what it brings is the answer, a rejection
 * the same as throwing.
 */
export type Validator = (message: Message, decide: (verdict: Verdict) => void) => Verdict | undefined;

/** Who hears what becomes of a {@link Question}. */
export interface QuestionNews {
  /** The verdict, once. */
  readonly answered: (verdict: Verdict) => void;
  /** The validator threw, or answered what is no verdict: told after the verdict, and after a valid one as well. */
  readonly failed: (error: unknown, message: Message) => void;
}

/** A message before the validator, whose first answer counts, by whatever way it comes. */
export class Question {
  readonly #message: Message;
  readonly #news: QuestionNews;
  #isAnswered = false;

  constructor(message: Message, news: QuestionNews) {
    this.#message = message;
    this.#news = news;
  }

  ask(validator: Validator): void {
    let answer: unknown;
    try {
      answer = validator(this.#message, (verdict) => this.#hear(verdict));
    } catch (error) {
      return this.#fail(error);
    }
    if (mayBePromise(answer)) this.#await(answer);
    else this.#returned(answer);
  }

  #await(promise: object): void {
    void Promise.resolve(promise).then(
      (answer: unknown) => this.#returned(answer),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Nothing means that it decides later. */
  #returned(answer: unknown): void {
    if (answer !== undefined) this.#hear(answer);
  }

  #hear(answer: unknown): void {
    if (this.#isAnswered) return;
    if (isVerdict(answer)) this.#answer(answer);
    else this.#fail(new TypeError(`a validator says "accept", "ignore" or "reject", not ${shown(answer)}`));
  }

  #fail(error: unknown): void {
    if (!this.#isAnswered) this.#answer("ignore");
    this.#news.failed(error, this.#message);
  }

  #answer(verdict: Verdict): void {
    this.#isAnswered = true;
    this.#news.answered(verdict);
  }
}

function isVerdict(value: unknown): value is Verdict {
  return value === "accept" || value === "ignore" || value === "reject";
}

function mayBePromise(value: unknown): value is object {
  return typeof value === "object" && value !== null && "then" in value;
}
