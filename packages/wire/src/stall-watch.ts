import type { Cancel, Clock } from "./clock.ts";

/** A time in which this process did nothing: stopped, starved, or busy with one long task. */
export interface Stall {
  /** Monotonic time of its end, in milliseconds: when it was noticed. */
  readonly endedAt: number;
  /** How long it was at least, in milliseconds. */
  readonly awayMs: number;
}

/** What a {@link StallWatch} is made of. */
export interface StallWatchOptions {
  readonly clock: Clock;
  /**
   * How late a timer may come, in milliseconds, above 0. An absence of less is never noticed, one that is longer by more
   * than a beat always.
   */
  readonly toleranceMs: number;
  /** The time from one beat of the watch to the next, in milliseconds, above 0. Default: {@link toleranceMs}. */
  readonly beatMs?: number | undefined;
  /**
   * Whether a wall clock that ran ahead of the monotonic one counts as well: the machine slept, or somebody set it. Default:
   * true. Not for whom others could hold up by setting its clock again and again.
   */
  readonly seesSleep?: boolean | undefined;
  /** Told once of each stall, from a task of its own, soon after it was noticed. */
  readonly stalled?: ((stall: Stall) => void) | undefined;
}

/**
 * Tells when this process was away: it orders a timer, again and again, and sees how late it comes. Who was away has
 * heard nothing, and must not conclude from silence that others are dead.
 *
 * Timers that came due during a stall run in their order once it is over, before anything that arrived is read, and
 * the watch's own need not be the first of them. So whoever is about to conclude something from silence asks
 * {@link since}, which does not wait for the beat, or waits with {@link after}.
 *
 * A machine that slept is found out by its wall clock, unless that is not wanted, since the monotonic one may have slept
 * too; a wall clock that was set forward looks the same. Works from its construction to {@link stop}.
 */
export class StallWatch {
  readonly #clock: Clock;
  readonly #toleranceMs: number;
  readonly #beatMs: number;
  readonly #seesSleep: boolean;
  readonly #stalled: (stall: Stall) => void;
  #dueAt = 0;
  #dueWallTime = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  #cancelBeat: Cancel = ignore;
  #cancelNews: Cancel = ignore;
  #isStopped = false;

  /** @throws RangeError unless tolerance and beat are waits that the clock can do, above 0. */
  constructor({ clock, toleranceMs, beatMs = toleranceMs, seesSleep = true, ...owner }: StallWatchOptions) {
    if (!(toleranceMs > 0)) throw new RangeError(`cannot tolerate ${toleranceMs} ms`);
    if (!(beatMs > 0)) throw new RangeError(`no beat takes ${beatMs} ms`);
    this.#clock = clock;
    this.#toleranceMs = toleranceMs;
    this.#beatMs = beatMs;
    this.#seesSleep = seesSleep;
    this.#stalled = owner.stalled ?? ignore;
    this.#arm();
  }

  /**
   * Whether a stall has ended after monotonic time `at`: then what was asked at `at` may have been answered without
   * being read, and what should have been done since was not.
   */
  since(at: number): boolean {
    this.#look();
    return at < this.#endedAt;
  }

  /**
   * Runs `task` like `Clock.after`, but a turn later, so that what had arrived in time is read first, as far as the
   * clock keeps its tasks apart; and tells it whether this process was away meanwhile.
   */
  after(delayMs: number, task: (wasAway: boolean) => void): Cancel {
    const since = this.#clock.now();
    let cancel = this.#clock.after(delayMs, () => {
      cancel = this.#clock.after(0, () => task(this.since(since)));
    });
    return () => cancel();
  }

  /** Watches no longer; what was noticed stays. May be called twice. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelBeat();
    this.#cancelNews();
  }

  #arm(): void {
    this.#cancelBeat();
    this.#dueAt = this.#clock.now() + this.#beatMs;
    this.#dueWallTime = this.#clock.wallTime() + this.#beatMs;
    this.#cancelBeat = this.#clock.after(this.#beatMs, () => {
      if (!this.#look()) this.#arm();
    });
  }

  /** Looks how late the beat is by now. */
  #look(): boolean {
    if (this.#isStopped) return false;
    const now = this.#clock.now();
    const sleptMs = this.#seesSleep ? this.#clock.wallTime() - this.#dueWallTime : 0;
    const awayMs = Math.max(now - this.#dueAt, sleptMs);
    if (awayMs <= this.#toleranceMs) return false;
    this.#endedAt = now;
    this.#arm();
    this.#cancelNews();
    this.#cancelNews = this.#clock.after(0, () => this.#stalled({ endedAt: now, awayMs }));
    return true;
  }
}

function ignore(): void {
  // Nothing to take back, nobody to tell.
}
