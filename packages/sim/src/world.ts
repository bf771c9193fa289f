import { type Address, type Cancel, joinAddress, type LinkLimits, P2PError } from "@p2p/wire";
import { DEFAULT_DISK_PACE, type DiskPace } from "./disk.ts";
import { combined, HostFailure } from "./failure.ts";
import { Faults } from "./faults.ts";
import { Host, type HostOptions, type Surroundings } from "./host.ts";
import type { Witness } from "./life.ts";
import { Network } from "./network.ts";
import { SeededRandom, type Span } from "./seeded-random.ts";
import { HashedSignatures, MemoisedSignatures } from "./signatures.ts";
import { Timeline } from "./timeline.ts";
import { withTripWire } from "./trip-wire.ts";
import type { Weather } from "./weather.ts";

/** How a world is. Everything has a default; the weather is that between all hosts. */
export interface WorldOptions extends Partial<Weather> {
  /** The number from which every draw in this world follows. Default 1. */
  readonly seed?: number;
  /** Wall time at which the world begins, in milliseconds since 1970. Default 1 January 2026, 00:00 UTC. */
  readonly epochMs?: number;
  /** `"ed25519"` (default) is real and memoised; `"hash"` is faster and forgeable, for a thousand hosts and more. */
  readonly signatures?: "ed25519" | "hash";
  /** Signatures and checks remembered, each. Default 65 536. */
  readonly signaturesRemembered?: number;
  /** Bytes that a host's system takes for a program that does not read, for each link. Default 256 KiB. */
  readonly receiveBytesMax?: number;
  /** How long a link goes without acknowledgement of what was sent before it breaks. Default 15 to 30 s. */
  readonly patience?: Span;
  /** Limits of all transports; what is missing is `DEFAULT_LINK_LIMITS` of `@p2p/wire`. */
  readonly linkLimits?: Partial<LinkLimits>;
  /** How long disks take. */
  readonly disk?: Partial<DiskPace>;
  /**
   * Gets a line for everything that happens: virtual time, host, kind, detail. Two runs of one seed give the same
   * lines, byte by byte.
   */
  readonly trace?: (line: string) => void;
  /**
   * Sees every frame that a link takes from the program of `host`, when it does: the very bytes, to be read only. `to`:
   * the far end's address, whose port on an accepted link is not the one where the far end listens.
   */
  readonly frameSent?: (host: string, frame: Uint8Array, to: Address) => void;
  /** Gets what callbacks of programs throw, instead of {@link World.run} throwing it. */
  readonly onFailure?: (failure: HostFailure) => void;
}

/** How long trouble lasts, and how long it pauses, in milliseconds above 0. */
export interface Alternation {
  readonly onMs: number;
  readonly offMs: number;
}

const EPOCH_MS = Date.UTC(2026, 0, 1);
const PORT = 7000;

/**
 * A network of hosts in one process and in virtual time. Nothing moves but inside {@link run}, {@link runUntil} and
 * {@link step}, all synchronous; one seed gives one history.
 */
export class World {
  readonly seed: number;
  /** Chance for the test's own script; hosts have streams of their own. */
  readonly random: SeededRandom;
  readonly #timeline = new Timeline();
  readonly #faults: Faults;
  readonly #network: Network;
  readonly #around: Surroundings;
  readonly #hosts = new Map<string, Host>();
  readonly #trace: ((line: string) => void) | undefined;
  readonly #onFailure: ((failure: HostFailure) => void) | undefined;
  #failures: HostFailure[] = [];
  #isRunning = false;

  /** @throws RangeError on weather that cannot be. */
  constructor(options: WorldOptions = {}) {
    const random = new SeededRandom(options.seed ?? 1);
    this.seed = options.seed ?? 1;
    this.random = random.fork("script");
    this.#trace = options.trace;
    this.#onFailure = options.onFailure;
    this.#faults = new Faults(weatherOf(options));
    this.#network = new Network(this.#timeline, random.fork("network"), this.#faults, {
      receiveBytesMax: options.receiveBytesMax ?? 256 * 1024,
      patience: options.patience ?? { minMs: 15_000, maxMs: 30_000 },
    });
    this.#around = this.#surroundings(options, random);
  }

  /** Virtual milliseconds since the world began. */
  get now(): number {
    return this.#timeline.now;
  }

  /** All hosts by name. */
  get hosts(): ReadonlyMap<string, Host> {
    return this.#hosts;
  }

  /**
   * Adds a host, which others reach by its address or as `name:port`.
   * @throws RangeError when the name is empty, or there is one of that name. P2PError `ADDRESS_IN_USE` when its address is another's.
   */
  host(name: string, options: HostOptions = {}): Host {
    if (name.trim() === "") throw new RangeError("a host has a name, and this one is empty");
    if (this.#hosts.has(name)) throw new RangeError(`there is a host ${name} already`);
    const number = this.#hosts.size + 1;
    const address = options.address ?? addressOf(number);
    for (const other of options.address === undefined ? [] : this.#hosts.values()) {
      if (other.address === address)
        throw new P2PError("ADDRESS_IN_USE", `${address} is the address of ${other.name}`);
    }
    const host = new Host(name, number, address, options, this.#around);
    this.#network.add(host);
    this.#hosts.set(name, host);
    return host;
  }

  /**
   * Lets `ms` of virtual time pass.
   * @throws HostFailure when a callback of a program threw (AggregateError: several, at one moment); time has then
   *   passed up to that moment, and the world can go on. TypeError when called from inside a step.
   */
  run(ms: number): void {
    this.runUntil(() => false, ms);
  }

  /**
   * Lets time pass until `condition` holds, asked now and after each step, but at most `maxMs`. Whether it held.
   * @throws as {@link run}.
   */
  runUntil(condition: () => boolean, maxMs: number): boolean {
    if (!(maxMs >= 0 && maxMs < Number.POSITIVE_INFINITY)) throw new RangeError(`cannot run ${maxMs} ms`);
    const end = this.#timeline.now + maxMs;
    return this.#inside(() => {
      for (;;) {
        if (condition()) return true;
        if (this.#timeline.nextAt > end) break;
        this.#advance();
      }
      this.#timeline.now = end;
      return condition();
    });
  }

  /** Moves to the next thing that happens. False when nothing is left. @throws as {@link run}. */
  step(): boolean {
    return this.#inside(() => this.#advance());
  }

  /** Orders `task` of the test's own script, e.g. a crash, for `delayMs` from now. What it throws comes out of {@link run}. */
  after(delayMs: number, task: () => void): Cancel {
    const moment = this.#timeline.after(delayMs, task);
    return () => this.#timeline.cancel(moment);
  }

  /**
   * Trouble that comes and goes: `begin` now, `end` after `onMs`, `begin` again after `offMs`, and so on.
   * @returns ends it: with a last `end` if it is on.
   * @throws RangeError unless both times are positive.
   */
  alternate({ onMs, offMs }: Alternation, begin: () => void, end: () => void): Cancel {
    if (!(onMs > 0 && offMs > 0)) throw new RangeError(`cannot alternate ${onMs} ms on, ${offMs} ms off`);
    let isOn = false;
    let cancel: Cancel | undefined;
    const turn = (): void => {
      isOn = !isOn;
      cancel = this.after(isOn ? onMs : offMs, turn);
      (isOn ? begin : end)();
    };
    turn();
    return () => {
      cancel?.();
      if (isOn) turn();
      cancel?.();
    };
  }

  /** Nothing passes between two hosts any more, either way. @throws TypeError on a host of another world. */
  cut(a: Host, b: Host): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  /** Nothing that `from` sends reaches `to` any more. @throws as {@link cut}. */
  cutOneWay(from: Host, to: Host): void {
    this.#own(from, to);
    this.log(`cut ${from.name} → ${to.name}`);
    this.#faults.cutOneWay(from.number, to.number);
    this.#network.faultsChanged();
  }

  /**
   * Hosts of different sides no longer reach each other; a host on no side reaches all. Replaces an earlier partition.
   * @throws as {@link cut}.
   */
  partition(...sides: readonly (readonly Host[])[]): void {
    for (const side of sides) this.#own(...side);
    this.log(`partition ${sides.map((side) => side.map(({ name }) => name).join(" ")).join(" | ")}`);
    this.#faults.partition(sides.map((side) => side.map(({ number }) => number)));
    this.#network.faultsChanged();
  }

  /** Ends all cuts and the partition, or only the cuts between two hosts. Vanished hosts stay so. @throws as {@link cut}. */
  heal(a?: Host, b?: Host): void {
    if (a !== undefined && b !== undefined) this.#own(a, b);
    this.log(a === undefined || b === undefined ? "heal" : `heal ${a.name} ${b.name}`);
    if (a === undefined || b === undefined) this.#faults.heal();
    else this.#faults.healBetween(a.number, b.number);
    this.#network.faultsChanged();
  }

  /**
   * Whether the network would carry what `from` sends to `to` now, whoever is up or frozen: no cut lies between.
   * @throws as {@link cut}.
   */
  reaches(from: Host, to: Host): boolean {
    this.#own(from, to);
    return this.#faults.passes(from.number, to.number);
  }

  /**
   * How the weather is now from one host to another, the losses of their own networks included.
   * @throws as {@link cut}.
   */
  weatherBetween(from: Host, to: Host): Weather {
    this.#own(from, to);
    return this.#faults.weather(from.number, to.number);
  }

  /**
   * Changes the weather: everywhere, or from one host to another (one direction). What is on its way is not touched.
   * @throws RangeError on weather that cannot be. TypeError on a host of another world.
   */
  weather(change: Partial<Weather>, from?: Host, to?: Host): void {
    if (from === undefined || to === undefined) return this.#faults.changeWeather(change);
    this.#own(from, to);
    this.#faults.changeWeatherBetween(from.number, to.number, change);
  }

  /** Writes a line of the test's or a program's own into the trace. */
  log(line: string): void {
    this.#note("world", "log", line);
  }

  /** Hosts are known by their numbers, and another world has the same ones. */
  #own(...hosts: readonly Host[]): void {
    for (const host of hosts)
      if (this.#hosts.get(host.name) !== host) throw new TypeError(`${host.name} is a host of another world`);
  }

  #surroundings(options: WorldOptions, random: SeededRandom): Surroundings {
    const witness: Witness = {
      isTraced: this.#trace !== undefined,
      sent: options.frameSent,
      note: (host, kind, detail) => this.#note(host, kind, detail),
      failed: (host, error) => this.#failed(host, error),
    };
    return {
      timeline: this.#timeline,
      network: this.#network,
      faults: this.#faults,
      random,
      signatures:
        options.signatures === "hash"
          ? new HashedSignatures(random.fork("signatures"))
          : new MemoisedSignatures(options.signaturesRemembered ?? 65_536),
      diskPace: { ...DEFAULT_DISK_PACE, ...options.disk },
      linkLimits: options.linkLimits ?? {},
      epochMs: options.epochMs ?? EPOCH_MS,
      witness,
    };
  }

  #inside<T>(task: () => T): T {
    if (this.#isRunning) throw new TypeError("the world is running: it cannot be run from inside a step");
    this.#isRunning = true;
    try {
      return withTripWire(task);
    } finally {
      this.#isRunning = false;
    }
  }

  #advance(): boolean {
    const isMore = this.#timeline.step();
    if (this.#failures.length > 0) throw combined(this.#failures.splice(0));
    return isMore;
  }

  #failed(host: string, error: unknown): void {
    const failure = new HostFailure(host, this.#timeline.now, error);
    this.#note(host, "failed", failure.message);
    if (this.#onFailure === undefined) this.#failures.push(failure);
    else this.#onFailure(failure);
  }

  #note(host: string, kind: string, detail: string): void {
    this.#trace?.(`${this.#timeline.now.toFixed(3)} ${host} ${kind} ${detail}`.trimEnd());
  }
}

/** 10.0.0.1, 10.0.0.2 and so on, all at one port. */
function addressOf(number: number): Address {
  return joinAddress(`10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`, PORT);
}

function weatherOf(options: WorldOptions): Partial<Weather> {
  const { latency, loss, duplicate, reorder, late } = options;
  const given = Object.entries({ latency, loss, duplicate, reorder, late }).filter(
    ([, value]) => value !== undefined,
  );
  const weather: Partial<Weather> = Object.fromEntries(given);
  return weather;
}
