import { Chronicle, type Whom } from "./chronicle.ts";
import type { Plan } from "./plan.ts";
import { type Judge, type Shrunk, shrink } from "./shrink.ts";
import { Trial } from "./trial.ts";
import type { Violation } from "./violation.ts";

/** What is to be known of a world that failed. */
export interface PostMortem extends Shrunk {
  /** The last lines of the chronicle of whoever was involved, up to the violation; at most {@link LINES_MAX}. */
  readonly trace: readonly string[];
}

/** Lines of a chronicle that people still read. */
export const LINES_MAX = 60;

/** Looks into a violation: how few strikes lead to it, and what those involved did last. Runs some dozen worlds. */
export function postMortem(plan: Plan, violation: Violation, judge?: Judge): PostMortem {
  const shrunk = shrink(plan, violation, judge);
  return { ...shrunk, trace: lastLines(shrunk.plan, shrunk.violation) };
}

/** Whom the violations name; everybody if they name nobody. */
export function involvedIn(violations: readonly Violation[]): Whom {
  const names = new Set(violations.flatMap(({ hosts }) => hosts));
  return names.size === 0 ? "all" : names;
}

function lastLines(plan: Plan, violation: Violation): readonly string[] {
  const lines: string[] = [];
  const chronicle = new Chronicle(
    (line) => {
      lines.push(line);
      if (lines.length > LINES_MAX) lines.shift();
    },
    involvedIn([violation]),
  );
  new Trial(plan, { observers: [chronicle], stopAt: violation.rule }).run();
  return lines;
}
