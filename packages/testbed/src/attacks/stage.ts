import { ACCUSE, type Accusation, type Member } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { REPORT, type SeedEvents } from "@p2p/seed";
import { type Host, SeededRandom } from "@p2p/sim";
import { type Address, joinAddress, pick, type Random, splitAddress } from "@p2p/wire";
import { Hostile, type HostileOptions } from "../hostile/hostile.ts";
import { compromise, listing } from "../hostile/inside.ts";
import type { Network } from "../network.ts";
import { Scenario, type ScenarioOptions } from "../scenario.ts";
import type { Outcome } from "./attack.ts";

/** Seeds, and how many of them may lie. */
const SIZES = [
  [3, 0],
  [4, 1],
  [5, 1],
  [7, 2],
] as const;

const NONCE = new Uint8Array(32);

/** The stage of an attack: a network that has come together, as many of whose traits as are not given are drawn. */
export class Stage {
  readonly network: Network;
  readonly random: Random;
  readonly #scenario: Scenario;
  /** Peers that the attack itself has killed: they may be removed. */
  readonly #dead = new Set<PeerId>();

  constructor(seed: number, options: ScenarioOptions = {}) {
    this.random = new SeededRandom(seed).fork("stage");
    const [seeds, faulty] = pick(SIZES, this.random) as readonly [number, number];
    this.#scenario = new Scenario({
      seed,
      pace: "lan",
      seeds,
      faulty: options.seeds === undefined ? faulty : 0,
      peers: 5 + Math.floor(4 * this.random.next()),
      loss: 0.01 * Math.floor(3 * this.random.next()),
      publishEveryMs: Number.POSITIVE_INFINITY,
      ...options,
    }).settle();
    this.network = this.#scenario.network;
  }

  /** A random peer's host. */
  peer(): Host {
    return pick(this.network.live, this.random) as Host;
  }

  listing(host: Host): Member {
    return listing(this.network, host.signer.id);
  }

  /** A node that has a key and speaks the wire format, and is no member. */
  stranger(options: HostileOptions = {}, name = `stranger ${this.network.world.hosts.size}`): Hostile {
    const { world } = this.network;
    const host = world.hosts.get(name) ?? world.host(name);
    const hostile = host.boot(() => new Hostile(this.network, host, options));
    this.pass(1);
    return hostile;
  }

  /** A second node with the key and the life of `one`, on the same machine. @returns where it listens. */
  twinOf(one: Hostile, name = "twin"): Address {
    const { host: ip, port } = splitAddress(one.address);
    const { address } = this.network.world.host(name, { address: joinAddress(ip, port + 1) });
    this.stranger({ signer: one.signer, incarnation: one.incarnation }, name);
    return address;
  }

  /** One that became a member as everybody does. */
  member(options: HostileOptions = {}): Hostile {
    const hostile = this.stranger(options);
    hostile.join();
    return hostile;
  }

  /** Takes over a seed: its key and its address. */
  rogue(): Hostile {
    // One of those that were seeds from the beginning.
    const count = Math.min(this.network.seedHosts.length, this.network.configuration.size);
    return compromise(this.network, Math.floor(count * this.random.next()));
  }

  pass(ms: number): void {
    this.#scenario.pass(ms);
  }

  /** Lets time pass until `condition` holds: after how many seconds it did, or infinity when it did not. */
  secondsUntil(condition: () => boolean, maxMs: number): number {
    const { world } = this.network;
    const begun = world.now;
    return world.runUntil(condition, maxMs) ? (world.now - begun) / 1000 : Number.POSITIVE_INFINITY;
  }

  /** Done to a host or a line. */
  strike(blow: (network: Network) => void): void {
    this.#scenario.strike(blow);
  }

  /** A peer is dead from now on. */
  kill(host: Host): void {
    this.#dead.add(host.signer.id);
    this.strike(() => host.vanish());
  }

  /** Counts what seeds tell from now on, of a victim if one is named. */
  counting(
    event: "caseOpened" | "proposedRemove" | "proposedAdd" | "refuted",
    victim?: PeerId,
  ): () => number {
    let count = 0;
    for (const seed of this.network.liveSeeds)
      seed.on(event, ({ peer }: SeedEvents[typeof event][0]) => {
        if (victim === undefined || peer === victim) count++;
      });
    return () => count;
  }

  /** Everybody of these tells all seeds: an accusation each, and one report of all of them. */
  accuse(liars: readonly Hostile[], { peer, incarnation }: Member): void {
    const accusations = liars.map((liar) => liar.accusation(peer, incarnation));
    for (const [index, liar] of liars.entries()) {
      const accusation = accusations[index] as Accusation;
      for (const seed of liar.lobby.seeds) {
        seed.send(ACCUSE.encode({ accusation, nonce: NONCE }));
        seed.send(REPORT.encode({ report: { victim: peer, incarnation, accusations } }));
      }
    }
  }

  /** How many honest seeds list this life, or any. */
  listed(id: PeerId, incarnation?: number): number {
    return this.network.liveSeeds.filter(({ ledger }) => ledger.isMember(id, incarnation)).length;
  }

  /** Lives of honest peers that seeds voted out though they lived. */
  get removed(): number {
    const honest = new Set(this.network.peerHosts.map(({ signer }) => signer.id));
    return this.#scenario.deaths.filter(({ peer }) => honest.has(peer) && !this.#dead.has(peer)).length;
  }

  /** How it ended: these figures, the live members that were removed, and the rules that were broken. */
  end(figures: Outcome["figures"] = {}): Outcome {
    const wrong = this.network.findings.all.map(({ rule, detail }) => `${rule}: ${detail}`);
    return { figures: { removed: this.removed, ...figures }, wrong };
  }
}

/** The measure of every attack on members: nobody who lives is removed, in any world. */
export const REMOVED = { label: "live members removed", of: "sum", atMost: 0 } as const;
