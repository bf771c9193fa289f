import { parseArgs } from "node:util";

/** Numbers from the command line, `--name 5`, by their defaults. @throws TypeError on an unknown name; RangeError on no number. */
export function numbersFrom<T extends Record<string, number>>(defaults: T): T {
  const options = Object.fromEntries(
    Object.keys(defaults).map((name) => [name, { type: "string" as const }]),
  );
  const { values } = parseArgs({ args: process.argv.slice(2), options });
  const given = Object.entries(values).map(([name, text]) => [name, numberFrom(name, text)]);
  return { ...defaults, ...Object.fromEntries(given) };
}

function numberFrom(name: string, text: unknown): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value))
    throw new RangeError(`--${name} is a number, not ${String(text)}`);
  return value;
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Prints rows below their heads, as Markdown. */
export function printTable(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  console.log([line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n"));
}
