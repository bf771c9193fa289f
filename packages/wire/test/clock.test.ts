import { expect, test } from "vitest";
import { type Clock, every, systemClock } from "../src/clock.ts";
import { clockCases } from "../src/conformance/index.ts";

test.each(clockCases.map(({ name, run }) => [name, run] as const))("%s", async (_, run) => {
  const failure = await new Promise((resolve) => run(systemClock, resolve));
  expect(failure).toBeUndefined();
});

test("every runs its task after each interval, and asks for the interval anew each time", () => {
  const clock = new ClockByHand();
  const ran: number[] = [];
  const intervals = [10, 20, 30];
  every(
    clock,
    () => intervals.shift() ?? 1000,
    () => ran.push(clock.now()),
  );
  clock.run(100);
  expect(ran).toEqual([10, 30, 60]);
});

test("every goes on after a task that throws", () => {
  const clock = new ClockByHand();
  let runs = 0;
  every(
    clock,
    () => 10,
    () => {
      runs++;
      throw new Error("bug");
    },
  );
  expect(() => clock.run(10)).toThrow("bug");
  expect(() => clock.run(10)).toThrow("bug");
  expect(runs).toBe(2);
});

test("every stops when it is taken back, also from inside its task", () => {
  const clock = new ClockByHand();
  let runs = 0;
  const cancel = every(
    clock,
    () => 10,
    () => {
      if (++runs === 3) cancel();
    },
  );
  clock.run(100);
  expect(runs).toBe(3);
});

/** Time that passes only when it is told to. */
class ClockByHand implements Clock {
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly task: () => void }>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const due = { at: this.#now + delayMs, task };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  run(durationMs: number): void {
    const end = this.#now + durationMs;
    for (let due = this.#first(end); due !== undefined; due = this.#first(end)) {
      this.#due.delete(due);
      this.#now = due.at;
      due.task();
    }
    this.#now = end;
  }

  #first(end: number): { readonly at: number; readonly task: () => void } | undefined {
    return [...this.#due].filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at)[0];
  }
}
