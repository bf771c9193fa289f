import { availableParallelism } from "node:os";
import type { Attack } from "../attacks/attack.ts";
import { ATTACKS, attackOf } from "../attacks/catalogue.ts";
import { type OptionTable, optionsText, readOptions, tableText, textOf, wholeOf } from "./options.ts";
import { UsageError } from "./program.ts";

/** Attacks to run. */
export interface AttackOrder {
  readonly attacks: readonly Attack[];
  /** Worlds of each, at most. */
  readonly worlds: number;
  /** The number of the first world. */
  readonly first: number;
  /** How many worlds at a time. */
  readonly jobs: number;
  /** On sources without the defence, until each succeeds. */
  readonly isWeakened: boolean;
  /** What a hostile reading of the protocol asked, and what answers it; nothing is run. */
  readonly areThreats: boolean;
  readonly json: boolean;
}

const WORLDS = 300;

const OPTIONS: OptionTable = {
  worlds: { value: "N", help: `worlds of each attack. Default ${WORLDS}; fewer of those that need no more` },
  seed: { value: "N", help: "the number of each attack's first world. Default 1" },
  only: { value: "NUMBERS", help: "these attacks only, with commas between, as in 3,12" },
  weakened: { help: "run attacks on sources without their defence, until each succeeds" },
  threats: {
    help: "print what a hostile reading of the protocol asked, and which test answers it; run nothing",
  },
  jobs: { value: "N", help: "worlds at a time. Default: as many as cores" },
  json: { help: "print one JSON document and nothing else" },
  help: { help: "show this" },
};

const USAGE = `Attacks networks of seeds and peers in virtual time, and prints what stopped each attack.

  npm run attacks                           all of them, ${WORLDS} worlds each
  npm run attacks -- --only 3,13 --worlds 20
  npm run attacks -- --weakened             whether they can succeed at all
  npm run attacks -- --threats              what else was asked, and which test answers it

Exit code 0: all were stopped. 1: one was not. 2: wrong usage. 130: interrupted.`;

/**
 * Reads a command line; nothing if it asks for the {@link attackHelpText}.
 * @throws UsageError: one sentence about what is wrong.
 */
export function readAttackOrder(args: readonly string[]): AttackOrder | undefined {
  const given = readOptions(args, OPTIONS);
  if (given["help"] === true) return undefined;
  const only = textOf(given, "only");
  const [isWeakened, areThreats] = [given["weakened"] === true, given["threats"] === true];
  if (areThreats && (isWeakened || only !== undefined))
    throw new UsageError("--threats prints all of them, and goes with neither --only nor --weakened");
  const attacks = only === undefined ? ATTACKS : only.split(",").map(numbered);
  return {
    attacks,
    worlds: wholeOf(given, "worlds", 1) ?? WORLDS,
    first: wholeOf(given, "seed") ?? 1,
    jobs: Math.min(wholeOf(given, "jobs", 1) ?? availableParallelism(), 256),
    isWeakened,
    areThreats,
    json: given["json"] === true,
  };
}

/** All options, and all attacks. */
export function attackHelpText(): string {
  const rows = ATTACKS.map(({ number, name }) => [String(number), name] as const);
  return [USAGE, "", "Options:", optionsText(OPTIONS), "", "Attacks:", tableText(rows)].join("\n");
}

function numbered(text: string): Attack {
  if (!/^\s*\d+\s*$/.test(text))
    throw new UsageError(`--only takes numbers with commas between, as in 3,12, not "${text}"`);
  try {
    return attackOf(Number(text));
  } catch (error) {
    throw new UsageError(`--only: ${(error as Error).message}`);
  }
}
