import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The TypeScript examples of a README, as files beside the tests of its package. */
function examplesIn(readme: string): Map<string, string> {
  const text = readFileSync(ROOT + readme, "utf8");
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string);
  const folder = readme === "README.md" ? "examples/hello-gossip/src" : `${dirname(readme)}/test`;
  return new Map(blocks.map((code, index) => [`${ROOT}${folder}/readme-example-${index + 1}.ts`, code]));
}

/** What the compiler has to say about `files`, which need not exist. */
function complaints(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.base.json`, ts.sys.readFile.bind(ts.sys));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  // A README shows what a reader needs: it need not use all it names, nor be a module's declaration.
  const relaxed = {
    ...options,
    isolatedDeclarations: false,
    declaration: false,
    declarationMap: false,
    noUnusedLocals: false,
  };
  const host = ts.createCompilerHost(relaxed);
  const [fileExists, readFile] = [host.fileExists.bind(host), host.readFile.bind(host)];
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = files.get(path);
    if (text === undefined) return getSourceFile(path, ...rest);
    return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  };
  const program = ts.createProgram([...files.keys()], relaxed, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${file?.fileName.replace(ROOT, "")}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

const packages = readdirSync(`${ROOT}packages`).map((name) => `packages/${name}/README.md`);

test("every package has a README with an example", () => {
  for (const readme of packages) expect([readme, examplesIn(readme).size]).not.toEqual([readme, 0]);
});

test("the examples of all READMEs are TypeScript that compiles against the sources", () => {
  const examples = new Map(["README.md", ...packages].flatMap((readme) => [...examplesIn(readme)]));
  expect(complaints(examples)).toEqual([]);
}, 60_000);

test("an example that does not compile is found", () => {
  const wrong = new Map([
    [`${ROOT}packages/wire/test/readme-example-0.ts`, 'import { Lobbby } from "@p2p/wire";\nLobbby;\n'],
  ]);
  expect(complaints(wrong)).toEqual([expect.stringContaining("readme-example-0.ts:1 ")]);
}, 60_000);
