import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";

/** A source file of a package: its path from the repository's root, with forward slashes, and its text. */
export interface Source {
  path: string;
  text: string;
}

/** What a source file does that it should not, as lines of `path:line what`. */
export function untidiness({ path, text }: Source): string[] {
  const source = parse(path, text);
  const code = codeOnly(source);
  const at = (offset: number): string => `${path}:${source.getLineAndCharacterOfPosition(offset).line + 1}`;
  const found: string[] = [];
  for (const [name, pattern] of [...ambient, ...silent]) {
    if (mayUse(path, name)) continue;
    for (const match of code.matchAll(pattern)) found.push(`${at(match.index)} uses ${name}`);
  }
  for (const { specifier, offset } of importsOf(source)) {
    if (isBuiltin(specifier) && !isAdapter(path)) found.push(`${at(offset)} imports ${specifier}`);
    if (specifier.startsWith(".") && !inside(path, specifier))
      found.push(`${at(offset)} leaves its package for ${specifier}`);
  }
  return found;
}

/** The files that cannot be reached from the entries by relative imports. */
export function unreachable(sources: readonly Source[], entries: readonly string[]): string[] {
  const known = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = known.get(path);
    if (source === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const { specifier } of importsOf(parse(path, source.text)))
      if (specifier.startsWith(".")) waiting.push(target(path, specifier));
  }
  return [...known.keys()].filter((path) => !reached.has(path));
}

/** The sources that a package.json names anywhere in its `exports`, `imports` and `scripts`. */
export function entriesOf(
  manifest: { exports?: unknown; imports?: unknown; scripts?: unknown },
  folder: string,
): string[] {
  const commands = strings([manifest.scripts]).flatMap((command) => command.split(" "));
  return [...strings([manifest.exports, manifest.imports]), ...commands]
    .filter((text) => text.startsWith("./src/"))
    .map((text) => posix.join(folder, text));
}

/** Time, chance and scheduling that nobody handed in: what uses them cannot be replayed. */
const ambient: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["Date.now", /\bDate\s*\??\.\s*now\b/g],
  ["new Date()", /\bnew\s+Date\s*(?:\(\s*\)|(?![\w\s(.]))/g],
  ["Math.random", /\bMath\s*\??\.\s*random\b/g],
  ["setTimeout", /\bsetTimeout\b/g],
  ["setInterval", /\bsetInterval\b/g],
  ["setImmediate", /\bsetImmediate\b/g],
  ["performance.now", /\bperformance\s*\??\.\s*now\b/g],
  ["queueMicrotask", /\bqueueMicrotask\b/g],
  ["crypto.getRandomValues", /\bgetRandomValues\b/g],
  ["crypto.randomUUID", /\brandomUUID\b/g],
  ["process", /(?<![\w$#.]\s*)process\s*\??\./g],
];

/** Packages never print, adapters neither. */
const silent: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["console", /(?<![\w$#.]\s*)console\s*\??\./g],
];

const adapterFolders = /^packages\/[^/]+\/src\/(?:.*\/)?(?:socket|tcp|tls|node|noble)\//;
/** A program, not a library: it may use its process, and print. */
const programFolder = "packages/testbed/src/cli/";
const adapterFiles = new Set([
  "packages/wire/src/clock.ts",
  "packages/wire/src/random.ts",
  "packages/sim/src/trip-wire.ts",
]);

function isAdapter(path: string): boolean {
  return adapterFolders.test(path) || adapterFiles.has(path) || path.startsWith(programFolder);
}

function mayUse(path: string, name: string): boolean {
  if (name === "console") return path.startsWith(programFolder);
  // A listener that throws: its error is thrown again in a microtask, after the frame is done.
  if (name === "queueMicrotask" && path === "packages/wire/src/link-set.ts") return true;
  return isAdapter(path);
}

function inside(path: string, specifier: string): boolean {
  const [packages, name] = path.split("/");
  return target(path, specifier).startsWith(`${packages}/${name}/`);
}

function target(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** The text with comments, strings, templates and regular expressions blanked out, each character in its place. */
function codeOnly(source: ts.SourceFile): string {
  const { text } = source;
  let code = "";
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    for (const child of children) visit(child);
    if (children.length > 0 || isText(node.kind)) return;
    const start = node.getStart(source);
    code += text.slice(code.length, start).replaceAll(/[^\n]/g, " ");
    code += text.slice(start, node.end);
  };
  visit(source);
  return code;
}

function isText(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.StringLiteral ||
    kind === ts.SyntaxKind.RegularExpressionLiteral ||
    (kind >= ts.SyntaxKind.FirstTemplateToken && kind <= ts.SyntaxKind.LastTemplateToken)
  );
}

/** Every import, re-export, `import()` and import type, whose specifier is a plain string. */
function importsOf(source: ts.SourceFile): { specifier: string; offset: number }[] {
  const found: { specifier: string; offset: number }[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteral(specifier))
      found.push({ specifier: specifier.text, offset: specifier.getStart(source) });
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  return undefined;
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}
