/** Longest wait a clock can be asked for, in milliseconds: a longer one of the system's timers would be over at once. */
export const DELAY_MAX_MS: number = 2 ** 31 - 1;

/** Takes back what was ordered. Calling it twice, or too late, does nothing. */
export type Cancel = () => void;

/** Time, as handed in. Two clocks with two duties: intervals are measured by one, shown and signed by the other. */
export interface Clock {
  /** Monotonic milliseconds since some moment; never runs backwards, says nothing about the date. */
  now(): number;
  /** Milliseconds since 1970 as the machine believes; an integer, may jump either way. */
  wallTime(): number;
  /**
   * Runs `task` once, `delayMs` from now or later, never inside this call. Tasks of one due time run in the order of
   * the calls.
   * @throws RangeError unless `delayMs` is a number of 0 to {@link DELAY_MAX_MS}.
   */
  after(delayMs: number, task: () => void): Cancel;
}

/** The machine's clocks. A waiting task keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, task) {
    checkDelay(delayMs);
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** @throws RangeError unless `delayMs` is a wait that every {@link Clock} can do. */
export function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs <= DELAY_MAX_MS)) throw new RangeError(`cannot wait ${delayMs} ms`);
}

/**
 * Runs `task` again and again, `intervalMs()` apart, the first time after one interval.
 * @param intervalMs asked before each wait, so that it can jitter.
 */
export function every(clock: Clock, intervalMs: () => number, task: () => void): Cancel {
  const again = (): void => {
    // Re-arm before the task: a task that throws must not silence the rest.
    cancel = clock.after(intervalMs(), again);
    task();
  };
  let cancel = clock.after(intervalMs(), again);
  return () => cancel();
}
