import { type ParseArgsConfig, parseArgs } from "node:util";
import { P2PError } from "@p2p/identity";
import { type Address, parseAddress } from "@p2p/wire";
import { parseDuration } from "./duration.ts";
import { UsageError } from "./program.ts";

/** One option of a command line. */
export interface Option {
  /** What stands for its value in the help; none for a switch. It takes as many words as this has. */
  readonly value?: string;
  readonly help: string;
  /** It may be given once. Default: the last one counts, as in a script that adds its own. */
  readonly once?: boolean;
}

/** The options of one program, by their long names. */
export type OptionTable = Readonly<Record<string, Option>>;

/** What was given on a command line, still as text. */
export type Given = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads a command line. `--help` prints the help and ends the program.
 * @throws UsageError that names the option, and where to find the others.
 */
export function readOptions(
  usage: string,
  table: OptionTable,
  words: readonly string[] = process.argv.slice(2),
): Given {
  const options: NonNullable<ParseArgsConfig["options"]> = { help: { type: "boolean", short: "h" } };
  for (const [name, { value }] of Object.entries(table)) {
    options[name] = { type: value === undefined ? "boolean" : "string" };
  }
  let given: Given;
  try {
    const args = joined(gathered(words, table), table);
    const { values, tokens } = parseArgs({ args, options, allowPositionals: false, tokens: true });
    mustBeSaidOnce(tokens, table);
    given = values as Given;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(complaintOf(error as NodeJS.ErrnoException));
  }
  if (given["help"] === true) {
    console.log(helpText(usage, table));
    process.exit(0);
  }
  return given;
}

/** Text of an option, or `fallback`. */
export function textOf(given: Given, name: string, fallback: string): string;
export function textOf(given: Given, name: string): string | undefined;
export function textOf(given: Given, name: string, fallback?: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : fallback;
}

/** A whole number from `min` to `max`, or `fallback`. */
export function countOf(given: Given, name: string, fallback: number, min = 0, max = 1000): number {
  const value = textOf(given, name);
  if (value === undefined) return fallback;
  const count = Number(value);
  if (Number.isInteger(count) && count >= min && count <= max && /^\d+$/.test(value)) return count;
  throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not "${value}"`);
}

/** Milliseconds of a duration, or `fallbackMs`. */
export function durationOf(given: Given, name: string, fallbackMs: number): number {
  const value = textOf(given, name);
  if (value === undefined) return fallbackMs;
  try {
    return parseDuration(value);
  } catch (error) {
    throw new UsageError(`--${name}: ${(error as Error).message}`);
  }
}

/** `host:port`, or nothing. */
export function addressOf(given: Given, name: string): Address | undefined {
  const value = textOf(given, name);
  if (value === undefined) return undefined;
  try {
    return parseAddress(value);
  } catch (error) {
    throw new UsageError(`--${name}: ${(error as P2PError).message}`);
  }
}

/** One of a few words, or the first of them. */
export function wordOf<const W extends string>(given: Given, name: string, words: readonly [W, ...W[]]): W {
  const value = textOf(given, name, words[0]);
  const word = words.find((known) => known === value);
  if (word === undefined) throw new UsageError(`--${name} is ${words.join(" or ")}, not "${value}"`);
  return word;
}

/** Where a choice is for good, the first of two is not passed over in silence. */
function mustBeSaidOnce(
  tokens: readonly { readonly kind: string; readonly name?: string }[],
  table: OptionTable,
): void {
  const names = tokens.flatMap(({ kind, name }) => (kind === "option" && name !== undefined ? [name] : []));
  const twice = names.find((name, index) => table[name]?.once === true && names.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice; once is all it takes`);
}

function helpText(usage: string, table: OptionTable): string {
  const rows = Object.entries<Option>({ ...table, help: { help: "show this" } }).map(
    ([name, { value, help }]) => [`  --${name}${value === undefined ? "" : ` ${value}`}`, help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [usage, "", ...rows.map(([left, help]) => left.padEnd(width) + help)].join("\n");
}

/** The words of a value that has several, as one. What is missing, whoever takes it can say best. */
function gathered(words: readonly string[], table: OptionTable): string[] {
  const args: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const arg = words[at] as string;
    const count = arg.startsWith("--") ? (table[arg.slice(2)]?.value?.split(" ").length ?? 0) : 0;
    args.push(arg);
    if (count < 2) continue;
    const rest = words.slice(at + 1, at + 1 + count);
    const end = rest.findIndex((word) => word.startsWith("--"));
    const value = end < 0 ? rest : rest.slice(0, end);
    if (value.length > 0) args.push(value.join(" "));
    at += value.length;
  }
  return args;
}

/** A value may begin with a dash, as -1 does: whoever takes it can say better what is wrong with it. */
function joined(args: readonly string[], table: OptionTable): string[] {
  const takesValue = (arg = ""): boolean => arg.startsWith("--") && table[arg.slice(2)]?.value !== undefined;
  return args.flatMap((arg, index) => {
    const next = args[index + 1];
    if (takesValue(args[index - 1]) && /^-\d/.test(arg)) return [];
    return takesValue(arg) && next !== undefined && /^-\d/.test(next) ? [`${arg}=${next}`] : [arg];
  });
}

function complaintOf({ code, message }: NodeJS.ErrnoException): string {
  const [what = ""] = message.split(/\.\s|\n/);
  // Without "--", npm keeps the options for itself and hands over what stands between them.
  const isLeftOver = code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL";
  const hint = isLeftOver ? "options come after --, as in: npm start -- --peers 5; " : "";
  return `${what.replace(/\.$/, "")}; ${hint}--help lists the options`;
}
