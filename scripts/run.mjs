/**
 * Runs a TypeScript program of this repository from source, without a build:
 *
 *     node scripts/run.mjs examples/network/src/start.ts [args]
 *
 * The workspace packages are bundled from their sources into `.bundle/` in the entry's package; everything else stays
 * an import. To the program nothing shows: the working directory is the caller's, `process.argv[1]` and
 * `import.meta.url` are those of the sources, and so are the lines in stack traces.
 */
import { existsSync, realpathSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";

export { bundle };

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
