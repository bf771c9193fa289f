import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { entriesOf, type Source, unreachable, untidiness } from "./source.ts";

const root = new URL("../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const packages = readdirSync(new URL("packages/", root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}`);

describe.each(packages)("%s", (folder) => {
  const sources = sourcesIn(folder);

  test("has sources", () => expect(sources).not.toEqual([]));

  test("takes time, chance and surroundings from its caller, prints nothing, stays at home", () => {
    expect(sources.flatMap(untidiness)).toEqual([]);
  });

  test("has no source that nothing imports", () => {
    const entries = entriesOf(JSON.parse(read(`${folder}/package.json`)), folder);
    expect(unreachable(sources, entries)).toEqual([]);
  });
});

describe("the tidy test can fail", () => {
  test.each([
    ["const t = Date.now();", "Date.now"],
    ["const t = new Date();", "new Date()"],
    ["const t = new Date;", "new Date()"],
    ["const r = Math.random();", "Math.random"],
    ["setTimeout(f, 1);", "setTimeout"],
    ["globalThis.setInterval(f, 1);", "setInterval"],
    ["setImmediate(f);", "setImmediate"],
    ["const t = performance.now();", "performance.now"],
    ["queueMicrotask(f);", "queueMicrotask"],
    ["crypto.getRandomValues(a);", "crypto.getRandomValues"],
    ["crypto.randomUUID();", "crypto.randomUUID"],
    ["if (process.env) f();", "process"],
    ["console.log(1);", "console"],
    ["const t = `${Date.now()}`;", "Date.now"],
  ])("on %s", (text, name) => {
    expect(gossip(`// a line before\n${text}`)).toEqual([`packages/gossip/src/gossip.ts:2 uses ${name}`]);
  });

  test.each([
    'import { createHash } from "node:crypto";',
    'import type { Socket } from "node:net";',
    'export * from "fs";',
    'const net = await import("node:net");',
    'let socket: import("node:net").Socket;',
  ])("on %s", (text) => {
    expect(gossip(text)).toEqual([expect.stringContaining("packages/gossip/src/gossip.ts:1 imports ")]);
  });

  test("on an import that leaves its package", () => {
    expect(gossip('import { a } from "../../wire/src/index.ts";')).toEqual([
      "packages/gossip/src/gossip.ts:1 leaves its package for ../../wire/src/index.ts",
    ]);
  });

  test("on files that only import each other", () => {
    const sources: Source[] = [
      { path: "packages/a/src/index.ts", text: 'export * from "./used.ts";' },
      { path: "packages/a/src/used.ts", text: "" },
      { path: "packages/a/src/dead.ts", text: 'import "./deader.ts";' },
      { path: "packages/a/src/deader.ts", text: 'import "./dead.ts";' },
    ];
    const entries = entriesOf({ exports: { ".": { "@p2p/source": "./src/index.ts" } } }, "packages/a");
    expect(unreachable(sources, entries)).toEqual(["packages/a/src/dead.ts", "packages/a/src/deader.ts"]);
  });

  test("but not on words in comments and strings, nor on names that only look alike", () => {
    const text = [
      "// Date.now() and setTimeout",
      "/** console.log(process.env) */",
      'const a = "Math.random()" + `queueMicrotask ${b} setInterval`;',
      "const c = /performance.now/.test(a);",
      "const d = new Date(clock.wallTime());",
      "this.process.next(); subprocess.kill();",
      'import { e } from "./node.ts";',
    ];
    expect(gossip(text.join("\n"))).toEqual([]);
  });

  test("but not in an adapter, which still may not print", () => {
    const text = 'import { connect } from "node:net"; setTimeout(f, 1);';
    expect(untidiness({ path: "packages/wire/src/tcp/link.ts", text })).toEqual([]);
    expect(untidiness({ path: "packages/wire/src/tcp/link.ts", text: "console.warn(1)" })).toHaveLength(1);
  });

  test("but not in a program, which may print", () => {
    const text = 'import { fork } from "node:child_process"; console.log(process.argv, Date.now());';
    expect(untidiness({ path: "packages/testbed/src/cli/sim.ts", text })).toEqual([]);
    expect(untidiness({ path: "packages/testbed/src/trial.ts", text })).toHaveLength(4);
  });

  test("and allows link-set.ts its microtask, and nothing else", () => {
    const path = "packages/wire/src/link-set.ts";
    expect(untidiness({ path, text: "queueMicrotask(f); setTimeout(f, 1);" })).toEqual([
      `${path}:1 uses setTimeout`,
    ]);
  });
});

function sourcesIn(folder: string): Source[] {
  return readdirSync(new URL(`${folder}/src/`, root), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${folder}/src/${path.replaceAll("\\", "/")}`)
    .map((path) => ({ path, text: read(path) }));
}

function gossip(text: string): string[] {
  return untidiness({ path: "packages/gossip/src/gossip.ts", text });
}
