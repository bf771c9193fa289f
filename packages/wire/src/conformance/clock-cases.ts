import type { Clock } from "../clock.ts";
import { type ConformanceCase, expect, expectSame, guarded } from "./case.ts";

/** A clock of whole milliseconds may be up to one early. */
const GRAIN_MS = 1;

/** The contract of a {@link Clock}. */
export const clockCases: readonly ConformanceCase<Clock>[] = [
  timed("a task runs once its delay is over, and not before", (clock, check) => {
    const begin = clock.now();
    clock.after(30, () => check(() => expect(clock.now() - begin >= 30 - GRAIN_MS, "it ran early")));
  }),

  timed("a task never runs inside the call that orders it, not even without a delay", (clock, check) => {
    let isOrdering = true;
    clock.after(0, () => check(() => expect(!isOrdering, "it ran inside the call")));
    isOrdering = false;
  }),

  timed(
    "tasks run in the order of their times, and those of one time in the order of the calls",
    (clock, check) => {
      const ran: string[] = [];
      for (const [name, delayMs] of [
        ["last", 60],
        ["second", 20],
        ["third", 20],
        ["first", 0],
      ] as const) {
        clock.after(delayMs, () => ran.push(name));
      }
      clock.after(90, () => check(() => expectSame(ran, ["first", "second", "third", "last"], "the order")));
    },
  ),

  timed("a task that was taken back does not run, and taking it back twice does nothing", (clock, check) => {
    let runs = 0;
    const cancel = clock.after(10, () => runs++);
    cancel();
    cancel();
    const cancelLate = clock.after(10, () => runs++);
    clock.after(40, () => {
      cancelLate();
      check(() => expectSame(runs, 1, "runs"));
    });
  }),

  timed("a task may order another, and take back one that is due at the same time", (clock, check) => {
    let isTakenBack = false;
    clock.after(10, () => {
      cancel();
      isTakenBack = true;
      clock.after(10, () => check(() => expect(isTakenBack, "it ran")));
    });
    const cancel = clock.after(10, () => {
      isTakenBack = false;
    });
  }),

  timed("a wait that no timer can do is refused, and not over at once", (clock, check) => {
    let runs = 0;
    const refused = [2 ** 31, Number.POSITIVE_INFINITY, Number.NaN, -1].filter((delayMs) => {
      try {
        clock.after(delayMs, () => runs++);
        return false;
      } catch (error) {
        return error instanceof RangeError;
      }
    });
    clock.after(20, () => check(() => expectSame([refused.length, runs], [4, 0], "refusals and runs")));
  }),

  timed("now never runs backwards, and wallTime counts whole milliseconds", (clock, check) => {
    const begin = clock.now();
    clock.after(10, () =>
      check(() => {
        expect(clock.now() > begin, "now did not move");
        expect(Number.isSafeInteger(clock.wallTime()), `not an integer: ${clock.wallTime()}`);
      }),
    );
  }),
];

function timed(
  name: string,
  tell: (clock: Clock, check: (body: () => void) => void) => void,
): ConformanceCase<Clock> {
  return {
    name,
    run: (clock, done) =>
      tell(clock, (body) => {
        let failure: Error | undefined;
        guarded(body, (error) => {
          failure = error;
        });
        done(failure);
      }),
  };
}
