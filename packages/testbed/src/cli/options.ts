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
    throw new UsageError(complaintOf(error as NodeJS.ErrnoException));
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

/** Gives options that may stand alone, and do, their value. */
function withValues(args: readonly string[], table: OptionTable): string[] {
  return args.map((arg, index) => {
    const { bare } = (arg.startsWith("--") && table[arg.slice(2)]) || {};
    const next = args[index + 1];
    return bare !== undefined && (next === undefined || next.startsWith("--")) ? `${arg}=${bare}` : arg;
  });
}

function complaintOf({ code, message }: NodeJS.ErrnoException): string {
  const [what = ""] = message.split(/\.\s|\n/);
  // Without "--", npm keeps the options for itself and hands over what stands between them.
  const isLeftOver = code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";
  const hint = isLeftOver ? "options come after --, as in: npm run sim -- --peers 5; " : "";
  return `${what.replace(/\.$/, "")}; ${hint}--help lists the options`;
}
