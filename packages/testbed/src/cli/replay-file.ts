import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../plan.ts";
import { planOf } from "../recorded-plan.ts";
import type { Violation } from "../violation.ts";
import { UsageError } from "./program.ts";

/** Longer files are no plans. */
const BYTES_MAX = 256 * 2 ** 20;

/** What a file to replay holds; `--json` prints the same fields, and more. */
export interface Replay {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
}

/**
 * The plan in a file: alone, or as the field `plan` of what `--json` prints.
 * @throws UsageError that says what is wrong with the file.
 */
export function readReplay(path: string): Plan {
  const value = parse(path, read(path));
  const isWrapped = typeof value === "object" && value !== null && "plan" in value;
  try {
    return planOf(isWrapped ? value.plan : value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${path} holds no plan that can be run: ${error.message}`);
  }
}

/** Writes `sim-<seed>.json` into `folder`; its path. @throws UsageError when that cannot be. */
export function writeReplay(folder: string, replay: Replay): string {
  const path = join(folder, `sim-${replay.plan.seed}.json`);
  try {
    writeFileSync(path, `${JSON.stringify(replay, undefined, 2)}\n`);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
  return path;
}

function read(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`);
  }
  if (bytes.length > BYTES_MAX) throw new UsageError(`${path} is too long for a plan`);
  return bytes.toString("utf8");
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`);
  }
}
