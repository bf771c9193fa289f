import {
  type Address,
  isLoopback,
  isWildcard,
  joinAddress,
  type LinkOwner,
  P2PError,
  splitAddress,
} from "@p2p/wire";
import type { Faults } from "./faults.ts";
import { type LinkKeeper, SimLink } from "./link.ts";
import type { SeededRandom, Span } from "./seeded-random.ts";
import type { Timeline } from "./timeline.ts";
import type { Weather } from "./weather.ts";

/** A host as the network sees it. */
export interface Machine {
  readonly number: number;
  readonly name: string;
  readonly ip: string;
  readonly port: number;
}

/** Who accepts at a port. */
export interface Listener {
  readonly keeper: LinkKeeper;
  readonly owner: LinkOwner;
  accepted(link: SimLink): void;
}

/** What the network needs to know once. */
export interface NetworkOptions {
  readonly receiveBytesMax: number;
  readonly patience: Span;
}

/** Between a host and itself. */
const LOOPBACK: Weather = {
  latency: { minMs: 0.02, maxMs: 0.1 },
  loss: 0,
  duplicate: 0,
  reorder: 0,
  late: { minMs: 0, maxMs: 0 },
};
/** Wait before a dial that got no answer is repeated; it doubles. */
const REDIAL_FIRST_MS = 1000;
const EPHEMERAL_FIRST = 49_152;
const PORT_MAX = 65_535;

/** What lies between the hosts: who is where, who listens, and which way frames go. */
export class Network {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  /** Bytes a system keeps for a program that does not read. */
  readonly receiveBytesMax: number;
  /** How long a sender waits for an acknowledgement before it gives the link up. */
  readonly patience: Span;
  readonly #faults: Faults;
  readonly #machines = new Map<string, Machine[]>();
  readonly #ips = new Map<string, string>();
  readonly #listeners = new Map<string, Listener>();
  readonly #ephemeral = new Map<string, number>();
  readonly #joined = new Set<SimLink>();

  constructor(timeline: Timeline, random: SeededRandom, faults: Faults, options: NetworkOptions) {
    this.timeline = timeline;
    this.random = random;
    this.#faults = faults;
    this.receiveBytesMax = options.receiveBytesMax;
    this.patience = options.patience;
  }

  /** Plugs a machine in. Several may share an IP address, as processes on one computer do. */
  add(machine: Machine): void {
    const others = this.#machines.get(machine.ip);
    if (others === undefined) this.#machines.set(machine.ip, [machine]);
    else others.push(machine);
    this.#ips.set(machine.name.toLowerCase(), machine.ip);
  }

  passes(from: SimLink, to: SimLink): boolean {
    return this.#faults.passes(from.machine.number, to.machine.number);
  }

  weather(from: SimLink, to: SimLink): Weather {
    return this.#weather(from.machine, to.machine);
  }

  /** A draw of the time from one end to the other. */
  latency(from: SimLink, to: SimLink): number {
    return this.random.between(this.weather(from, to).latency);
  }

  /** To be told when a cut was made or healed. */
  faultsChanged(): void {
    for (const link of this.#joined) link.out?.reconsider();
  }

  /** Opens a port for `listener`; answers the bound address, or why not. */
  listen(at: Address, listener: Listener): Address | P2PError {
    const { machine } = listener.keeper;
    const { host, port: wanted } = splitAddress(at);
    if (!isWildcard(at) && this.#ipOf(at, machine) !== machine.ip) return unavailable(at, machine);
    const port = wanted === 0 ? this.#freePort(machine.ip) : wanted;
    const key = joinAddress(machine.ip, port);
    if (this.#listeners.has(key)) return inUse(at);
    this.#listeners.set(key, listener);
    return joinAddress(host, port);
  }

  /** Closes the port that `bound` names; what was accepted there stays. */
  unlisten(bound: Address, { ip }: Machine): void {
    this.#listeners.delete(joinAddress(ip, splitAddress(bound).port));
  }

  /** Tries to reach `to`; `link` learns what came of it. */
  dial(link: SimLink, to: Address): void {
    link.expectAnswer();
    const ip = this.#ipOf(to, link.machine);
    const { port } = splitAddress(to);
    const machine = ip === undefined ? undefined : this.#machineAt(ip, port);
    if (machine === undefined) return; // nobody has that address: no answer will come
    this.#knock(link, machine, joinAddress(machine.ip, port), REDIAL_FIRST_MS);
  }

  /** Both ends, or the only one, are over. */
  forget(link: SimLink, far: SimLink | undefined): void {
    this.#joined.delete(link);
    if (far !== undefined) this.#joined.delete(far);
  }

  #knock(link: SimLink, machine: Machine, at: Address, againMs: number): void {
    const { latency, loss } = this.#weather(link.machine, machine);
    this.timeline.after(this.random.between(latency), () => {
      if (!link.isDialling) return;
      const isLost = !this.#isTwoWay(link.machine, machine) || (loss > 0 && this.random.next() < loss);
      if (!isLost) this.#answer(link, machine, at);
      else this.timeline.after(againMs, () => this.#knock(link, machine, at, againMs * 2));
    });
  }

  #answer(link: SimLink, machine: Machine, at: Address): void {
    const listener = this.#listeners.get(at);
    if (listener === undefined) {
      const backMs = this.random.between(this.#weather(machine, link.machine).latency);
      this.timeline.after(backMs, () => link.notReached({ kind: "refused" }));
      return;
    }
    const from = joinAddress(link.machine.ip, this.#freePort(link.machine.ip));
    const accepted = new SimLink(listener.keeper, listener.owner, from, false);
    listener.accepted(accepted);
    link.join(accepted);
    accepted.join(link);
    this.#joined.add(link).add(accepted);
    accepted.out?.tell("opened");
  }

  #weather(from: Machine, to: Machine): Weather {
    return from === to ? LOOPBACK : this.#faults.weather(from.number, to.number);
  }

  #isTwoWay(a: Machine, b: Machine): boolean {
    return this.#faults.passes(a.number, b.number) && this.#faults.passes(b.number, a.number);
  }

  /** The IP address that `address` means, seen from `from`: names of hosts are known, loopback is itself. */
  #ipOf(address: Address, from: Machine): string | undefined {
    if (isLoopback(address)) return from.ip;
    const { host } = splitAddress(address);
    return this.#machines.has(host) ? host : this.#ips.get(host);
  }

  /** Whose cable leads there: the machine that listens, else the one whose port it is, else any at that IP address. */
  #machineAt(ip: string, port: number): Machine | undefined {
    const listener = this.#listeners.get(joinAddress(ip, port));
    if (listener !== undefined) return listener.keeper.machine;
    const machines = this.#machines.get(ip);
    return machines?.find((machine) => machine.port === port) ?? machines?.[0];
  }

  #freePort(ip: string): number {
    let port = this.#ephemeral.get(ip) ?? EPHEMERAL_FIRST;
    while (this.#listeners.has(joinAddress(ip, port))) port = next(port);
    this.#ephemeral.set(ip, next(port));
    return port;
  }
}

function next(port: number): number {
  return port === PORT_MAX ? EPHEMERAL_FIRST : port + 1;
}

function unavailable(at: Address, { name, ip }: Machine): P2PError {
  return new P2PError("ADDRESS_UNAVAILABLE", `cannot listen at ${at}: ${name} has the address ${ip}`);
}

function inUse(at: Address): P2PError {
  return new P2PError("ADDRESS_IN_USE", `${at} is in use: choose another port (0 takes any free one)`);
}
