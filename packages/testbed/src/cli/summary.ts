import { timeText } from "../chronicle.ts";
import { strikeText } from "../fault.ts";
import type { Plan } from "../plan.ts";
import type { PostMortem } from "../post-mortem.ts";
import type { Verdict } from "../trial.ts";
import type { Violation } from "../violation.ts";
import { FAILURES_MAX, type Tally } from "./tally.ts";

/** A world and what came of it. */
export function verdictText({ plan, violations, figures }: Verdict, realSeconds: number): string {
  const { removals, messages, deliveries, seconds } = figures;
  return [
    planText(plan),
    row("strikes", `${plan.strikes.length}${kindsText(kindsOf(plan))}`),
    row("together", `after ${decimal(figures.bootstrapSeconds)} s`),
    row("removals", `${counted(removals, "life", "lives")} voted out`),
    row("gossip", `${counted(messages, "message")}, ${counted(deliveries, "delivery", "deliveries")}`),
    ...(plan.strikes.length === 0
      ? []
      : [row("recovered", `${decimal(figures.recoverySeconds)} s after the last fault`)]),
    row("time", `${decimal(seconds / 60)} virtual minutes in ${decimal(realSeconds)} s`),
    violations.length === 0 ? "All is well." : `NOT WELL: ${counted(violations.length, "violation")}.`,
    ...rulesText(violations),
  ].join("\n");
}

/** What a post-mortem found. `file`: where its plan was written to. */
export function postMortemText({ plan, violation, runs, trace }: PostMortem, file: string): string {
  const { strikes } = plan;
  return [
    "",
    `World ${plan.seed} fails with ${strikes.length === 0 ? "no strike at all" : `its first ${counted(strikes.length, "strike")}`} (${counted(runs, "run")} to find out):`,
    ...strikes.map((strike) => `${timeText(strike.atMs)}  after coming together: ${strikeText(strike)}`),
    violationText(violation),
    "",
    `The last ${trace.length} lines about ${violation.hosts.join(", ") || "anybody"}:`,
    ...trace,
    "",
    `To see it again: npm run sim -- --replay ${file} --trace`,
  ].join("\n");
}

/**
 * Many worlds and what came of them.
 * @param ofAll how many there were to be, if not all of them were run: infinity for an endless swarm.
 */
export function swarmText(tally: Tally, realSeconds: number, ofAll?: number): string {
  const { worlds, failed, violations, virtualSeconds, slowest } = tally;
  const hours = virtualSeconds / 3600;
  return [
    row("worlds", `${worlds}, ${failed} failed, ${counted(violations, "violation")}`),
    row("time", `${decimal(hours)} virtual hours in ${decimal(realSeconds)} s`),
    row("strikes", `${sum(tally.strikes)}${kindsText(tally.strikes)}`),
    row("removals", `${counted(tally.removals, "life", "lives")} voted out`),
    row(
      "gossip",
      `${counted(tally.messages, "message")}, ${counted(tally.deliveries, "delivery", "deliveries")}`,
    ),
    row(
      "a world",
      `median ${decimal(tally.medianSeconds)} s, slowest ${decimal(slowest?.seconds ?? 0)} s (world ${slowest?.seed ?? "none"})`,
    ),
    failed > 0 ? `NOT WELL: ${failedText(tally)}.` : wellText(worlds, ofAll),
  ].join("\n");
}

/**
 * How far a swarm is: at most 66 characters for 99 999 worlds.
 * @param worlds of how many; infinity for an endless one.
 * @param share of all that is to be done, from 0 to 1.
 */
export function swarmProgressText(tally: Tally, worlds: number, share: number, passedMs: number): string {
  const rate = tally.worlds / (passedMs / 1000);
  const leftMs = share > 0 ? passedMs / share - passedMs : Number.NaN;
  const ofAll = Number.isFinite(worlds) ? ` of ${worlds}` : "";
  return `${tally.worlds}${ofAll} worlds, ${tally.failed} failed, ${rate.toFixed(2)} a second, ${etaText(leftMs)}`;
}

/** The first thing wrong with a world, as one line. */
export function failureText(seed: number, violations: readonly Violation[]): string {
  const [first] = violations;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : "";
  return `world ${seed}: ${first?.rule}: ${first?.detail}${more}`;
}

/** What `--json` prints for a swarm. */
export function swarmDocument(
  tally: Tally,
  isInterrupted: boolean,
  files: ReadonlyMap<number, string>,
): object {
  const { worlds, failed, violations, virtualSeconds, removals, messages, deliveries, slowest } = tally;
  return {
    worlds,
    failed,
    violations,
    isInterrupted,
    virtualHours: virtualSeconds / 3600,
    strikes: Object.fromEntries(tally.strikes),
    removals,
    messages,
    deliveries,
    medianSeconds: tally.medianSeconds,
    slowest: slowest ?? null,
    failures: tally.failures.map((failure) => ({ ...failure, replay: files.get(failure.seed) ?? null })),
  };
}

function etaText(ms: number): string {
  if (!Number.isFinite(ms)) return "no idea how long";
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.ceil(ms / 1000)} s left`;
  return minutes < 100 ? `${Math.ceil(minutes)} min left` : `${(minutes / 60).toFixed(1)} h left`;
}

function wellText(worlds: number, ofAll: number | undefined): string {
  if (ofAll === undefined) return "All is well.";
  const which = Number.isFinite(ofAll) ? `${worlds} of ${counted(ofAll, "world")}` : counted(worlds, "world");
  return `Nothing wrong in ${which}.`;
}

function planText(plan: Plan): string {
  const { seed, seeds, faulty, peers, arrivalMs, pace, minutes, loss } = plan;
  const liars = faulty === 0 ? "" : ` (f = ${faulty})`;
  const weather = loss === 0 ? "" : `, ${loss * 100} % of all segments lost`;
  const arrival = arrivalMs === 0 ? "" : `, one every ${arrivalMs} ms`;
  return `World ${seed}: ${counted(seeds, "seed")}${liars} and ${counted(peers, "peer")}${arrival}, pace ${pace}, ${counted(minutes, "minute")} ${troubleText(plan)}${weather}`;
}

function troubleText({ strikes, loss }: Plan): string {
  if (strikes.length > 0) return "of trouble";
  return loss > 0 ? "of bad weather" : "without trouble";
}

/** The first violation of each rule, and how many more there are of it. */
function rulesText(violations: readonly Violation[]): string[] {
  const byRule = new Map<string, Violation[]>();
  for (const violation of violations)
    byRule.set(violation.rule, [...(byRule.get(violation.rule) ?? []), violation]);
  return [...byRule.values()].map(([first, ...more]) => {
    const others = more.length > 0 ? ` (and ${more.length} more)` : "";
    return violationText(first as Violation) + others;
  });
}

function violationText({ atMs, rule, detail }: Violation): string {
  return `${timeText(atMs)}  ${rule}: ${detail}`;
}

function failedText({ failed, failures }: Tally): string {
  const seeds = failures.map(({ seed }) => seed).join(", ");
  return failed > FAILURES_MAX ? `${failed} worlds, of which ${seeds}` : `worlds ${seeds}`;
}

function kindsOf({ strikes }: Plan): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const { fault } of strikes) kinds.set(fault, (kinds.get(fault) ?? 0) + 1);
  return kinds;
}

/** `: crash 3, freeze 2`, the most frequent first. */
function kindsText(kinds: ReadonlyMap<string, number>): string {
  const sorted = [...kinds].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  return sorted.length === 0 ? "" : `: ${sorted.map(([kind, count]) => `${kind} ${count}`).join(", ")}`;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

function decimal(value: number): string {
  return value.toFixed(1);
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(11)}${text}`;
}
