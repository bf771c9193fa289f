import { availableParallelism } from "node:os";
import { SIEGE_SHARES } from "../fuzz/siege-shares.ts";
import { readerNames } from "./fuzz-readers.ts";
import { type OptionTable, optionsText, readOptions, textOf, wholeOf } from "./options.ts";
import { UsageError } from "./program.ts";

/** What to fuzz, and how much. */
export interface FuzzOrder {
  /** Of readers and of sieges. */
  readonly names: readonly string[];
  /** Frames in all. */
  readonly frames: number;
  readonly seed: number;
  /** How many processes. */
  readonly jobs: number;
  readonly json: boolean;
}

const SIEGES = Object.keys(SIEGE_SHARES);
const FRAMES = 1_000_000;

const OPTIONS: OptionTable = {
  frames: { value: "N", help: `inputs in all. Default ${FRAMES}` },
  seed: { value: "N", help: "the number that everything is drawn from. Default 1" },
  only: { value: "NAMES", help: "these only, with commas between, as in HELLO,stream,seed" },
  jobs: { value: "N", help: "processes. Default: as many as cores" },
  json: { help: "print one JSON document and nothing else" },
  help: { help: "show this" },
};

const USAGE = `Feeds everything that reads bytes of others with what is almost right: nothing may throw, hang or grow.

  npm run fuzz                                  everything, ${FRAMES} inputs
  npm run fuzz -- --frames 10000000 --seed 7    more, and others
  npm run fuzz -- --only DIGEST --frames 50000  one kind of frame

What it finds it writes into files fuzz-NAME-N.json; one that is mended belongs into packages/testbed/corpus.
Exit code 0: nothing was found. 1: something was. 2: wrong usage. 130: interrupted.`;

/**
 * Reads a command line; nothing if it asks for the {@link fuzzHelpText}.
 * @throws UsageError: one sentence about what is wrong.
 */
export function readFuzzOrder(args: readonly string[]): FuzzOrder | undefined {
  const given = readOptions(args, OPTIONS);
  if (given["help"] === true) return undefined;
  const all = allNames();
  const only = textOf(given, "only");
  return {
    names: only === undefined ? all : only.split(",").map((name) => known(name.trim(), all)),
    frames: wholeOf(given, "frames", 1) ?? FRAMES,
    seed: wholeOf(given, "seed") ?? 1,
    jobs: Math.min(wholeOf(given, "jobs", 1) ?? availableParallelism(), 256),
    json: given["json"] === true,
  };
}

/** All options, and all names. */
export function fuzzHelpText(): string {
  const readers = `Readers: ${readerNames().join(", ")}`;
  const sieges = `Sieges of a network, for every fiftieth input: ${SIEGES.join(", ")}`;
  return [USAGE, "", "Options:", optionsText(OPTIONS), "", readers, "", sieges].join("\n");
}

function allNames(): readonly string[] {
  return [...readerNames(), ...SIEGES];
}

function known(name: string, all: readonly string[]): string {
  const found = all.find((one) => one.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(`--only: nothing is called "${name}"; --help lists the names`);
}
