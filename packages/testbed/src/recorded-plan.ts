import { FAULT_NAMES, type FaultName, type Strike } from "./fault.ts";
import type { Pace } from "./network-options.ts";
import { checkScope, type Plan } from "./plan.ts";

type Fields = Readonly<Record<string, unknown>>;

/** More says nothing a shorter plan does not say; no drawn plan comes near. */
const STRIKES_MAX = 1_000_000;

/**
 * Reads a plan that came back from JSON: every field is looked at, unknown ones are not.
 * @throws RangeError that names the field.
 */
export function planOf(value: unknown): Plan {
  const fields = record(value, "a plan");
  const frame = {
    seed: whole(fields, "seed"),
    seeds: whole(fields, "seeds"),
    faulty: whole(fields, "faulty"),
    peers: whole(fields, "peers"),
    // Not in older files.
    arrivalMs: fields["arrivalMs"] === undefined ? 0 : number(fields, "arrivalMs"),
    pace: pace(given(fields, "pace")),
    minutes: number(fields, "minutes"),
    loss: number(fields, "loss"),
  };
  checkScope(frame);
  if (frame.loss > 1) throw new RangeError(`loss is a chance from 0 to 1, not ${frame.loss}`);
  return { ...frame, strikes: strikesOf(given(fields, "strikes"), frame) };
}

function strikesOf(value: unknown, { seeds, peers }: Omit<Plan, "strikes">): readonly Strike[] {
  if (!Array.isArray(value) || value.length > STRIKES_MAX)
    throw new RangeError(`strikes is a list of at most ${STRIKES_MAX}`);
  const strikes = value.map((each, index) => within(`strikes[${index}]`, () => strikeOf(each)));
  const names = new Set([...named("seed", seeds), ...named("peer", peers)]);
  let [before, population, seedsEver] = [0, peers, seeds];
  for (const [index, { atMs, hosts, fault }] of strikes.entries()) {
    const stranger = hosts.find((name) => !names.has(name));
    if (stranger !== undefined)
      throw new RangeError(`strikes[${index}]: there is no host "${stranger}" at this time`);
    if (atMs < before) throw new RangeError(`strikes[${index}] comes before the one before it`);
    before = atMs;
    if (fault === "join") names.add(`peer ${++population}`);
    if (fault === "change") names.add(`seed ${++seedsEver}`);
  }
  return strikes;
}

function strikeOf(value: unknown): Strike {
  const fields = record(value, "a strike");
  const [fault, hosts] = [given(fields, "fault"), given(fields, "hosts")];
  const { byMs } = fields;
  if (!FAULT_NAMES.includes(fault as FaultName)) throw new RangeError(`there is no fault ${shown(fault)}`);
  if (!Array.isArray(hosts) || !hosts.every((name) => typeof name === "string"))
    throw new RangeError("hosts is a list of names");
  if (byMs !== undefined && !Number.isSafeInteger(byMs))
    throw new RangeError(`byMs is a whole number of milliseconds, not ${shown(byMs)}`);
  if (isPair(fault as FaultName) && hosts.length !== 2)
    throw new RangeError(`${String(fault)} has two hosts, not ${hosts.length}`);
  return {
    atMs: number(fields, "atMs"),
    fault: fault as FaultName,
    hosts,
    forMs: number(fields, "forMs"),
    ...(byMs === undefined ? {} : { byMs: byMs as number }),
  };
}

function isPair(fault: FaultName): boolean {
  return fault === "cut" || fault === "deaf";
}

function pace(value: unknown): Pace {
  if (value === "lan" || value === "assignment") return value;
  throw new RangeError(`pace is "lan" or "assignment", not ${shown(value)}`);
}

function record(value: unknown, what: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RangeError(`${what} is an object, not ${shown(value)}`);
}

function whole(fields: Fields, name: string): number {
  const value = number(fields, name);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`${name} is a whole number from 0, not ${value}`);
}

function number(fields: Fields, name: string): number {
  const value = given(fields, name);
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`${name} is a number from 0, not ${shown(value)}`);
}

function given(fields: Fields, name: string): unknown {
  if (fields[name] === undefined) throw new RangeError(`${name} is missing`);
  return fields[name];
}

function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`${place}: ${error.message}`) : error;
  }
}

function named(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind} ${index + 1}`);
}

/** A value for people, in a few characters. */
function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 40);
}
