import type { Cancel, Clock } from "@p2p/wire";
import type { Message } from "./message.ts";
import { Question, type Validator, type Verdict } from "./question.ts";

/** Messages that are judged at one time; messages that wait for it, and bytes of their payloads. */
const JUDGED_MAX = 64;
const JUDGE_QUEUE_MAX = 1024;
const JUDGE_QUEUE_BYTES_MAX: number = 4 * 1024 * 1024;

/** How it came that a batch was not accepted. */
export type Refusal = "ignored" | "invalid" | "timeout";

/** A batch to be judged, message by message. */
export interface Trial {
  readonly messages: readonly Message[];
  /** Told once. Nothing, if all were accepted. */
  readonly done: (refusal: Refusal | undefined) => void;
}

/** What a {@link Validation} tells. */
export interface ValidationNews {
  /** {@link Validation.isPressed} is no longer so. */
  readonly eased: () => void;
  /** The validator threw, or answered what is no verdict: it has ignored. */
  readonly failed: (error: unknown, message: Message) => void;
}

/**
 * Batches before their validator: 64 at one time, each for a limited time; 1 024 messages or 4 MiB more may wait.
 */
export class Validation {
  readonly #clock: Clock;
  readonly #validator: Validator;
  readonly #timeoutMs: number;
  #queue: Trial[] = [];
  #messages = 0;
  #bytes = 0;
  readonly #running = new Set<Cancel>();
  #isGoing = false;
  readonly #news: ValidationNews;

  constructor(clock: Clock, validator: Validator, timeoutMs: number, news: ValidationNews) {
    this.#clock = clock;
    this.#validator = validator;
    this.#timeoutMs = timeoutMs;
    this.#news = news;
  }

  /** Whether so much waits that nothing more is taken. */
  get isFull(): boolean {
    return this.#messages >= JUDGE_QUEUE_MAX || this.#bytes >= JUDGE_QUEUE_BYTES_MAX;
  }

  /** Whether so much waits that those who bring more had better be held up. */
  get isPressed(): boolean {
    return this.#messages >= JUDGE_QUEUE_MAX / 2 || this.#bytes >= JUDGE_QUEUE_BYTES_MAX / 2;
  }

  /** Judges a batch, or lets it wait for its turn. */
  add(trial: Trial): void {
    this.#queue.push(trial);
    this.#count(trial, 1);
    this.#go();
  }

  clear(): void {
    for (const cancel of this.#running) cancel();
    this.#running.clear();
    this.#queue = [];
    this.#messages = this.#bytes = 0;
  }

  #go(): void {
    if (this.#isGoing) return; // who decides at once comes back here
    this.#isGoing = true;
    const wasPressed = this.isPressed;
    while (this.#running.size < JUDGED_MAX) {
      const trial = this.#queue.shift();
      if (trial === undefined) break;
      this.#count(trial, -1);
      this.#judge(trial);
    }
    this.#isGoing = false;
    if (wasPressed && !this.isPressed) this.#news.eased();
  }

  #judge({ messages, done }: Trial): void {
    let missing = messages.length;
    let worst: Refusal | undefined;
    const end = (refusal: Refusal | undefined): void => {
      if (!this.#running.delete(cancel)) return; // over, or let go of
      cancel();
      done(refusal);
    };
    const cancel = this.#clock.after(this.#timeoutMs, () => {
      end("timeout");
      this.#go();
    });
    this.#running.add(cancel);
    const answered = (verdict: Verdict): void => {
      worst = worstOf(worst, verdict);
      missing--;
      if (missing === 0 || worst === "invalid") end(worst);
      if (!this.#running.has(cancel)) this.#go();
    };
    const { failed } = this.#news;
    for (const message of messages) new Question(message, { answered, failed }).ask(this.#validator);
  }

  #count({ messages }: Trial, sign: 1 | -1): void {
    this.#messages += sign * messages.length;
    for (const { byteLength } of messages) this.#bytes += sign * byteLength;
  }
}

function worstOf(before: Refusal | undefined, verdict: Verdict): Refusal | undefined {
  if (verdict === "reject") return "invalid";
  return verdict === "accept" ? before : (before ?? "ignored");
}
