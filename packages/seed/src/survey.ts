import type { PeerId } from "@p2p/identity";

interface Question {
  readonly victim: PeerId;
  readonly done: (isEnough: boolean) => void;
}

/**
 * The control group of a look: members that are asked for a sign of life at the same time as somebody who is missed. If
 * fewer than half of them answer, it is not the missed one that is out of reach. Pure; holds the panel it is made of.
 * PROTOCOL.md §9.7.
 */
export class Survey {
  readonly nonce: Uint8Array;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  readonly panel: ReadonlySet<PeerId>;
  readonly #answered = new Set<PeerId>();
  #questions: Question[] = [];
  #isOver = false;

  constructor(panel: Iterable<PeerId>, nonce: Uint8Array, startedAt: number) {
    this.panel = new Set(panel);
    this.nonce = nonce;
    this.startedAt = startedAt;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many of the panel have answered. */
  get answers(): number {
    return this.#answered.size;
  }

  /**
   * Whether at least half of the panel without `victim`, one at least, has answered. The panel of a lone member's case
   * is empty: then nothing tells silence from blindness.
   */
  isEnough(victim?: PeerId): boolean {
    const without = (members: ReadonlySet<PeerId>): number =>
      members.size - Number(victim !== undefined && members.has(victim));
    return without(this.#answered) >= Math.max(1, without(this.panel) / 2);
  }

  /** `peer` has given a sign of life. What it decides is told before this returns. */
  answer(peer: PeerId): void {
    if (this.#isOver || !this.panel.has(peer)) return;
    this.#answered.add(peer);
    const decided = this.#questions.filter(({ victim }) => this.isEnough(victim));
    this.#questions = this.#questions.filter((question) => !decided.includes(question));
    for (const { done } of decided) done(true);
  }

  /** Asks whether the rest answers, of whom `victim` is none: as soon as that is so, or when time is up. */
  ask(victim: PeerId, done: (isEnough: boolean) => void): void {
    if (this.#isOver || this.isEnough(victim)) done(this.isEnough(victim));
    else this.#questions.push({ victim, done });
  }

  /** Time is up: later answers do not count. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const { victim, done } of this.#questions.splice(0)) done(this.isEnough(victim));
  }

  /** Nobody is told anything any more. */
  abandon(): void {
    this.#questions = [];
    this.#isOver = true;
  }
}
