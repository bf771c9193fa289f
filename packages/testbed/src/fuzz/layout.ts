/**
 * The layouts of PROTOCOL.md, read from the document itself: what it says is then compared with what the code does.
 */

/** A type as §3.3 and §2.2 write it. */
export interface Type {
  /** `uint`, `id`, `list`, …, or the name of a structure. */
  readonly name: string;
  /** What is in its parentheses: a type, words, a range `a..b`, a number. */
  readonly parameters: readonly string[];
  readonly isOptional: boolean;
}

interface Element {
  readonly name: string;
  readonly type: Type;
}

/** A frame, a structure or a statement: its elements in their order. */
export interface Layout {
  /** Of a frame or a statement. */
  readonly kind: number | undefined;
  readonly name: string;
  readonly elements: readonly Element[];
}

/** All layouts in the fenced blocks of `language`: `0x18 PING [sequence: uint]`, `leave = […]`, `4 leave […]`. */
export function layoutsIn(markdown: string, language: string): readonly Layout[] {
  const blocks = [...markdown.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))];
  return blocks.flatMap(([, block = ""]) =>
    block
      .split(/\n(?! )/)
      .filter((line) => line !== "")
      .map(readLayout),
  );
}

/** @throws Error on a type that is not written as it should be. */
export function readType(text: string): Type {
  const [, name = "", , inner = "", optional] = /^(\w+)(\((.*)\))?(\?)?$/.exec(text) ?? [];
  if (name === "") throw new Error(`not a type: ${text}`);
  return { name, parameters: inner === "" ? [] : split(inner), isOptional: optional === "?" };
}

/** The lowest and the highest of a range `a..b`. */
export function rangeOf(text: string): readonly [number, number] {
  const [low, high] = text.split("..").map(Number);
  if (low === undefined || high === undefined) throw new Error(`not a range: ${text}`);
  return [low, high];
}

function readLayout(line: string): Layout {
  const [, kind, name = "", elements = ""] =
    /^(?:(0x[0-9a-f]{2}|\d+) )?(\w+) =? ?\[([^]*)\]$/.exec(line.replaceAll(/\n +/g, " ")) ?? [];
  if (name === "") throw new Error(`not a layout: ${line}`);
  return {
    kind: kind === undefined ? undefined : Number(kind),
    name,
    elements: elements === "" ? [] : split(elements).map(readElement),
  };
}

function readElement(text: string): Element {
  const [name = "", type = ""] = text.split(": ");
  return { name, type: readType(type) };
}

/** At the commas that are in no parentheses. */
function split(text: string): string[] {
  return text.split(/, (?![^(]*\))/);
}

/** Rows of the first table under the heading that begins with `heading`, as cells without their marks. */
export function tableUnder(markdown: string, heading: string): readonly (readonly string[])[] {
  const section = markdown.slice(markdown.indexOf(`\n${heading}`)).split("\n");
  const first = section.findIndex((line) => line.startsWith("|"));
  const rest = section.slice(first);
  const rows = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith("|")),
  );
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", "")),
  );
}
