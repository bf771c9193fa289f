/**
 * Runs a TypeScript program of this repository from source, without a build:
 *
 *     node scripts/run.mjs examples/network/src/start.ts [args]
 *
 * The workspace packages are bundled from their sources into `.bundle/` in the entry's package; everything else stays
 * an import. To the program nothing shows: the working directory is the caller's, `process.argv[1]` and
 * `import.meta.url` are those of the sources, and so are the lines in stack traces.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";

/** Packages of this repository are bundled from source; all other packages stay imports. */
const workspaceOnly = {
  name: "workspace-only",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onResolve({ filter: /^[^.#/]/ }, ({ kind, path }) =>
      kind === "entry-point" || path.startsWith("@p2p/") ? undefined : { path, external: true },
    );
  },
};

/** A bundle is one file, so each module is told its own URL. */
const ownUrl = {
  name: "own-url",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const url = JSON.stringify(pathToFileURL(path).href);
      const contents = source.replaceAll(/\bimport\.meta\.url\b/g, url);
      return { contents, loader: /** @type {const} */ ("ts") };
    });
  },
};

/**
 * Bundles TypeScript entries to ES modules that Node runs. Safe to call from several processes at once.
 *
 * @param {readonly string[]} entries paths, all in one package
 * @param {string} [outdir] default: `.bundle` in the entries' package
 * @returns {Promise<string[]>} the path of each entry's bundle, in the order of the entries
 */
export async function bundle(entries, outdir) {
  const sources = entries.map((entry) => realpathSync(entry));
  const [first] = sources;
  if (first === undefined) return [];
  const home = packageOf(first);
  const into = outdir === undefined ? join(home, ".bundle") : resolve(outdir);
  const { outputFiles } = await esbuild.build({
    entryPoints: sources,
    outdir: into,
    outbase: home,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20.19",
    conditions: ["@p2p/source"],
    sourcemap: true,
    plugins: [workspaceOnly, ownUrl],
  });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    // Another process may be reading the same file: it sees the old one or the new one, never a half.
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, contents);
    renameSync(draft, path);
  }
  return sources.map((source) => join(into, relative(home, source).replace(/\.[cm]?tsx?$/, ".mjs")));
}

/** @param {string} file */
function packageOf(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${file}`);
    folder = parent;
  }
  return folder;
}

/** @param {string | undefined} entry */
async function run(entry) {
  if (entry === undefined || !existsSync(entry)) {
    console.error(
      entry === undefined ? "usage: node scripts/run.mjs path/to/file.ts [args]" : `no file ${entry}`,
    );
    process.exitCode = 2;
    return;
  }
  let programs;
  try {
    programs = await bundle([entry]);
  } catch (error) {
    if (!(error instanceof Error && "errors" in error)) throw error;
    process.exitCode = 1; // esbuild has said why
    return;
  }
  process.argv.splice(1, 2, realpathSync(entry));
  process.setSourceMapsEnabled(true);
  for (const program of programs) await import(pathToFileURL(program).href);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  await run(process.argv[2]);
}
