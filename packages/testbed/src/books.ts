import type { Message } from "@p2p/gossip";
import type { PeerId } from "@p2p/identity";
import type { Peer } from "@p2p/peer";
import type { RemovalReason, Seed, SeedEvents } from "@p2p/seed";
import type { Host, World } from "@p2p/sim";
import type { Observer } from "./observer.ts";

/** A removal as a seed told it. */
export interface Removal {
  /** The name of the seed's host. */
  readonly seed: string;
  readonly peer: PeerId;
  readonly incarnation: number;
  readonly reason: RemovalReason;
  /** Virtual milliseconds. */
  readonly at: number;
}

/** What the nodes of a network told, in the order in which they did. */
export class Books implements Observer {
  /** When each peer's host last became a member. */
  readonly registeredAt: Map<Host, number> = new Map();
  /** Why nodes did not start. */
  readonly failures: string[] = [];
  readonly removals: Removal[] = [];
  readonly forged: SeedEvents["forged"][0][] = [];
  /** What the last boot of each peer heard. */
  readonly heard: Map<Host, Message[]> = new Map();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A node has started, or has not. */
  opened(host: Host, error: Error | undefined): void {
    if (error !== undefined) this.failures.push(`${host.name}: ${error.message}`);
    else this.registeredAt.set(host, this.#world.now);
  }

  seedBooted({ name }: Host, seed: Seed): void {
    seed.on("removed", ({ peer, incarnation, reason }) =>
      this.removals.push({ seed: name, peer, incarnation, reason, at: this.#world.now }),
    );
    seed.on("forged", (news) => this.forged.push(news));
  }

  peerBooted(host: Host, peer: Peer): void {
    const heard: Message[] = [];
    this.heard.set(host, heard);
    peer.gossip.on("message", (message) => heard.push(message));
  }

  /** How many seeds have removed `host`'s peer since `since`, and how long that took the last of them. */
  removalsOf(host: Host, since: number): { readonly seeds: number; readonly latestMs: number } {
    const { id } = host.signer;
    const removals = this.removals.filter(({ peer, at }) => peer === id && at >= since);
    return {
      seeds: new Set(removals.map(({ seed }) => seed)).size,
      latestMs: Math.max(0, ...removals.map(({ at }) => at - since)),
    };
  }
}
