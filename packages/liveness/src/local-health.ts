import type { PeerId } from "@p2p/identity";
import { type Cancel, type Clock, type Stall, StallWatch } from "@p2p/wire";
import { HealthScore } from "./health-score.ts";
import type { LivenessTiming } from "./timing.ts";

/** Most that a look is stretched: a probe link does not last longer. */
const LOOK_STRETCH_MAX = 3;

/** What a {@link LocalHealth} is made of. */
export interface LocalHealthOptions {
  readonly clock: Clock;
  readonly timing: LivenessTiming;
  /** Whether this node doubts itself at all. */
  readonly isOn: boolean;
  /** Told once of each time this process was away. */
  readonly stalled: (stall: Stall) => void;
}

/**
 * What a node knows of its own fitness to say that others are silent. Who was away, or hears nobody at all, blames
 * itself: what it asked then counts for nothing. Who was in trouble lately takes more time. PROTOCOL.md §6.5.
 */
export class LocalHealth {
  readonly #clock: Clock;
  readonly #pingIntervalMs: number;
  readonly #isOn: boolean;
  readonly #stalls: StallWatch;
  readonly #score = new HealthScore();
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, timing, isOn, stalled }: LocalHealthOptions) {
    this.#clock = clock;
    this.#pingIntervalMs = timing.pingIntervalMs;
    this.#isOn = isOn;
    this.#stalls = new StallWatch({
      clock,
      // Shorter absences cannot outlast the shortest wait for an answer.
      toleranceMs: timing.pingTimeoutMinMs / 2,
      stalled: (stall) => {
        this.#score.worsen();
        stalled(stall);
      },
    });
    if (!isOn) this.#stalls.stop();
  }

  /** 0, all is well, to 8. */
  get score(): number {
    return this.#isOn ? this.#score.value : 0;
  }

  /** How long to wait, between pings and for their answers, where `ms` are right in good health: up to 9 times that. */
  stretched(ms: number): number {
    return ms * (this.score + 1);
  }

  /** The same for how long to look for a suspect: up to 3 times `ms`. */
  stretchedLook(ms: number): number {
    return Math.min(this.stretched(ms), ms * LOOK_STRETCH_MAX);
  }

  /** Whether this process was away at any time since monotonic time `at`. */
  wasAwaySince(at: number): boolean {
    return this.#stalls.since(at);
  }

  /** Orders `task` for when `delayMs` are over and what arrived in them was read; says whether this process was away. */
  after(delayMs: number, task: (wasAway: boolean) => void): Cancel {
    return this.#stalls.after(delayMs, task);
  }

  /** Somebody answered this node in time. */
  answered(): void {
    this.#answeredAt = this.#clock.now();
    this.#score.improve();
  }

  /** A neighbour that had answered so far did not. */
  missed(neighbour: PeerId): void {
    this.#score.miss(neighbour, this.#clock.now(), this.stretched(this.#pingIntervalMs));
  }

  /** Nobody at all answered, or this node has accused a member that lives. */
  failed(): void {
    this.#score.worsen();
  }

  /** Whether nobody has answered this node since monotonic time `at`. */
  isDeafSince(at: number): boolean {
    return this.#isOn && this.#answeredAt < at;
  }

  stop(): void {
    this.#stalls.stop();
  }
}
