/** An ambient source of time, chance or turns was used where everything has to come from the host. */
export class TripWireError extends Error {
  override readonly name = "TripWireError";
  /** What was used, e.g. `Date.now`. */
  readonly culprit: string;

  constructor(culprit: string, instead: string) {
    super(
      `${culprit} inside a step of the simulator: nothing that is not handed in can be replayed; use ${instead}`,
    );
    this.culprit = culprit;
  }
}

type Anything = (...values: never[]) => unknown;

interface Wire {
  readonly target: object;
  readonly key: string;
  readonly value: unknown;
}

const CLOCK = "host.clock";
const RANDOM = "host.random";
const TURNS = "a callback, or host.clock.after(0, …)";

/** How many tasks are under way with the wire up. */
let depth = 0;

/**
 * Runs `task`; until it is over the machine's own clock, timers, chance and queues throw a {@link TripWireError}.
 * Afterwards, whatever happened, everything is as it was. May be nested. Not covered: promises (an `await` simply never
 * gets its turn inside a step), and functions that were taken out of their objects before, as in `const { now } = Date`.
 */
export function withTripWire<T>(task: () => T): T {
  if (depth > 0) return task();
  const restore = install([...everywhere(), ...inNode()]);
  depth += 1;
  try {
    return task();
  } finally {
    depth -= 1;
    restore();
  }
}

function everywhere(): Wire[] {
  return [
    { target: Date, key: "now", value: trip("Date.now", CLOCK) },
    { target: globalThis, key: "Date", value: timelessDate() },
    { target: performance, key: "now", value: trip("performance.now", CLOCK) },
    { target: Math, key: "random", value: trip("Math.random", RANDOM) },
    { target: globalThis, key: "setTimeout", value: trip("setTimeout", CLOCK) },
    { target: globalThis, key: "setInterval", value: trip("setInterval", CLOCK) },
    { target: globalThis, key: "setImmediate", value: trip("setImmediate", CLOCK) },
    { target: globalThis, key: "queueMicrotask", value: trip("queueMicrotask", TURNS) },
    { target: crypto, key: "getRandomValues", value: trip("crypto.getRandomValues", RANDOM) },
    { target: crypto, key: "randomUUID", value: trip("crypto.randomUUID", RANDOM) },
  ];
}

function trip(culprit: string, instead: string): () => never {
  return () => {
    throw new TripWireError(culprit, instead);
  };
}

/** `new Date(number)` is arithmetic and stays. */
function timelessDate(): DateConstructor {
  return new Proxy(Date, {
    apply: trip("Date()", CLOCK),
    construct(target, values, newTarget) {
      if (values.length === 0) throw new TripWireError("new Date()", CLOCK);
      return Reflect.construct(target, values, newTarget) as Date;
    },
  });
}

/** Puts the wires up; the result takes them down again. */
function install(all: readonly Wire[]): () => void {
  const before = all.map(({ target, key }) => Object.getOwnPropertyDescriptor(target, key));
  for (const { target, key, value } of all) {
    Object.defineProperty(target, key, { value, configurable: true, writable: true, enumerable: false });
  }
  return () => {
    for (const [index, { target, key }] of all.entries()) {
      const descriptor = before[index];
      if (descriptor === undefined) Reflect.deleteProperty(target, key);
      else Object.defineProperty(target, key, descriptor);
    }
  };
}

// ── Node's own, where there is Node ──

interface NodeProcess {
  nextTick: Anything;
  hrtime: Anything & { bigint: Anything };
  getBuiltinModule?: (name: string) => Record<string, unknown> | undefined;
}

const node = (globalThis as { process?: Partial<NodeProcess> }).process as NodeProcess | undefined;

const NODE_CRYPTO = [
  "randomBytes",
  "randomFill",
  "randomFillSync",
  "randomInt",
  "randomUUID",
  "generateKeyPair",
  "generateKeyPairSync",
];

function inNode(): Wire[] {
  if (node?.nextTick === undefined) return [];
  wrapNodeCrypto();
  return [
    { target: node, key: "nextTick", value: notByNode("process.nextTick", node.nextTick) },
    {
      target: node,
      key: "hrtime",
      value: Object.assign(trip("process.hrtime", CLOCK), { bigint: trip("process.hrtime", CLOCK) }),
    },
  ];
}

/** Node's own modules may go on: `console.log` writes to a stream, and that needs a tick. */
function notByNode(culprit: string, original: Anything): Anything {
  return (...values) => {
    const caller = new Error().stack?.split("\n")[2] ?? "";
    if (!caller.includes("node:internal")) throw new TripWireError(culprit, TURNS);
    return original.call(node, ...values);
  };
}

let isWrapped = false;

/**
 * Named imports of `node:crypto` follow its module object only when told so, which is too slow for every step: these
 * functions are wrapped once, for good, and ask whether a step is running.
 */
function wrapNodeCrypto(): void {
  const builtin = node?.getBuiltinModule;
  if (isWrapped || builtin === undefined) return;
  isWrapped = true;
  const module = builtin("node:crypto") as Record<string, Anything>;
  for (const name of NODE_CRYPTO) {
    module[name] = new Proxy(module[name] as Anything, {
      apply(target, self, values: never[]) {
        if (depth > 0) throw new TripWireError(`crypto.${name}`, RANDOM);
        return Reflect.apply(target, self, values);
      },
    });
  }
  (builtin("node:module") as { syncBuiltinESMExports(): void }).syncBuiltinESMExports();
}
