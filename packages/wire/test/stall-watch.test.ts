import { describe, expect, test } from "vitest";
import { type Clock, type Stall, StallWatch, type StallWatchOptions } from "../src/index.ts";

const TOLERANCE_MS = 500;

/** A process, and what its watch tells. */
function watched(options: Partial<StallWatchOptions> = {}): {
  readonly clock: Process;
  readonly watch: StallWatch;
  readonly told: Stall[];
} {
  const clock = new Process();
  const told: Stall[] = [];
  const stalled = (stall: Stall): unknown => told.push(stall);
  const watch = new StallWatch({ clock, toleranceMs: TOLERANCE_MS, stalled, ...options });
  return { clock, watch, told };
}

test("a process that runs was never away", () => {
  const { clock, watch, told } = watched();
  clock.run(60_000);
  expect([watch.since(0), told]).toEqual([false, []]);
});

describe("an absence", () => {
  test.each([
    [400, false],
    [500, false],
    [1001, true],
    [120_000, true],
  ])("of %i ms, wherever between two beats it begins: noticed is %s", (awayMs, isNoticed) => {
    for (let beginsAt = 1000; beginsAt < 1500; beginsAt += 50) {
      const { clock, watch, told } = watched();
      clock.run(beginsAt);
      clock.stall(awayMs);
      clock.run(2000);
      expect([watch.since(beginsAt), told.length]).toEqual([isNoticed, isNoticed ? 1 : 0]);
    }
  });

  test.each([
    [2000, false],
    [2499, undefined],
    [2501, true],
  ])("of %i ms, with a beat of 500 ms and a tolerance of 2000: noticed is %s", (awayMs, isNoticed) => {
    const noticed = new Set<boolean>();
    for (let beginsAt = 1000; beginsAt < 1500; beginsAt += 50) {
      const { clock, told } = watched({ toleranceMs: 2000, beatMs: 500 });
      clock.run(beginsAt);
      clock.stall(awayMs);
      clock.run(5000);
      noticed.add(told.length === 1);
    }
    expect(noticed).toEqual(new Set(isNoticed === undefined ? [false, true] : [isNoticed]));
  });

  test("is told once, with its end and its least length, soon after", () => {
    const { clock, told } = watched();
    clock.run(1250);
    clock.stall(10_000);
    clock.run(5000);
    expect(told).toEqual([{ endedAt: 11_250, awayMs: 9750 }]);
  });

  test("spoils what was asked before its end, and nothing that is asked afterwards", () => {
    const { clock, watch } = watched();
    clock.run(1000);
    clock.stall(10_000);
    clock.run(1);
    expect([watch.since(999), watch.since(10_999), watch.since(11_000)]).toEqual([true, true, false]);
    clock.run(60_000);
    expect([watch.since(999), watch.since(11_000)]).toEqual([true, false]);
  });

  test("is known to a timer that came due earlier than the watch's own", () => {
    const { clock, watch, told } = watched();
    const asked: (boolean | number)[] = [];
    clock.run(1000);
    clock.after(100, () => asked.push(watch.since(1000), told.length));
    clock.stall(5000);
    clock.run(1);
    expect([asked, told.length]).toEqual([[true, 0], 1]);
  });

  test("that follows another is told as well", () => {
    const { clock, told } = watched();
    for (const awayMs of [2000, 3000]) {
      clock.stall(awayMs);
      clock.run(1000);
    }
    expect(told.map(({ endedAt }) => endedAt)).toEqual([2000, 6000]);
  });

  test("in which the monotonic clock slept as well shows in the wall clock", () => {
    const { clock, watch, told } = watched();
    clock.run(1000);
    clock.wallOffsetMs = 3_600_000;
    clock.run(1000);
    expect([watch.since(999), told.length]).toEqual([true, 1]);
  });

  test("that only the wall clock shows is none for whom that says nothing", () => {
    const { clock, watch, told } = watched({ seesSleep: false });
    clock.run(1000);
    clock.wallOffsetMs = 3_600_000;
    clock.run(1000);
    expect([watch.since(999), told.length]).toEqual([false, 0]);
    clock.stall(5000);
    clock.run(1000);
    expect(told.map(({ endedAt }) => endedAt)).toEqual([7000]);
  });
});

describe("a wait", () => {
  test("lets what has arrived be read first, and tells whether the process was away", () => {
    for (const [awayMs, wasAway] of [
      [0, false],
      [5000, true],
    ] as const) {
      const { clock, watch } = watched();
      const order: unknown[] = [];
      watch.after(1000, (was) => order.push(was));
      clock.stall(awayMs);
      clock.after(Math.max(0, 1000 - awayMs), () => order.push("read"));
      clock.run(2000);
      expect(order).toEqual(["read", wasAway]);
    }
  });

  test("is told of an absence that ended before its time was up, and of none before it began", () => {
    const { clock, watch } = watched();
    clock.stall(3000);
    clock.run(1);
    const told: boolean[] = [];
    watch.after(1000, (was) => told.push(was));
    clock.run(1000);
    watch.after(10_000, (was) => told.push(was));
    clock.stall(3000);
    clock.run(10_000);
    expect(told).toEqual([false, true]);
  });

  test("is taken back at any time", () => {
    const { clock, watch } = watched();
    let runs = 0;
    const cancels = [10, 20].map((delayMs) => watch.after(delayMs, () => runs++));
    cancels[0]?.();
    clock.after(20, () => cancels[1]?.());
    clock.run(1000);
    expect(runs).toBe(0);
  });
});

test("a wall clock that is set back says nothing", () => {
  const { clock, told } = watched();
  clock.run(1000);
  clock.wallOffsetMs = -3_600_000;
  clock.run(10_000);
  expect(told).toEqual([]);
});

test("a watch that was stopped orders nothing, and notices nothing new", () => {
  const { clock, watch, told } = watched();
  clock.stall(2000);
  expect(watch.since(0)).toBe(true);
  watch.stop();
  watch.stop();
  clock.stall(10_000);
  expect([clock.isIdle, watch.since(2000), watch.since(0), told]).toEqual([true, false, true, []]);
});

test.each([0, -1, Number.NaN])("a tolerance of %d ms is refused", (toleranceMs) => {
  expect(() => new StallWatch({ clock: new Process(), toleranceMs })).toThrow(RangeError);
});

test.each([0, -1, Number.NaN])("a beat of %d ms is refused", (beatMs) => {
  expect(() => new StallWatch({ clock: new Process(), toleranceMs: 1, beatMs })).toThrow(RangeError);
});

/** The clock of a process that runs, or is away, as it is told. */
class Process implements Clock {
  wallOffsetMs = 0;
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly task: () => void }>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + this.wallOffsetMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const due = { at: this.#now + delayMs, task };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  get isIdle(): boolean {
    return this.#due.size === 0;
  }

  /** Time passes, and nothing is done. */
  stall(ms: number): void {
    this.#now += ms;
  }

  /** Time passes, and what is due is done, in its order. */
  run(ms: number): void {
    const end = this.#now + ms;
    for (let due = this.#first(end); due !== undefined; due = this.#first(end)) {
      this.#due.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.task();
    }
    this.#now = end;
  }

  #first(end: number): { readonly at: number; readonly task: () => void } | undefined {
    return [...this.#due].filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at)[0];
  }
}
