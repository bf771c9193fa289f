import { checkNames } from "./names-check.ts";
import type { GossipOptions } from "./options.ts";
import { DEFAULT_RATE } from "./rate.ts";
import { shown } from "./shown.ts";
import { DEFAULT_STORE_LIMITS } from "./store.ts";
import { ASSIGNMENT_TIMING } from "./timing.ts";

type Unsure<T> = { readonly [K in keyof T]?: unknown };

/** All options that there are; nothing is missing, or this does not compile. */
const NAMES: Readonly<Record<keyof GossipOptions, true>> = {
  links: true,
  membership: true,
  incarnation: true,
  validate: true,
  order: true,
  repair: true,
  rate: true,
  store: true,
  originsMax: true,
  queuedBytesMax: true,
  strategy: true,
  timing: true,
};

/** The names of what options consist of that are objects. */
const PARTS = { rate: DEFAULT_RATE, store: DEFAULT_STORE_LIMITS, timing: ASSIGNMENT_TIMING } as const;

const ORDERS: readonly unknown[] = ["arrival", "fifo"];

/**
 * `options` as they are, looked over for what a compiler would have found: numbers are checked where they are used.
 * @throws TypeError that names the option which is missing, unknown or of another type; RangeError on an order that there
 *   is not.
 */
export function checkedOptions(options: GossipOptions): GossipOptions {
  const given: Unsure<GossipOptions> = isObject(options) ? options : {};
  if (!isLinkSet(given.links))
    throw new TypeError("a Gossip needs links, those of a Lobby: new Gossip({ links: lobby.links })");
  checkNames(given, NAMES);
  const { membership, repair, order } = given;
  if (membership !== undefined && !isMembership(membership))
    throw new TypeError("membership has two functions, standing and ask");
  if (order !== undefined && !ORDERS.includes(order))
    throw new RangeError(`order is "arrival" or "fifo", not ${shown(order)}`);
  if (repair !== undefined && typeof repair !== "boolean")
    throw new TypeError(`repair is true or false, not ${shown(repair)}`);
  for (const name of ["incarnation", "validate", "strategy"] as const)
    if (given[name] !== undefined && typeof given[name] !== "function")
      throw new TypeError(`${name} is a function, not ${shown(given[name])}`);
  for (const [name, known] of Object.entries(PARTS))
    checkPart(name, given[name as keyof typeof PARTS], known);
  return options;
}

function checkPart(name: string, part: unknown, known: object): void {
  if (part === undefined) return;
  if (!isObject(part)) throw new TypeError(`${name} is an object, not ${shown(part)}`);
  checkNames(part, { ...known }, `${name}.`);
}

/** By what it can do, not by its class: a program may hold two copies of `@p2p/wire`. */
function isLinkSet(value: unknown): boolean {
  return isObject(value) && typeof value["route"] === "function" && isObject(value["local"]);
}

function isMembership(value: unknown): boolean {
  return isObject(value) && typeof value["standing"] === "function" && typeof value["ask"] === "function";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
