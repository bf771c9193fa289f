import type { Reading, Record } from "../attacks/record.ts";
import { THREATS } from "../attacks/threats.ts";

/** A table for people: attack, what stopped it, figures, verdict; and below it what was broken. */
export function tableOf(records: readonly Record[]): string {
  const head = ["no.", "attack", "stopped by", "figure", "worlds", "verdict"];
  const rows = records.map((record) => [
    String(record.attack.number),
    record.attack.name,
    record.attack.stoppedBy,
    record.readings.map(readingText).join("; "),
    String(record.worlds),
    record.holds ? "stopped" : "NOT STOPPED",
  ]);
  const table = linesOf([head, ...rows]);
  const wrong = records.flatMap(({ attack, wrong }) => wrong.map((one) => `${attack.number}: ${one}`));
  const failed = records.filter(({ holds }) => !holds).length;
  const verdict = failed === 0 ? "All attacks were stopped." : `NOT WELL: ${failed} of ${records.length}.`;
  return [...table, "", ...wrong, verdict].join("\n");
}

/** What a hostile reading of the protocol asked, and what answers it: a table, or one JSON document. */
export function threatsText(isJson: boolean): string {
  if (isJson) return JSON.stringify(THREATS, undefined, 2);
  const rows = THREATS.map(({ row, about, attacks, tests }) => [
    row,
    about,
    attacks.join(", "),
    tests.map(({ file, name }) => `${file}: ${name}`).join("<br>"),
  ]);
  return linesOf([["row", "what could happen", "attacks", "tests"], ...rows]).join("\n");
}

/** What `--json` prints. */
export function documentOf(records: readonly Record[], isInterrupted: boolean): object {
  return {
    isInterrupted,
    attacks: records.map(({ attack, worlds, broken, wrong, readings, holds }) => ({
      number: attack.number,
      name: attack.name,
      stoppedBy: attack.stoppedBy,
      worlds,
      broken,
      wrong,
      figures: readings,
      holds,
    })),
  };
}

/** The first row is the head. */
function linesOf([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
}

function readingText({ label, of, value, atMost, atLeast, holds }: Reading): string {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  const share = of === "mean" ? "on average " : "";
  return `${label} ${share}${numberText(value)} (${bound})${holds ? "" : " !"}`;
}

function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
