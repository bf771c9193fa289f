import { ASSIGNMENT_TIMING, LAN_TIMING, type SeedTiming } from "@p2p/seed";
import type { Host, HostFailure } from "@p2p/sim";
import { pick } from "@p2p/wire";
import type { Removal } from "./books.ts";
import { dutiesOwed } from "./duties.ts";
import { GroundTruth } from "./ground-truth.ts";
import type { GossipWatch, Published } from "./invariants/gossip.ts";
import { Network } from "./network.ts";
import type { NetworkOptions } from "./network-options.ts";
import { Rules } from "./rules.ts";
import type { Violation } from "./violation.ts";

/** How a {@link Scenario} is built: as a network, but with 5 seeds, 50 peers, and hashes for signatures. */
export interface ScenarioOptions extends NetworkOptions {
  /** Links that others may make to a peer. Default 64, the overlay's. */
  readonly cap?: number;
  /** From one message that somebody says to the next. Default 2 000; infinity: nobody says anything. */
  readonly publishEveryMs?: number;
}

/** How a {@link Scenario} ended. */
export interface Ending {
  /** What happened that must not, or is still owed: empty when all is well. */
  readonly wrong: readonly Pick<Violation, "rule" | "detail">[];
  /** Whom seeds voted out, once for each life, by name. */
  readonly removed: readonly string[];
}

const LOOK_MS = 1000;
const PUBLISH_MS = 2000;
const M = 3;
const CAP = 64;
/** Of older messages nothing is owed any more: stores forget. */
const OWED_MS = 240_000;

/**
 * A network that a test does things to, one after the other, while everything is watched that is in a `Trial`: votes
 * and lists, events, removals, deliveries, degrees. In the end it owes what every network owes.
 */
export class Scenario {
  readonly network: Network;
  readonly timing: SeedTiming;
  readonly gossip: GossipWatch;
  readonly #truth: GroundTruth;
  readonly #publishEveryMs: number;
  #said = 0;

  constructor({ cap, publishEveryMs, observers = [], ...options }: ScenarioOptions = {}) {
    const pace = options.pace ?? "assignment";
    this.timing = { ...(pace === "lan" ? LAN_TIMING : ASSIGNMENT_TIMING), ...options.seedTiming };
    this.#publishEveryMs = publishEveryMs ?? PUBLISH_MS;
    const rules = new Rules({ m: M, cap: cap ?? CAP });
    this.gossip = rules.gossip;
    this.network = new Network({
      seeds: 5,
      peers: 50,
      signatures: "hash",
      m: M,
      supervised: true,
      onFailure: (failure) => this.#threw(failure),
      ...options,
      observers: [...rules.observers, ...observers],
    });
    this.#truth = new GroundTruth(this.network);
    const { tickMs, caseAgeMs, pollMs, probeMs, witnessMs } = this.timing;
    rules.membership.begin(this.network, this.#truth, {
      heardMs: 2 * tickMs + caseAgeMs + probeMs + witnessMs,
      blindMs: caseAgeMs + witnessMs,
      againMs: 2 * this.network.seedHosts.length * pollMs,
    });
  }

  get now(): number {
    return this.network.world.now;
  }

  /** Lets the network come together, and its edges grow so old that neighbours are each other's monitors. */
  settle(maxMs = 180_000): this {
    if (!this.network.settle(maxMs)) throw new Error(`not settled: ${this.#owed([])[0]?.detail ?? "?"}`);
    this.#say();
    this.pass(1.2 * this.timing.edgeAgeMs);
    return this;
  }

  /** Does something to the network's hosts or lines. */
  strike(blow: (network: Network) => void): void {
    blow(this.network);
    this.#truth.changed();
  }

  /** Lets time pass, and looks at everything each second. */
  pass(ms: number): void {
    this.#until(() => false, ms);
  }

  /** Lets time pass until `condition` holds: after how many milliseconds it did, or infinity when it did not. */
  until(condition: (network: Network) => boolean, maxMs: number): number {
    const begun = this.now;
    return this.#until(() => condition(this.network), maxMs) ? this.now - begun : Number.POSITIVE_INFINITY;
  }

  /** What seeds have told of deaths: each life once, in the order of the first seed's word. */
  get deaths(): readonly Removal[] {
    const lives = new Map<string, Removal>();
    for (const removal of this.network.books.removals) {
      const key = `${removal.peer}:${removal.incarnation}`;
      if (removal.reason === "dead" && !lives.has(key)) lives.set(key, removal);
    }
    return [...lives.values()];
  }

  /**
   * Waits until nothing is owed any more, at most `maxMs` (default 5 min), and for as long again as a wrong removal may
   * need to come out.
   */
  end(maxMs = 300_000): Ending {
    const begun = this.now;
    const messages = [...this.gossip.messages.values()].filter(({ atMs }) => begun - atMs <= OWED_MS);
    this.#truth.changed();
    this.#until(() => this.#owed(messages).length === 0, maxMs);
    const owed = this.#owed(messages);
    this.pass(this.timing.caseAgeMs + this.timing.probeMs + this.timing.witnessMs);
    this.network.look();
    const { names } = this.network;
    return {
      wrong: [...this.network.findings.all, ...owed].map(({ rule, detail }) => ({ rule, detail })),
      removed: this.deaths.map(({ peer }) => names.get(peer) ?? peer).toSorted(),
    };
  }

  #owed(messages: Iterable<Published>): readonly Pick<Violation, "rule" | "detail">[] {
    return dutiesOwed(this.network, messages, M);
  }

  #until(condition: () => boolean, maxMs: number): boolean {
    const { world } = this.network;
    for (const end = world.now + maxMs; ; ) {
      if (condition()) return true;
      if (world.now >= end) return false;
      world.run(Math.min(LOOK_MS, end - world.now));
      this.network.look();
    }
  }

  #say(): void {
    if (this.#publishEveryMs === Number.POSITIVE_INFINITY) return;
    const { world } = this.network;
    const speaker = pick(this.network.live, world.random);
    if (speaker !== undefined) this.network.publish(speaker, `message ${this.#said++}`);
    world.after(this.#publishEveryMs, () => this.#say());
  }

  #threw({ host, message }: HostFailure): void {
    this.network.findings.add("nothing throws", message, [host]);
  }
}

/** The names of hosts, in the order in which an {@link Ending} has them. */
export function namesOf(hosts: readonly Host[]): readonly string[] {
  return hosts.map(({ name }) => name).toSorted();
}
