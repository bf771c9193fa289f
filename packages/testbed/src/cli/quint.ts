import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const SEEDS = fileURLToPath(new URL("../../model/seeds.qnt", import.meta.url));
const STORIES = fileURLToPath(new URL("../../model/stories.qnt", import.meta.url));

/** The rules of the model; those of a network without more liars than it says. */
const RULES = ["oneContent", "oneVote", "support", "rising", "reached", "jointSilence", "noAmbush"] as const;

/** The mistakes that `model/seeds.qnt` knows. */
export const MISTAKES: readonly string[] = [
  ...new Set(
    Array.from(readFileSync(SEEDS, "utf8").matchAll(/mistake [!=]= "([^"]+)"/g), ([, name = ""]) => name),
  ),
];

/** The networks at the end of `model/stories.qnt`. */
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

/** How stories ended, by their names. */
export interface Told {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

/** Where runs are written to, as ITF: a path with `{test}` (of stories) or `{seq}` (of a search) in it. */
export interface Traces {
  readonly template: string;
  /** How many of a search. */
  readonly count: number;
  /** Which stories: part of a regular expression. Default: all. */
  readonly match?: string;
}

/**
 * The model, read by Quint once, in this process: reading it takes longer than all its stories. What Quint is asked for
 * is what its own command line asks for, on the back end that need not be downloaded.
 */
export class Model {
  readonly #quint: Quint;
  readonly #stage: Stage;
  readonly #verbosity: number;

  private constructor(quint: Quint, stage: Stage, verbosity: number) {
    this.#quint = quint;
    this.#stage = stage;
    this.#verbosity = verbosity;
  }

  /**
   * @param prints whether Quint prints how it went, and the way to a broken rule.
   * @throws Error when the model cannot be read; its cause says why.
   */
  static async read(prints: boolean): Promise<Model> {
    const quint = createRequire(import.meta.url)("@informalsystems/quint/dist/src/cliCommands.js") as Quint;
    const loaded = await quint.load({ input: STORIES });
    const parsed = await chained(loaded, quint.parse);
    return new Model(quint, sound(await chained(parsed, quint.typecheck)), prints ? 2 : 0);
  }

  /** Tells the stories of one module of `model/stories.qnt`. */
  async tell(main: string, traces?: Traces): Promise<Told> {
    const args = { main, seed: 1n, maxSamples: 1, match: traces?.match, ...this.#common(traces) };
    const { passed = [], failed = [] } = reached(await this.#quint.runTests({ ...this.#stage, args }));
    if (passed.length + failed.length === 0) throw new Error(`there are no such stories in ${main}`);
    return { passed, failed };
  }

  /** Lets chance look for a broken rule. Whether it found none. */
  async search({ network, mistake, seed, samples, steps }: Search, traces?: Traces): Promise<boolean> {
    const args = {
      main: network,
      init: `begin(${JSON.stringify(mistake)})`,
      step: "step",
      invariants: RULES,
      witnesses: [],
      seed: BigInt(seed),
      maxSamples: samples,
      maxSteps: steps,
      ...this.#common(traces),
    };
    const outcome = await this.#quint.runSimulator({ ...this.#stage, args });
    const { status } = reached(outcome);
    if (status === "ok" || status === "violation") return status === "ok";
    throw new Error(`Quint failed in network ${network}`, { cause: outcome.value });
  }

  #common(traces: Traces | undefined) {
    const { template, count = 1 } = traces ?? {};
    const backend = "typescript";
    return { input: STORIES, backend, verbosity: this.#verbosity, outItf: template, nTraces: count };
  }
}

/** What its commands hand to each other; `args` are those of the command line. */
interface Stage extends Partial<Told> {
  readonly args: object;
  /** Of a search. */
  readonly status?: string;
}

/** Where a command ends: at a stage, or with what is wrong and the stage at which that was found. */
interface Outcome {
  readonly value: Stage | { readonly msg: string; readonly stage: Stage };
}

type Command = (stage: Stage) => Promise<Outcome>;

/** The commands of Quint 0.33. */
interface Quint {
  load(args: object): Promise<Outcome>;
  readonly parse: Command;
  readonly typecheck: Command;
  readonly runTests: Command;
  readonly runSimulator: Command;
}

function chained(outcome: Outcome, next: Command): Promise<Outcome> {
  return next(sound(outcome));
}

function reached({ value }: Outcome): Stage {
  return "msg" in value ? value.stage : value;
}

function sound({ value }: Outcome): Stage {
  if ("msg" in value) throw new Error(`the model cannot be read: ${value.msg}`, { cause: value.stage });
  return value;
}
