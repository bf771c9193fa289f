import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import type { Network } from "./network.ts";

/**
 * Who could really talk to whom, and since when: what the world did, not what any node believes. To be told whenever
 * something was done to a host or a line.
 */
export class GroundTruth {
  readonly #network: Network;
  /** For each peer's host: since when each seed's host and it hear each other, in virtual milliseconds. */
  readonly #hearing = new Map<Host, Map<Host, number>>();

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
        if (!this.#canTalk(peer, seed)) since.delete(seed);
        else if (!since.has(seed)) since.set(seed, world.now);
      }
    }
  }

  /** How many seeds have been able to talk to this peer, in its present life, for at least `forMs`. */
  seedsThatHear(peer: PeerId, forMs: number): number {
    const host = this.#network.peerHosts.find(({ signer }) => signer.id === peer);
    const since = host === undefined ? undefined : this.#hearing.get(host);
    const { now } = this.#network.world;
    return [...(since?.values() ?? [])].filter((at) => now - at >= forMs).length;
  }

  #canTalk(a: Host, b: Host): boolean {
    const { world } = this.#network;
    return isAwake(a) && isAwake(b) && world.reaches(a, b) && world.reaches(b, a);
  }
}

function isAwake(host: Host): boolean {
  return host.isUp && !host.isFrozen;
}
