import { relative } from "node:path";
import { Chronicle, timeText, type Whom } from "../chronicle.ts";
import { overlayReport } from "../overlay-report.ts";
import type { Plan } from "../plan.ts";
import { involvedIn, type PostMortem, postMortem } from "../post-mortem.ts";
import { type Judge, judgeBy } from "../shrink.ts";
import { OVERLAY_M, type Progress, Trial, type Verdict } from "../trial.ts";
import type { Violation } from "../violation.ts";
import { BUILD } from "./build.ts";
import type { WorldOrder } from "./order.ts";
import { callersPath } from "./program.ts";
import { ProgressBar } from "./progress-bar.ts";
import { writeReplay } from "./replay-file.ts";
import { makeFolder, writeReport } from "./report-folder.ts";
import { postMortemText, verdictText } from "./summary.ts";

/** What a world does, in the words of its progress line. */
const PHASES: Readonly<Record<Progress["phase"], string>> = {
  arrival: "peers arrive",
  together: "it comes together",
  trouble: "trouble",
  duties: "it does its duties",
  afterwards: "nothing may happen any more",
};

/** A world that is over. */
interface Ran {
  readonly trial: Trial;
  readonly verdict: Verdict;
}

/**
 * Runs one world and prints what came of it; the exit code.
 * @param broken is told as soon as it is known that a rule was broken; what follows takes longer than the world did.
 */
export function runWorld(
  { plan, isReplay, trace, report, json }: WorldOrder,
  broken: () => void = () => undefined,
): number {
  if (report !== undefined) makeFolder(report);
  const begunMs = performance.now();
  const whom = trace === "involved" ? undefined : trace;
  const { trial, verdict } = whom === undefined ? runQuietly(plan) : runAloud(plan, whom);
  const [violation] = verdict.violations;
  if (violation !== undefined) broken();
  const say = (text: string): void => (json ? undefined : console.log(text));
  say(verdictText(verdict, (performance.now() - begunMs) / 1000));
  if (report !== undefined) say(reportOn(trial, report));
  if (trace === "involved") tell(verdict);
  const found = violation === undefined || isReplay ? undefined : lookInto(plan, violation);
  const file =
    found &&
    writeReplay(callersPath("."), {
      mutant: BUILD.mutant,
      plan: found.plan,
      violations: [found.violation],
    });
  if (found && file !== undefined) say(postMortemText(found, relative(callersPath("."), file)));
  if (json) console.log(JSON.stringify(documentOf(verdict, found, file), undefined, 2));
  return violation === undefined ? 0 : 1;
}

function runQuietly(plan: Plan): Ran {
  const bar = new ProgressBar();
  const trial = new Trial(plan, {
    progress: ({ phase, atMs, ofMs }) =>
      bar.show(
        atMs / ofMs,
        `world ${plan.seed}: ${PHASES[phase]}, ${minutesText(atMs)} of ${minutesText(ofMs)}`,
      ),
  });
  const verdict = trial.run();
  bar.clear();
  return { trial, verdict };
}

/** Prints the chronicle of some hosts on the way: between the steps, since a stream may need what steps may not touch. */
function runAloud(plan: Plan, whom: Whom, stopAt?: string): Ran {
  const lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) console.log(lines.splice(0).join("\n"));
  };
  const chronicle = new Chronicle((line) => lines.push(line), whom);
  const trial = new Trial(plan, { observers: [chronicle], progress: flush, stopAt });
  const verdict = trial.run();
  flush();
  return { trial, verdict };
}

/** Writes what the overlay looks like in the end, and says it. */
function reportOn({ network: { overlay }, plan }: Trial, folder: string): string {
  if (overlay.edgeCount === 0) return "There is no link to report on.";
  const report = overlayReport(overlay, OVERLAY_M, plan.seed);
  const files = writeReport(folder, report).map((path) => relative(callersPath("."), path));
  const origin =
    plan.arrivalMs > 0 ? [] : ["all started at once; with --arrival 100 the overlay grows peer by peer"];
  return ["", ...report.lines, ...origin, `Written to ${files.join(", ")}`].join("\n");
}

/** Who is involved is known in the end only: so the world runs a second time. */
function tell({ plan, violations }: Verdict): void {
  const [violation] = violations;
  if (violation === undefined)
    console.log("Nobody is involved in any violation: --trace takes names, or all.");
  else runAloud(plan, involvedIn([violation]), violation.rule);
}

function lookInto(plan: Plan, violation: Violation): PostMortem {
  const bar = new ProgressBar();
  const judge = judgeBy(violation.rule);
  let runs = 0;
  const shown: Judge = (shorter) => {
    bar.show(0, `looking for a shorter plan: run ${++runs}, ${shorter.strikes.length} strikes`);
    return judge(shorter);
  };
  const found = postMortem(plan, violation, shown);
  bar.clear();
  return found;
}

/** What `--json` prints: nothing that differs from run to run. */
function documentOf(verdict: Verdict, found: PostMortem | undefined, file: string | undefined): object {
  // Without a mutant the field is not there.
  const document = { mutant: BUILD.mutant, ...verdict };
  if (found === undefined) return document;
  const { plan, runs, violation, trace } = found;
  return { ...document, postMortem: { strikes: plan.strikes.length, runs, violation, trace, replay: file } };
}

/** Without thousandths, which nobody can read as they fly by. */
function minutesText(ms: number): string {
  return timeText(ms).trim().slice(0, -4);
}
