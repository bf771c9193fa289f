/** Takes back what was ordered. Calling it twice, or too late, does nothing. */
export type Cancel = () => void;

/** Time, as handed in. Two clocks with two duties: intervals are measured by one, shown and signed by the other. */
export interface Clock {
  /** Monotonic milliseconds since some moment; never runs backwards, says nothing about the date. */
  now(): number;
  /** Milliseconds since 1970 as the machine believes; an integer, may jump either way. */
  wallTime(): number;
  /**
   * Runs `task` once, `delayMs` (≥ 0) from now or later, never inside this call. Tasks of one due time run in the
   * order of the calls.
   */
  after(delayMs: number, task: () => void): Cancel;
}

/** The machine's clocks. A waiting task keeps the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

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
