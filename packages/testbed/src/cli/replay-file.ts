import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../plan.ts";
import { planOf } from "../recorded-plan.ts";
import type { Violation } from "../violation.ts";
import { UsageError } from "./program.ts";

/** Longer files are no plans. */
const BYTES_MAX = 256 * 2 ** 20;
/** Findings in worlds of one number that one folder takes. */
const FILES_MAX = 1000;

/** What a file to replay holds; `--json` prints the same fields, and more. */
export interface Replay {
  /** The mutant on whose sources it was found, if any. */
  readonly mutant?: string | undefined;
  readonly plan: Plan;
  readonly violations: readonly Violation[];
}

/**
 * The plan in a file: alone, or as the field `plan` of what `--json` prints; and the mutant that it is for.
 * @throws UsageError that says what is wrong with the file.
 */
export function readReplay(path: string): Pick<Replay, "plan" | "mutant"> {
  const value = parse(path, read(path));
  const fields: Readonly<Record<string, unknown>> = isObject(value) ? value : {};
  const { mutant } = fields;
  if (mutant !== undefined && typeof mutant !== "string")
    throw new UsageError(`${path}: mutant is a name, not ${JSON.stringify(mutant)}`);
  try {
    return { mutant, plan: planOf("plan" in fields ? fields["plan"] : value) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`${path} holds no plan that can be run: ${error.message}`);
  }
}

/**
 * Writes `sim-<seed>.json` into `folder`, or `sim-<mutant>-<seed>.json`; its path. A file that has another finding stays
 * as it is: then the name goes on with `-2`, `-3` and so on.
 * @throws UsageError when that cannot be.
 */
export function writeReplay(folder: string, replay: Replay): string {
  const name = ["sim", replay.mutant, replay.plan.seed].filter((part) => part !== undefined).join("-");
  const text = `${JSON.stringify(replay, undefined, 2)}\n`;
  for (let count = 1; count <= FILES_MAX; count++) {
    const path = join(folder, `${name}${count === 1 ? "" : `-${count}`}.json`);
    if (write(path, text) || holds(path, text)) return path;
  }
  throw new UsageError(`${folder} has ${FILES_MAX} files ${name}-….json: move some away`);
}

/** False when there is such a file. */
function write(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** Whether this is the same finding again. */
function holds(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
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
