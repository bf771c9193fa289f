import { fileURLToPath } from "node:url";

/** What this program was built as. */
export interface Build {
  /** The mutant whose sources these are, if any. */
  readonly mutant: string | undefined;
  /** What a process of a swarm runs: a file, and its arguments. */
  readonly worker: readonly string[];
  /** What the process of a single world runs: a file, and its first arguments. */
  readonly world: readonly string[];
}

const RUNNER = fileURLToPath(new URL("../../../../scripts/run.mjs", import.meta.url));
const [WORKER, WORLD] = ["./worker.ts", "./world.ts"].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
) as [string, string];

/** The build of the sources as they are; the build of a mutant has another one in its place. */
export const BUILD: Build = { mutant: undefined, worker: [RUNNER, WORKER], world: [RUNNER, WORLD] };
