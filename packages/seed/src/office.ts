import type { Council } from "@p2p/consensus";
import type { P2PError, PeerId, Signer } from "@p2p/identity";
import { Allowance, type Cancel, type Clock, type Connection, every, type Lobby } from "@p2p/wire";
import type { SeedEvents } from "./events.ts";
import type { SeedTiming } from "./timing.ts";
import { WordBudget } from "./word-budget.ts";

/** Hands an event to whoever listens. */
export type Tell = <E extends keyof SeedEvents>(event: E, ...news: SeedEvents[E]) => void;

/** Most events about forgeries in a minute, whoever sends them: keys cost nothing. */
const FORGERIES_A_MINUTE = 60;

/** What all rooms of a seed stand on: who it is, which network, what time, and whom to tell. */
export class Office {
  readonly lobby: Lobby;
  /** Who the seeds are: it changes when operators change it. */
  readonly configuration: Council;
  readonly timing: SeedTiming;
  readonly tell: Tell;
  readonly agenda: Agenda;
  readonly #forgeriesOfOne = new Allowance({ max: 1, perMs: 60_000 });
  readonly #forgeriesInAll = new Allowance({ max: FORGERIES_A_MINUTE, perMs: 60_000, askersMax: 1 });
  readonly #fullLists = new Allowance({ max: 1, perMs: 60_000, askersMax: 1 });
  readonly #policyFailures = new Allowance({ max: 1, perMs: 60_000, askersMax: 1 });
  readonly #diskFailures = new Allowance({ max: 1, perMs: 60_000, askersMax: 1 });
  readonly #words = new WordBudget();

  readonly #voteSigner: () => Signer | undefined;

  /** @param voteSigner what this seed votes with now; nothing while it is no seed, or has lost its key. */
  constructor(
    lobby: Lobby,
    configuration: Council,
    timing: SeedTiming,
    tell: Tell,
    voteSigner: () => Signer | undefined = () => lobby.local.signer,
  ) {
    this.#voteSigner = voteSigner;
    this.lobby = lobby;
    this.configuration = configuration;
    this.timing = timing;
    this.agenda = new Agenda(lobby.local.clock);
    this.tell = tell;
  }

  get id(): PeerId {
    return this.lobby.id;
  }

  /** The key that this seed votes with now; nothing while it has no vote. */
  get voteSigner(): Signer | undefined {
    return this.#voteSigner();
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.agenda.now();
  }

  /** Whether so many words of `from`, if it is a seed, are worth a check: of members other bounds tell. */
  hears(from: Connection, count = 1): boolean {
    return from.remote.role !== "seed" || this.#words.take(from, this.now(), count);
  }

  /** Somebody sent what cannot be true. Told at most once a minute for each sender. */
  forged(from: PeerId, what: string, detail: string): void {
    const now = this.now();
    if (!this.#forgeriesOfOne.take(from, now) || !this.#forgeriesInAll.take("", now)) return;
    this.tell("forged", { from, what, detail });
  }

  /** The same of what a correct node makes or checks itself, whatever it knows: it is held against the sender. */
  blame(from: Connection, what: string, detail: string): void {
    this.forged(from.id, what, detail);
    from.blame("forged", `${what}: ${detail}`);
  }

  /** Somebody would be listed, but for lack of room. Told at most once a minute. */
  listFull(members: number): void {
    if (this.#fullLists.take("", this.now())) this.tell("full", { members });
  }

  /** The operator's rule of admission threw. Told at most once a minute. */
  policyFailed(error: unknown): void {
    if (this.#policyFailures.take("", this.now())) this.tell("policyFailed", { error });
  }

  /** Something could not be written. Told at most once a minute. */
  diskFailed(error: P2PError): void {
    if (this.#diskFailures.take("", this.now())) this.tell("diskFailed", error);
  }
}

/** A clock that can be stopped: what was ordered is taken back, and nothing more is taken. */
export class Agenda implements Clock {
  readonly #clock: Clock;
  readonly #orders = new Set<Cancel>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  after(delayMs: number, task: () => void): Cancel {
    if (this.#isStopped) return () => undefined;
    const cancel = this.#clock.after(delayMs, () => {
      this.#orders.delete(order);
      task();
    });
    const order = (): void => {
      this.#orders.delete(order);
      cancel();
    };
    this.#orders.add(order);
    return order;
  }

  /** Runs `task` again and again; see wire's `every`. */
  every(intervalMs: () => number, task: () => void): Cancel {
    return every(this, intervalMs, task);
  }

  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#orders) cancel();
  }
}
