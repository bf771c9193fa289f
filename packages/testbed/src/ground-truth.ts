import type { Council } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Host, World } from "@p2p/sim";
import type { Network } from "./network.ts";

/** Who loses more than this of what is sent to it may well miss all questions of a case. */
const LOSS_MAX = 0.5;

/**
 * Who could really talk to whom, and since when: what the world did, not what any node believes. To be told whenever
 * something was done to a host or a line.
 */
export class GroundTruth {
  readonly #network: Network;
  /** For each peer's host: since when each seed's host and it hear each other, in virtual milliseconds. */
  readonly #hearing = new Map<Host, Map<Host, number>>();
  #blindSince: number | undefined;
  readonly #overlooked = new Set<Host>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** Something was done: looks who hears whom now. */
  changed(): void {
    const { peerHosts, seedHosts, world } = this.#network;
    for (const peer of peerHosts) {
      const since = this.#hearing.get(peer) ?? new Map<Host, number>();
      this.#hearing.set(peer, since);
      for (const seed of seedHosts) {
        if (this.#network.liars.has(seed) || !this.#canTalk(peer, seed)) since.delete(seed);
        else if (!since.has(seed)) since.set(seed, world.now);
      }
    }
    const isBlind = peerHosts.some(isAwake) && [...this.#hearing.values()].every(({ size }) => size === 0);
    this.#blindSince = isBlind ? (this.#blindSince ?? world.now) : undefined;
  }

  /** What happens to this host from now on is so short that nobody may make anything of it, until {@link notice}. */
  overlook(host: Host): void {
    this.#overlooked.add(host);
  }

  /** The end of what was overlooked. */
  notice(host: Host): void {
    this.#overlooked.delete(host);
    this.changed();
  }

  /** Since when no seed could talk to any living member; `undefined` while one can, and when there is no such peer. */
  get blindSince(): number | undefined {
    return this.#hearsLiars() ? undefined : this.#blindSince;
  }

  /** How many honest ones of `seeds` have been able to talk to this peer, in its present life, for at least `forMs`. */
  seedsThatHear(peer: PeerId, forMs: number, seeds: Pick<Council, "has">): number {
    const host = this.#network.peerHosts.find(({ signer }) => signer.id === peer);
    const since = host === undefined ? undefined : this.#hearing.get(host);
    const { now } = this.#network.world;
    return [...(since ?? [])].filter(([seed, at]) => seeds.has(seed.signer.id) && now - at >= forMs).length;
  }

  /** Whether this seed's host and this peer, in its present life, have been able to talk for at least `forMs`. */
  hear(seed: Host, peer: Host, forMs: number): boolean {
    const since = this.#hearing.get(peer)?.get(seed);
    return since !== undefined && this.#network.world.now - since >= forMs;
  }

  /** A liar may be a member, and who hears a member sees. */
  #hearsLiars(): boolean {
    const { peerHosts, seedHosts, liars, liveSeeds, world } = this.#network;
    const honest = seedHosts.filter((host) => !liars.has(host));
    const isMember = ({ signer }: Host): boolean =>
      liveSeeds.some(({ ledger }) => ledger.isMember(signer.id));
    return [...world.hosts.values()].some(
      (host) =>
        !peerHosts.includes(host) &&
        !seedHosts.includes(host) &&
        isMember(host) &&
        honest.some((seed) => this.#canTalk(host, seed)),
    );
  }

  #canTalk(a: Host, b: Host): boolean {
    const { world } = this.#network;
    const isUp = this.#overlooked.has(a) || isAwake(a);
    return isUp && isAwake(b) && carries(world, a, b) && carries(world, b, a);
  }
}

function carries(world: World, from: Host, to: Host): boolean {
  return world.reaches(from, to) && world.weatherBetween(from, to).loss <= LOSS_MAX;
}

function isAwake(host: Host): boolean {
  return host.isUp && !host.isFrozen;
}
