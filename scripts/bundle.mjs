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

/**
 * Hands over sources as they are meant to run. A bundle is one file, so each module is told its own URL.
 *
 * @param {(file: string, source: string) => string} rewrite
 * @returns {import("esbuild").Plugin}
 */
function loading(rewrite) {
  return {
    name: "loading",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = rewrite(path, readFileSync(path, "utf8"));
        const url = JSON.stringify(pathToFileURL(path).href);
        const contents = source.replaceAll(/\bimport\.meta\.url\b/g, url);
        return { contents, loader: /** @type {const} */ ("ts") };
      });
    },
  };
}

/**
 * Bundles TypeScript entries to ES modules that Node runs. Safe to call from several processes at once.
 *
 * @param {readonly string[]} entries paths, all in one package
 * @param {object} [options]
 * @param {string} [options.outdir] default: `.bundle` in the entries' package
 * @param {(file: string, source: string) => string} [options.rewrite] gets each TypeScript source with its path, and returns
 *   what is to be built in its place. Default: as it is
 * @returns {Promise<string[]>} the path of each entry's bundle, in the order of the entries
 */
export async function bundle(entries, { outdir, rewrite = (_, source) => source } = {}) {
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
    plugins: [workspaceOnly, loading(rewrite)],
  });
  for (const { path, contents } of outputFiles) {
    // Who may only read finds it as whoever may write has left it.
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    // Another process may be reading the same file: it sees the old one or the new one, never a half.
    mkdirSync(dirname(path), { recursive: true });
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
