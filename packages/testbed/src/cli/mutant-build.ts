import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type Mutant, mutate } from "../mutant.ts";
import type { Build } from "./build.ts";

/** The programs of a mutant: files for Node. */
export interface MutantBuild {
  readonly sim: string;
  readonly worker: string;
}

/** What this needs of `scripts/bundle.mjs`, which is outside of all packages. */
interface Bundler {
  bundle(
    entries: readonly string[],
    options: { readonly outdir: string; readonly rewrite: (path: string, source: string) => string },
  ): Promise<string[]>;
}

const BUNDLER = new URL("../../../../scripts/bundle.mjs", import.meta.url);
const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const FOLDER = fileURLToPath(new URL("../../.bundle/mutants", import.meta.url));
const PROGRAMS = ["sim", "worker", "world"] as const;

/** Builds the testbed with the sources of a mutant; several processes may do so at once. */
export async function buildMutant(mutant: Pick<Mutant, "name" | "edits">): Promise<MutantBuild> {
  // By its URL, and so not bundled: it knows where it stands.
  const bundler = (await import(BUNDLER.href)) as Bundler;
  const outdir = join(FOLDER, mutant.name);
  const [sim, worker, world] = PROGRAMS.map((name) => join(outdir, "src/cli", `${name}.mjs`)) as [
    string,
    string,
    string,
  ];
  const build: Build = { mutant: mutant.name, worker: [worker], world: [world] };
  const sources = PROGRAMS.map((name) => fileURLToPath(new URL(`./${name}.ts`, import.meta.url)));
  await bundler.bundle(sources, {
    outdir,
    rewrite(path, source) {
      const file = relative(ROOT, path).replaceAll(sep, "/");
      if (file === "packages/testbed/src/cli/build.ts")
        return `export const BUILD = ${JSON.stringify(build)};`;
      return mutate(mutant, file, source);
    },
  });
  return { sim, worker };
}
