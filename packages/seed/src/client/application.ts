import type { Council, Registration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { RegisterAnswer } from "../frames.ts";
import type { ClientTiming } from "./timing.ts";

/** A seed's no. */
export interface Rejection {
  readonly seed: PeerId;
  readonly code: string;
  readonly detail: string;
}

/** How often a seed is sent the registration before its silence makes the peer choose another one besides. */
const SENDS_TRUSTED = 2;

/**
 * One registration on its way: which seeds were chosen to bring it to, how they answered, when each is to be sent it
 * again. ⌊n/2⌋+1 seeds are kept at work on it; whoever is down, silent, held up or says no is replaced.
 */
export class Application {
  readonly registration: Registration;
  readonly #configuration: Council;
  readonly #timing: Pick<ClientTiming, "registerMinMs" | "registerMaxMs">;
  /** At most one a seed of the configuration. */
  readonly #errands = new Map<PeerId, Errand>();

  constructor(
    registration: Registration,
    configuration: Council,
    timing: Pick<ClientTiming, "registerMinMs" | "registerMaxMs">,
  ) {
    this.registration = registration;
    this.#configuration = configuration;
    this.#timing = timing;
  }

  /**
   * Whom to send the registration now; counts as sent.
   * @param linked the seeds that can be sent to, the preferred ones first.
   * @param now monotonic milliseconds.
   */
  due(linked: readonly PeerId[], now: number): readonly PeerId[] {
    let atWork = linked.filter((seed) => this.#errands.get(seed)?.isPromising === true).length;
    for (const seed of linked) {
      if (atWork >= this.#configuration.registrars) break;
      if (this.#errands.has(seed)) continue;
      this.#errands.set(seed, new Errand(this.#timing.registerMinMs));
      atWork += 1;
    }
    const due = linked.filter((seed) => (this.#errands.get(seed)?.dueAt ?? Number.POSITIVE_INFINITY) <= now);
    for (const seed of due) this.#errands.get(seed)?.sent(now, this.#timing.registerMaxMs);
    return due;
  }

  /** How many links it takes: ⌊n/2⌋+1 to seeds at work, besides those who answered otherwise. At most n. */
  get wanted(): number {
    const idle = [...this.#errands.values()].filter(({ isPromising }) => !isPromising).length;
    return Math.min(this.#configuration.size, this.#configuration.registrars + idle);
  }

  /** Takes a seed's answer. False: not about this registration, or the seed was never sent it. */
  answered(seed: PeerId, answer: RegisterAnswer): boolean {
    const errand = this.#errands.get(seed);
    if (errand === undefined || answer.incarnation !== this.registration.incarnation) return false;
    // A seed that said no looks again when it is asked again; until it has, its no stands.
    if (errand.answer?.outcome !== "rejected" || answer.outcome !== "pending") errand.answer = answer;
    return true;
  }

  /** The seeds that said no and did not think better of it. */
  get rejections(): readonly Rejection[] {
    return [...this.#errands].flatMap(([seed, { answer }]) =>
      answer?.outcome === "rejected" ? [{ seed, code: answer.code, detail: answer.detail }] : [],
    );
  }

  /** Whether every no says that a seed knows other words of this peer in this incarnation, or later ones. */
  get isContested(): boolean {
    return this.rejections.length > 0 && this.rejections.every(({ code }) => code === "conflict");
  }

  /** Whether so many said no that the others are fewer than a quorum. */
  get isHopeless(): boolean {
    const { size, quorum } = this.#configuration;
    return size - this.rejections.length < quorum;
  }
}

/** One seed's part. */
class Errand {
  dueAt: number = Number.NEGATIVE_INFINITY;
  answer: RegisterAnswer | undefined;
  #pauseMs: number;
  #sends = 0;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  get isPromising(): boolean {
    return this.answer === undefined ? this.#sends <= SENDS_TRUSTED : this.answer.outcome === "pending";
  }

  sent(now: number, pauseMaxMs: number): void {
    this.#sends += 1;
    this.dueAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(pauseMaxMs, this.#pauseMs * 2);
  }
}
