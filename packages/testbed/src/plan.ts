import { SeededRandom } from "@p2p/sim";
import { pick, type Random } from "@p2p/wire";
import { type Cast, FAULT_NAMES, FAULTS, type FaultName, MISHAP_NAMES, type Strike } from "./fault.ts";
import type { Pace } from "./network-options.ts";

/** What may be asked of a plan; what is missing is drawn from the world's number. */
export interface Scope {
  readonly seeds?: number | undefined;
  /** How many of the seeds may lie; needs 3f + 1 seeds. */
  readonly faulty?: number | undefined;
  readonly peers?: number | undefined;
  /** Time from the start of one peer to that of the next, in virtual milliseconds. Default 0: all start at once. */
  readonly arrivalMs?: number | undefined;
  /** For how long there is trouble, in virtual minutes. Default 3. */
  readonly minutes?: number | undefined;
  readonly pace?: Pace | undefined;
  /** What may happen. Default: everything that may happen where nobody lies. */
  readonly faults?: readonly FaultName[] | undefined;
}

/** A world and all that happens to it, as data: the same plan is the same history. */
export interface Plan {
  readonly seed: number;
  readonly seeds: number;
  readonly faulty: number;
  readonly peers: number;
  /** Time from the start of one peer to that of the next, in milliseconds; 0: all start at once. */
  readonly arrivalMs: number;
  readonly pace: Pace;
  readonly minutes: number;
  /** Chance that a segment is lost, all the time. */
  readonly loss: number;
  /** In the order of their times. */
  readonly strikes: readonly Strike[];
}

/** Mean pause between two strikes, in milliseconds, in a network of the slower pace. */
const PAUSE_MS = 12_000;
/** How much faster everything is in the faster pace. */
const LAN_SCALE = 0.25;
const MINUTES = 3;
const SEEDS_MAX = 64;
const PEERS_MAX = 100_000;
const ARRIVAL_MAX_MS = 3_600_000;

/**
 * The plan of the world with this number. Sizes are mixed: 1 to 7 seeds, of which some may lie, 1 to 16 peers, both
 * paces.
 * @throws RangeError on sizes that cannot be; the message says why.
 */
export function drawPlan(seed: number, scope: Scope = {}): Plan {
  checkScope(scope);
  const random = new SeededRandom(seed).fork("plan");
  const [seeds, faulty] = drawSeeds(scope, random);
  const frame = {
    seed,
    seeds,
    faulty,
    peers: scope.peers ?? 1 + Math.floor(16 * random.next()),
    arrivalMs: scope.arrivalMs ?? 0,
    pace: scope.pace ?? (random.next() < 0.75 ? "lan" : "assignment"),
    minutes: scope.minutes ?? MINUTES,
    loss: pick([0, 0, 0.02], random) as number,
  };
  const names = scope.faults ?? MISHAP_NAMES;
  return { ...frame, strikes: names.length === 0 ? [] : new Draughtsman(frame, random).strikes(names) };
}

/** @throws RangeError on what cannot be. */
export function checkScope({ seeds, faulty, peers, arrivalMs, minutes, faults = [] }: Scope): void {
  whole(seeds, SEEDS_MAX, "seeds");
  whole(peers, PEERS_MAX, "peers");
  if (arrivalMs !== undefined && !(arrivalMs >= 0 && arrivalMs <= ARRIVAL_MAX_MS))
    throw new RangeError(`an arrival is 0 to ${ARRIVAL_MAX_MS} ms after the one before, not ${arrivalMs}`);
  if (minutes !== undefined && !(minutes > 0 && minutes <= 100_000))
    throw new RangeError(`minutes are more than 0 and at most 100 000, not ${minutes}`);
  if (faulty !== undefined && !(Number.isInteger(faulty) && faulty >= 0))
    throw new RangeError(`f is a whole number of seeds from 0, not ${faulty}`);
  if (faulty !== undefined && faulty > 0 && (seeds ?? SEEDS_MAX) < 3 * faulty + 1)
    throw new RangeError(
      `f = ${faulty} needs 3f + 1 = ${3 * faulty + 1} seeds, there are ${seeds ?? `at most ${SEEDS_MAX}`}`,
    );
  for (const name of faults) {
    if (!FAULT_NAMES.includes(name))
      throw new RangeError(`there is no fault "${name}"; there are ${FAULT_NAMES.join(", ")}`);
  }
}

function whole(count: number | undefined, max: number, what: string): void {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= max)) return;
  throw new RangeError(`${what} are a whole number from 1 to ${max}, not ${count}`);
}

function drawSeeds({ seeds, faulty }: Scope, random: Random): readonly [seeds: number, faulty: number] {
  if (seeds !== undefined) return [seeds, faulty ?? 0];
  if (faulty !== undefined && faulty > 0) return [3 * faulty + 1, faulty];
  const kinds = [
    [1, 0],
    [2, 0],
    [3, 0],
    [3, 0],
    [3, 0],
    [4, 1],
    [5, 0],
    [5, 0],
    [7, 2],
  ] as const;
  const [n, f] = pick(kinds, random) as (typeof kinds)[number];
  return [n, faulty ?? f];
}

/** Draws strike after strike, and keeps in mind who is struck until when. */
class Draughtsman {
  /** Without those that lie: they count for nothing. */
  #allSeeds: readonly string[];
  readonly #allPeers: string[];
  readonly #busyUntil = new Map<string, number>();
  readonly #spareSeeds: number;
  #seedsEver: number;
  readonly #scale: number;
  readonly #endMs: number;
  readonly #random: Random;

  constructor({ seeds, faulty, peers, pace, minutes }: Omit<Plan, "strikes">, random: Random) {
    this.#allSeeds = Array.from({ length: seeds }, (_, index) => `seed ${index + 1}`);
    this.#allPeers = Array.from({ length: peers }, (_, index) => `peer ${index + 1}`);
    this.#seedsEver = seeds;
    this.#spareSeeds = seeds - Math.ceil((seeds + faulty + 1) / 2);
    this.#scale = pace === "lan" ? LAN_SCALE : 1;
    this.#endMs = minutes * 60_000;
    this.#random = random;
  }

  strikes(names: readonly FaultName[]): readonly Strike[] {
    const strikes: Strike[] = [];
    for (let atMs = this.#pause(); atMs < this.#endMs; atMs += this.#pause()) {
      const fault = pick(names, this.#random) as FaultName;
      const draft = FAULTS[fault].draw(this.#cast(atMs));
      if (draft === undefined || (this.#busyUntil.get(fault) ?? 0) > atMs) continue;
      strikes.push({ atMs, fault, ...draft });
      this.#note(fault, draft, atMs);
    }
    return strikes;
  }

  #cast(atMs: number): Cast {
    const idle = (all: readonly string[]): string[] =>
      all.filter((name) => (this.#busyUntil.get(name) ?? 0) <= atMs);
    const seeds = idle(this.#allSeeds);
    const away = this.#allSeeds.length - seeds.length;
    return {
      peers: idle(this.#allPeers),
      seeds: away > 0 && away >= this.#spareSeeds ? [] : seeds,
      allPeers: this.#allPeers,
      allSeeds: this.#allSeeds,
      random: this.#random,
      scale: this.#scale,
    };
  }

  #note(fault: FaultName, { hosts, forMs }: Pick<Strike, "hosts" | "forMs">, atMs: number): void {
    const until = fault === "kill" || fault === "change" ? Number.POSITIVE_INFINITY : atMs + forMs;
    // What hits no host in particular hits all: there is one weather.
    for (const name of hosts.length === 0 ? [fault] : hosts) this.#keepBusy(name, until);
    if (fault === "split") for (const name of this.#allSeeds) this.#keepBusy(name, until);
    if (fault === "pocket") this.#betray(hosts, until);
    if (fault === "change") this.#replace(hosts);
    if (fault === "join") this.#allPeers.push(`peer ${this.#allPeers.length + 1}`);
  }

  /** The one that takes the place of a seed is named when the change begins, whenever it is carried out. */
  #replace(seeds: readonly string[]): void {
    this.#seedsEver += 1;
    this.#allSeeds = [...this.#allSeeds.filter((name) => !seeds.includes(name)), `seed ${this.#seedsEver}`];
  }

  /** One seed at a time is in other hands. */
  #betray(seeds: readonly string[], until: number): void {
    this.#allSeeds = this.#allSeeds.filter((name) => !seeds.includes(name));
    this.#keepBusy("pocket", until);
  }

  /** A split also takes who is struck already: the longer of both counts. */
  #keepBusy(name: string, until: number): void {
    this.#busyUntil.set(name, Math.max(until, this.#busyUntil.get(name) ?? 0));
  }

  #pause(): number {
    return Math.round(this.#scale * PAUSE_MS * (0.25 + 1.5 * this.#random.next()));
  }
}
