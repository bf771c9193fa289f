// Prints `N passed, N failed` from vitest's JSON report and the number of check steps that failed.
//
//     node .ci/totals.mjs report.json failedSteps vitestExitCode
import { readFileSync } from "node:fs";

/**
 * What ran and passed, and everything that did not: failed tests, files that did not load or whose hooks failed, and
 * one more if there was no test at all, no report, or an error outside of any test.
 *
 * @param {{ testResults: { status: string, assertionResults: { status: string }[] }[] } | undefined} report
 * @param {number} exitCode
 */
export function totals(report, exitCode) {
  const files = report?.testResults ?? [];
  const count = (/** @type {string} */ status) =>
    files.reduce(
      (sum, file) => sum + file.assertionResults.filter((test) => test.status === status).length,
      0,
    );
  const broken = files.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const passed = count("passed");
  const failed = count("failed") + broken;
  const otherwiseBad = failed === 0 && (passed === 0 || exitCode !== 0);
  return { passed, failed: failed + (otherwiseBad ? 1 : 0) };
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

if (process.argv[1] === import.meta.filename) {
  const [path = "", failedSteps, exitCode] = process.argv.slice(2);
  const { passed, failed } = totals(readReport(path), Number(exitCode));
  console.log(`${passed} passed, ${failed + Number(failedSteps)} failed`);
}
