import type { Plan } from "./plan.ts";
import { Trial } from "./trial.ts";
import type { Violation } from "./violation.ts";

/** The beginning of a failing plan that fails by itself. */
export interface Shrunk {
  /** The plan with the first of its strikes only. */
  readonly plan: Plan;
  /** How it fails: by the same rule as the whole. */
  readonly violation: Violation;
  /** How many worlds it took to find that out. */
  readonly runs: number;
}

/** Whether a plan breaks a rule: the first violation of it. */
export type Judge = (plan: Plan) => Violation | undefined;

/**
 * Finds by bisection how few of its first strikes a failing plan needs in order to fail by the same rule. Of the result
 * it is certain that it fails, and that it does not with one strike less, unless there is none; both were run. (Shorter
 * beginnings yet may fail again: whatever history there is between, chance falls otherwise.)
 * @param violation what the whole plan is known to do.
 * @param judge default: runs the world until the rule is broken.
 */
export function shrink(plan: Plan, violation: Violation, judge: Judge = judgeBy(violation.rule)): Shrunk {
  const { strikes } = plan;
  let [passes, fails] = [-1, strikes.length];
  let found: Shrunk = { plan, violation, runs: 0 };
  // What came after the violation did not cause it: if anything did, that is the first guess.
  const earlier = strikes.filter(({ atMs }) => atMs <= violation.atMs).length;
  let count = earlier < fails ? earlier : middle(passes, fails);
  for (; fails - passes > 1; count = middle(passes, fails)) {
    const shorter = { ...plan, strikes: strikes.slice(0, count) };
    const again = judge(shorter);
    const runs = found.runs + 1;
    if (again === undefined) passes = count;
    else fails = count;
    found = again === undefined ? { ...found, runs } : { plan: shorter, violation: again, runs };
  }
  return found;
}

function middle(from: number, to: number): number {
  return Math.floor((from + to) / 2);
}

/** Runs worlds until `rule` is broken, or to their end. */
export function judgeBy(rule: string): Judge {
  return (plan) => {
    const { violations } = new Trial(plan, { stopAt: rule }).run();
    return violations.find((violation) => violation.rule === rule);
  };
}
