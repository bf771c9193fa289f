import { expect, test } from "vitest";
import { drawPlan, type Plan, shrink, type Violation } from "../src/index.ts";

const plan = drawPlan(5, { minutes: 10 });
const all = plan.strikes.length;

const violation: Violation = { rule: "all is well", detail: "nothing is", atMs: 1e9, hosts: ["peer 1"] };

/** Fails from so many strikes on, and writes down what it was shown. */
function judgeFrom(count: number, shown: number[] = []): (shorter: Plan) => Violation | undefined {
  return ({ strikes }) => {
    shown.push(strikes.length);
    return strikes.length >= count ? { ...violation, detail: `${strikes.length}` } : undefined;
  };
}

test("the shortest beginning that fails is found, whichever it is", () => {
  for (let count = 0; count <= all; count++) {
    const shown: number[] = [];
    const { plan: shorter, violation: found, runs } = shrink(plan, violation, judgeFrom(count, shown));
    expect(shorter).toEqual({ ...plan, strikes: plan.strikes.slice(0, count) });
    expect(runs).toBe(shown.length);
    expect(runs).toBeLessThanOrEqual(Math.ceil(Math.log2(all + 1)) + 1);
    // It was run, and failed; the one before was run, and did not.
    expect(found.detail).toBe(count < all ? `${count}` : violation.detail);
    expect(shown.includes(count - 1)).toBe(count > 0);
  }
});

test("what came after the violation is left out first", () => {
  const atMs = (plan.strikes[3]?.atMs ?? 0) + 1;
  const shown: number[] = [];
  shrink(plan, { ...violation, atMs }, judgeFrom(3, shown));
  expect(shown[0]).toBe(4);
  expect(Math.max(...shown)).toBe(4);
});

test("a beginning that fails in another way does not count", () => {
  const { plan: shorter, violation: found } = shrink(plan, violation, () => undefined);
  expect(shorter).toEqual(plan);
  expect(found).toBe(violation);
});

test("a plan without strikes is as short as can be", () => {
  const empty = { ...plan, strikes: [] };
  expect(shrink(empty, violation, judgeFrom(0))).toEqual({ plan: empty, violation, runs: 0 });
});
