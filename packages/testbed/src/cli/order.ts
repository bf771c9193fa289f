import { availableParallelism } from "node:os";
import type { Whom } from "../chronicle.ts";
import { FAULTS, type FaultName, MISHAP_NAMES } from "../fault.ts";
import type { Mutant } from "../mutant.ts";
import { MUTANTS, mutantOf } from "../mutants.ts";
import type { Pace } from "../network-options.ts";
import { checkScope, drawPlan, type Plan, type Scope } from "../plan.ts";
import {
  type Given,
  numberOf,
  type OptionTable,
  optionsText,
  readOptions,
  tableText,
  textOf,
  wholeOf,
} from "./options.ts";
import { callersPath, UsageError } from "./program.ts";
import { readReplay } from "./replay-file.ts";

/** One world to run. */
export interface WorldOrder {
  readonly kind: "world";
  readonly plan: Plan;
  /** Whether it was run before: then it is only shown. */
  readonly isReplay: boolean;
  /** Whose chronicle to print, if any. */
  readonly trace: "involved" | Whom | undefined;
  /** The folder for a report on the overlay, if one is wanted. */
  readonly report: string | undefined;
  readonly json: boolean;
}

/** Many worlds to run. */
export interface SwarmOrder {
  readonly kind: "swarm";
  readonly scope: Scope;
  /** The number of the first world. */
  readonly first: number;
  /** How many; for an endless one, infinity. */
  readonly worlds: number;
  /** When no further world begins, in milliseconds from now; infinity for never. */
  readonly forMs: number;
  /** How many at a time. */
  readonly jobs: number;
  readonly json: boolean;
}

/** All mutants to be caught. */
export interface HuntOrder {
  readonly kind: "hunt";
  /** How many at a time. */
  readonly jobs: number;
  readonly json: boolean;
}

/** What to do; with worlds, as which mutant, if any. */
export type Order = ((WorldOrder | SwarmOrder) & { readonly mutant?: Mutant | undefined }) | HuntOrder;

const OPTIONS: OptionTable = {
  seed: { value: "N", help: "the world's number; of a swarm, its first one's. Default 1" },
  seeds: { value: "N", help: "seeds, 1 to 64. Default: drawn from the world's number" },
  faulty: {
    value: "F",
    help: "how many seeds may lie; needs 3F + 1 seeds. Default: drawn with them, else 0",
  },
  peers: { value: "N", help: "peers at the beginning. Default: 1 to 16, drawn" },
  arrival: {
    value: "MS",
    help: "virtual milliseconds from one peer's start to the next. Default 0: all at once",
  },
  minutes: { value: "M", help: "virtual minutes of trouble. Default 3" },
  pace: { value: "PACE", help: "lan or assignment. Default: drawn, mostly lan" },
  faults: {
    value: "NAMES",
    help: "all (the default: all where nobody lies), none, or names of the list below, with commas between",
  },
  swarm: { value: "N", help: "run N worlds, one after the other, on all cores" },
  hours: {
    value: "H",
    help: "a swarm that goes on for H hours; without --seed it begins with today's number",
  },
  jobs: { value: "N", help: "worlds of a swarm at a time. Default: as many as cores" },
  replay: {
    value: "N|FILE",
    help: "run world N, or the plan in FILE (as its mutant), again, without looking for a shorter one",
  },
  trace: {
    value: "[WHOM]",
    help: 'print the chronicle of hosts: "peer 3,seed 1", or all. Default: those involved in a violation',
    bare: "involved",
  },
  report: {
    value: "DIR",
    help: "write charts of the overlay in the end: degrees, and what is left when peers go",
  },
  mutant: {
    value: "NAME",
    help: "run worlds on sources with a bug of the list below, in its own sizes and faults",
  },
  mutants: { help: "run worlds until each of these bugs is caught, and the same worlds without it" },
  json: { help: "print one JSON document and nothing else" },
  help: { help: "show this" },
};

const USAGE = `Runs worlds of seeds and peers in virtual time, and tries to break them.

  npm run sim -- --seed 7 --peers 50        one world
  npm run sim -- --swarm 200                worlds 1 to 200
  npm run sim -- --replay sim-7.json --trace

Exit code 0: all was well. 1: a rule was broken. 2: wrong usage. 130: interrupted.`;

/**
 * Reads a command line; nothing if it asks for the {@link helpText}.
 * @param today the day's number since 1970.
 * @throws UsageError: one sentence about what is wrong.
 */
export function readOrder(args: readonly string[], today: number): Order | undefined {
  const given = readOptions(args, OPTIONS);
  if (given["help"] === true) return undefined;
  contradictions(given);
  if (given["mutants"] === true) return huntOrder(given);
  const mutant = known(textOf(given, "mutant"));
  const scope = scopeOf(given, mutant?.scope);
  return given["swarm"] === undefined && given["hours"] === undefined
    ? worldOrder(given, scope, mutant)
    : { ...swarmOrder(given, scope, today), mutant };
}

/** All options, and all faults. */
export function helpText(): string {
  const faults = Object.entries(FAULTS).map(([name, { about }]) => [name, about] as const);
  const mutants = MUTANTS.map(({ name, about }) => [name, about] as const);
  const lists = ["Faults:", tableText(faults), "", "Bugs:", tableText(mutants)];
  return [USAGE, "", "Options:", optionsText(OPTIONS), "", ...lists].join("\n");
}

/** Pairs of options of which only one can be meant. */
const RIVALS: readonly (readonly [string, string])[] = [
  ["replay", "swarm"],
  ["replay", "hours"],
  ["replay", "seed"],
  ["trace", "swarm"],
  ["trace", "hours"],
  ["trace", "json"],
  ["report", "swarm"],
  ["report", "hours"],
  ["mutants", "mutant"],
  ["mutants", "swarm"],
  ["mutants", "hours"],
  ["mutants", "seed"],
  ["mutants", "replay"],
  ["mutants", "trace"],
  ["mutants", "report"],
];

/** Options that say how a world is drawn. */
const SCOPED = ["seeds", "faulty", "peers", "arrival", "minutes", "pace", "faults"] as const;

function contradictions(given: Given): void {
  const both = RIVALS.find((pair) => pair.every((name) => given[name] !== undefined));
  if (both) throw new UsageError(`--${both[0]} and --${both[1]} do not go together`);
  if (given["jobs"] !== undefined && ["swarm", "hours", "mutants"].every((name) => given[name] === undefined))
    throw new UsageError("--jobs needs --swarm, --hours or --mutants");
  const scoped = SCOPED.find((name) => given[name] !== undefined);
  if (scoped !== undefined && given["mutants"] === true)
    throw new UsageError(`--${scoped} and --mutants do not go together: each bug has its own worlds`);
  if (scoped !== undefined && isFile(given["replay"]))
    throw new UsageError(`--${scoped} and --replay FILE do not go together: all of it stands in the file`);
}

function isFile(replay: Given[string]): boolean {
  return typeof replay === "string" && !/^\d+$/.test(replay);
}

/** @param usual what a missing option means. */
function scopeOf(given: Given, usual: Scope = {}): Scope {
  const faults = textOf(given, "faults");
  const seeds = wholeOf(given, "seeds");
  const scope = {
    seeds: seeds ?? usual.seeds,
    faulty: wholeOf(given, "faulty") ?? (seeds === undefined ? usual.faulty : undefined),
    peers: wholeOf(given, "peers") ?? usual.peers,
    arrivalMs: numberOf(given, "arrival") ?? usual.arrivalMs,
    minutes: numberOf(given, "minutes") ?? usual.minutes,
    pace: paceOf(textOf(given, "pace")) ?? usual.pace,
    faults: faults === undefined ? (usual.faults ?? MISHAP_NAMES) : faultsOf(faults),
  };
  return usable(() => {
    checkScope(scope);
    return scope;
  });
}

function worldOrder(given: Given, scope: Scope, mutant: Mutant | undefined): Order {
  const [replay, report] = [textOf(given, "replay"), textOf(given, "report")];
  const recorded = replay !== undefined && isFile(replay) ? readReplay(callersPath(replay)) : undefined;
  const plan =
    recorded?.plan ?? drawPlan(wholeOf(given, replay === undefined ? "seed" : "replay") ?? 1, scope);
  return {
    kind: "world",
    plan,
    mutant: mutant ?? known(recorded?.mutant),
    isReplay: replay !== undefined,
    report: report === undefined ? undefined : callersPath(report),
    trace: whomOf(textOf(given, "trace"), plan),
    json: given["json"] === true,
  };
}

function swarmOrder(given: Given, scope: Scope, today: number): SwarmOrder {
  const hours = numberOf(given, "hours");
  if (hours !== undefined && !(hours > 0)) throw new UsageError(`--hours is more than 0, not ${hours}`);
  const worlds = wholeOf(given, "swarm", 1) ?? Number.POSITIVE_INFINITY;
  return {
    kind: "swarm",
    scope,
    first: wholeOf(given, "seed") ?? (hours === undefined ? 1 : today * 100_000),
    worlds,
    forMs: hours === undefined ? Number.POSITIVE_INFINITY : hours * 3_600_000,
    jobs: Math.min(wholeOf(given, "jobs", 1) ?? availableParallelism(), worlds, 256),
    json: given["json"] === true,
  };
}

function known(mutant: string | undefined): Mutant | undefined {
  return mutant === undefined ? undefined : usable(() => mutantOf(mutant));
}

function huntOrder(given: Given): HuntOrder {
  const jobs = wholeOf(given, "jobs", 1) ?? availableParallelism();
  return { kind: "hunt", jobs: Math.min(jobs, MUTANTS.length), json: given["json"] === true };
}

function whomOf(text: string | undefined, { seeds, peers, strikes }: Plan): WorldOrder["trace"] {
  if (text === undefined || text === "all" || text === "involved") return text;
  const joins = strikes.filter(({ fault }) => fault === "join").length;
  const counts: Readonly<Record<string, number>> = { seed: seeds, peer: peers + joins };
  const names = text.split(",").map((word) => {
    const [, kind = "", number = ""] = /^(seed|peer)[ -]?(\d+)$/.exec(word.trim()) ?? [];
    if (Number(number) >= 1 && Number(number) <= (counts[kind] ?? 0)) return `${kind} ${Number(number)}`;
    throw new UsageError(`--trace: there is no host "${word.trim()}" in this world`);
  });
  return new Set(names);
}

function faultsOf(text: string): readonly FaultName[] {
  const names = text === "none" ? [] : text.split(",").map((name) => name.trim());
  // Whether these are names is checked with everything else.
  return names.flatMap((name) => (name === "all" ? MISHAP_NAMES : [name as FaultName]));
}

function paceOf(text: string | undefined): Pace | undefined {
  if (text === undefined || text === "lan" || text === "assignment") return text;
  throw new UsageError(`--pace is lan or assignment, not "${text}"`);
}

/** A size that cannot be is a bug for a function, and wrong usage for a program. */
function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}
