import type { ProbeOutcome, TestimonyOutcome } from "@p2p/consensus";
import type { SeedTiming } from "./timing.ts";

/** What of a {@link SeedTiming} a case goes by. */
export type CaseTiming = Pick<
  SeedTiming,
  "caseRoundsMs" | "caseAgeMs" | "caseLooksMs" | "caseLifeMs" | "voteAgainMs"
>;

/** What to do next in a case. */
export type CaseStep =
  /** Probe the victim; with witnesses, ask some at the same time. */
  | { readonly kind: "look"; readonly withWitnesses: boolean }
  /** Ask witnesses. */
  | { readonly kind: "ask" }
  /** Vote to remove: everything asked has ended, and nothing of it was life. */
  | { readonly kind: "vote" }
  /** Nothing until the case is this old, in milliseconds. */
  | { readonly kind: "wait"; readonly untilMs: number }
  /** Nothing until something that is under way has ended. */
  | { readonly kind: "listen" }
  /** Neither life nor a decision: end it. */
  | { readonly kind: "give up" };

/** Pause before a look that did not take place is tried again. */
const BUSY_AGAIN_MS = 1000;

/**
 * What one seed has tried in order to find one member alive, and what it has to try before it may vote. Two ways lead to
 * a vote: silence, looked at in rounds until the case is old enough; or "refused", by every own look and every witness
 * that looked at all, over looks that span longer than a restart takes. Any proof of life ends the case elsewhere.
 * Times are the case's age. Pure: whoever holds it does what {@link next} says, and tells it what came of it.
 * PROTOCOL.md §9.4.
 */
export class Case {
  readonly #timing: CaseTiming;
  #isRefused = true;
  #lookedAt = -1;
  #isLooking = false;
  #owesWitnesses = false;
  #hasAsked = false;
  /** Asked and not heard of. */
  #witnesses = 0;
  /** When to look again, beside the schedule: after a look that did not take place, or after a vote. */
  #againAt: number | undefined;
  #hasVoted = false;

  constructor(timing: CaseTiming) {
    this.#timing = timing;
  }

  /** Whether a vote was due at least once. */
  get hasVoted(): boolean {
    return this.#hasVoted;
  }

  /** What to do at this age. Asked again after everything that is told. */
  next(age: number): CaseStep {
    if (age >= this.#timing.caseLifeMs) return { kind: "give up" };
    if (this.#isLooking) return { kind: "listen" };
    if (this.#owesWitnesses) return { kind: "ask" };
    const lookAt = this.#againAt ?? this.#scheduled();
    if (lookAt !== undefined) return age >= lookAt ? this.#look(lookAt) : this.#wait(lookAt);
    if (this.#witnesses > 0) return { kind: "listen" };
    const voteAt = this.#isRefused || this.#hasVoted ? 0 : this.#timing.caseAgeMs;
    return age >= voteAt ? { kind: "vote" } : this.#wait(voteAt);
  }

  /** A look has begun. */
  looking(age: number): void {
    if (this.#againAt === undefined) this.#lookedAt = this.#scheduled() ?? age;
    this.#againAt = undefined;
    this.#isLooking = true;
  }

  /** The look has ended without life. "busy": it did not take place. */
  looked(outcome: Exclude<ProbeOutcome["kind"], "alive">, age: number): void {
    this.#isLooking = false;
    if (outcome === "busy") {
      this.#againAt = age + BUSY_AGAIN_MS;
      return;
    }
    if (outcome === "silent") this.#isRefused = false;
    // In the first round witnesses are asked only once the own look has failed.
    this.#owesWitnesses = !this.#hasAsked;
  }

  /** So many witnesses were asked; each will testify, or be given up. */
  asked(count: number): void {
    this.#owesWitnesses = false;
    this.#hasAsked = true;
    this.#witnesses += count;
  }

  /**
   * A witness has answered without a proof that ends the case, or not in time (`undefined`). Who was busy, knew nothing
   * or did not answer is no witness.
   */
  testified(outcome: TestimonyOutcome | undefined): void {
    this.#witnesses = Math.max(0, this.#witnesses - 1);
    if (outcome === "silent" || outcome === "alive") this.#isRefused = false;
  }

  /** This seed votes now; the next vote takes another look. */
  voted(age: number): void {
    this.#hasVoted = true;
    this.#againAt = age + this.#timing.voteAgainMs;
  }

  #look(lookAt: number): CaseStep {
    const { caseRoundsMs } = this.#timing;
    const isLaterRound = caseRoundsMs.indexOf(lookAt) > 0;
    return { kind: "look", withWitnesses: isLaterRound && !this.#isRefused && !this.#hasVoted };
  }

  #wait(untilMs: number): CaseStep {
    return { kind: "wait", untilMs: Math.min(untilMs, this.#timing.caseLifeMs) };
  }

  /** The age of the next look on the way that the case is on; `undefined` after the last. */
  #scheduled(): number | undefined {
    if (this.#hasVoted) return undefined;
    const { caseLooksMs, caseRoundsMs } = this.#timing;
    return (this.#isRefused ? caseLooksMs : caseRoundsMs).find((at) => at > this.#lookedAt);
  }
}
