import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/**
 * One output file per source file: a relative import stays an import, with the extension of the format being
 * written. So every entry point shares one copy of each class, in ESM and in CJS, without tsup's CJS `splitting`
 * (which sends the code through sucrase: class fields are rewritten and `?.`/`??` become helper calls).
 * An import of the package's own `#name` stays as it is: the reader's conditions choose, not the build's.
 */
const unbundled: Plugin = {
  name: "unbundled",
  setup(build) {
    const extension = build.initialOptions.format === "cjs" ? ".cjs" : ".js";
    build.onResolve({ filter: /^\.\.?\// }, ({ kind, path }) =>
      kind === "entry-point" ? undefined : { path: path.replace(/\.ts$/, extension), external: true },
    );
    build.onResolve({ filter: /^#/ }, ({ path }) => ({ path, external: true }));
  },
};

/** The build recipe of every package; each package names only its public entry points. */
export function library(entry: string[]): Options {
  return {
    entry: ["src/**/*.ts"],
    format: ["esm", "cjs"],
    platform: "node",
    target: "node20.19",
    splitting: false,
    sourcemap: true,
    clean: true,
    removeNodeProtocol: false, // tsup strips "node:" by default
    esbuildPlugins: [unbundled],
    // tsup 8 passes baseUrl to the compiler, which TypeScript 6 rejects (TS5101) without this
    dts: { entry, compilerOptions: { ignoreDeprecations: "6.0" } },
  };
}
