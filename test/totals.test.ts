import { expect, test } from "vitest";
import { totals } from "../.ci/totals.mjs";

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((one) => ({ status: one })),
});

test("tests are counted as they ended, and skipped ones not at all", () => {
  const testResults = [
    file("passed", "passed", "passed", "skipped"),
    file("failed", "passed", "failed", "failed"),
  ];
  expect(totals({ testResults }, 1)).toEqual({ passed: 3, failed: 2 });
});

test("a file that did not load is one failure, and so is one whose hook failed", () => {
  const testResults = [file("passed", "passed"), file("failed"), file("failed", "skipped", "skipped")];
  expect(totals({ testResults }, 1)).toEqual({ passed: 1, failed: 2 });
});

test("no report, no test, or an error outside of any test is a failure", () => {
  expect(totals(undefined, 1)).toEqual({ passed: 0, failed: 1 });
  expect(totals({ testResults: [] }, 0)).toEqual({ passed: 0, failed: 1 });
  expect(totals({ testResults: [file("passed", "passed")] }, 1)).toEqual({ passed: 1, failed: 1 });
});
