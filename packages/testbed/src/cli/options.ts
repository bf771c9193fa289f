import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./program.ts";

/** One option of a command line. */
interface Option {
  /** What stands for its value in the help; none for a switch. */
  readonly value?: string;
  readonly help: string;
  /** What an option without a value means, where that is possible. */
  readonly bare?: string;
}

/** The options of a program, by their long names. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What was given on a command line, still as text. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads a command line.
 * @throws UsageError that names the option, and where to find the others.
 */
export function readOptions(args: readonly string[], table: OptionTable): Given {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { value }] of Object.entries(table))
    options[name] = { type: value === undefined ? "boolean" : "string" };
  try {
    return parseArgs({ args: withValues(args, table), options, allowPositionals: false }).values as Given;
  } catch (error) {
    throw new UsageError(complaintOf(error as NodeJS.ErrnoException, table));
  }
}

/** Text of an option. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

/** A whole number from `min` on. */
export function wholeOf(given: Given, name: string, min = 0): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min) return value;
  throw new UsageError(`--${name} is a whole number from ${min}, not "${text}"`);
}

/** A decimal number. */
export function numberOf(given: Given, name: string): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UsageError(`--${name} is a number, not "${text}"`);
}

/** Two columns. */
export function tableText(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
}

/** The options for the help. */
export function optionsText(table: OptionTable): string {
  return tableText(
    Object.entries(table).map(([name, { value, help }]) => [
      value === undefined ? `--${name}` : `--${name} ${value}`,
      help,
    ]),
  );
}

/** Gives options that may stand alone, and do, their value; and others a value that looks like an option, as -3 does. */
function withValues(args: readonly string[], table: OptionTable): string[] {
  const joined: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [arg = "", next] = args.slice(index, index + 2);
    const { bare, value } = (arg.startsWith("--") && table[arg.slice(2)]) || {};
    if (bare !== undefined && (next === undefined || next.startsWith("--"))) joined.push(`${arg}=${bare}`);
    else if (value === undefined || next === undefined || !/^-[^-]/.test(next)) joined.push(arg);
    else joined.push(`${arg}=${args[++index]}`);
  }
  return joined;
}

function complaintOf({ code, message }: NodeJS.ErrnoException, table: OptionTable): string {
  const [what = ""] = message.split(/\.\s|\n/);
  const [, name = ""] = /^(?:Unknown option|Option) '(-[^' ]+)/.exec(what) ?? [];
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") return `${name} is unknown${hintOn(name, table)}`;
  if (/argument (is ambiguous|missing)/.test(what)) return `${name} needs a value; --help lists the options`;
  // Without "--", npm keeps the options for itself and hands over what stands between them.
  const isLeftOver = code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";
  const hint = isLeftOver ? "options come after --, as in: npm run sim -- --peers 5; " : "";
  return `${what.replace(/\.$/, "")}; ${hint}--help lists the options`;
}

/** Options that begin with what was given; if there are none, those that differ from it in a letter or two. */
function hintOn(given: string, table: OptionTable): string {
  const word = given.replace(/^-+/, "");
  const names = Object.keys(table);
  const longer = names.filter((name) => name.startsWith(word));
  const near = names.filter((name) => editDistance(name, word) <= Math.min(2, word.length - 1));
  const meant = longer.length > 0 ? longer : near;
  if (meant.length === 0) return "; --help lists the options";
  return `: did you mean ${meant.map((name) => `--${name}`).join(" or ")}?`;
}

/** How many letters have to be put in, taken away or changed to make one word of the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let index = 0; index < a.length; index++) {
    const above = row;
    row = [index + 1];
    for (let column = 0; column < b.length; column++) {
      const change = (above[column] as number) + (b[column] === a[index] ? 0 : 1);
      row.push(Math.min(change, (above[column + 1] as number) + 1, (row[column] as number) + 1));
    }
  }
  return row.at(-1) as number;
}
