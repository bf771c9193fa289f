import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../model/", import.meta.url));
const PACKAGE = createRequire(import.meta.url).resolve("@informalsystems/quint/package.json");
const PROGRAM = join(dirname(PACKAGE), "dist/src/cli.js");

/** The rules of the model; those of a network without more liars than it says. */
const RULES = ["oneContent", "oneVote", "support", "rising", "reached", "jointSilence", "noAmbush"] as const;

/** The networks in `model/networks.qnt`. */
export const NETWORKS = ["three", "four", "five"] as const;

/** How far chance goes. */
export interface Search {
  /** One of {@link NETWORKS}. */
  readonly network: string;
  /** The mistake that is made, or `"none"`. */
  readonly mistake: string;
  /** The same number, the same search. */
  readonly seed: number;
  readonly samples: number;
  readonly steps: number;
}

/** What a run of Quint came to. */
export interface QuintResult {
  /** 0: all went well. 1: a rule was broken, or a story ended otherwise than it should. */
  readonly code: number;
  /** What it printed. */
  readonly text: string;
}

/** Tells the stories of one module of `model/stories.qnt`. */
export function tellStories(main: string): Promise<QuintResult> {
  return quint(["test", "stories.qnt", "--main", main, "--seed", "1"]);
}

/** Lets chance look for a broken rule. */
export function search({ network, mistake, seed, samples, steps }: Search): Promise<QuintResult> {
  const numbers = ["--seed", `${seed}`, "--max-samples", `${samples}`, "--max-steps", `${steps}`];
  const init = ["--init", `begin(${JSON.stringify(mistake)})`];
  return quint(["run", "networks.qnt", "--main", network, ...init, ...numbers, "--invariants", ...RULES]);
}

/** Its other back end would be downloaded first. */
function quint(args: readonly string[]): Promise<QuintResult> {
  const child = spawn(process.execPath, [PROGRAM, ...args, "--backend", "typescript"], { cwd: FOLDER });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, text }));
  });
}
