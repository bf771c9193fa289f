import type { PublishResult } from "@p2p/gossip";
import { shortId } from "@p2p/identity";
import type { Peer } from "@p2p/peer";
import type { Host } from "@p2p/sim";
import type { Network } from "../network.ts";
import type { Observer } from "../observer.ts";

/** A message that somebody published, and who of those that run now has delivered it. */
export interface Published {
  readonly origin: Host;
  readonly incarnation: number;
  readonly sequence: number;
  readonly atMs: number;
  /** The peers, not their hosts: who starts again has not heard it. */
  readonly heardBy: Set<Peer>;
}

/** A message is delivered at most once, and only if its origin published it. */
export class GossipWatch implements Observer {
  readonly messages: Map<string, Published> = new Map();
  #network: Network | undefined;

  began(network: Network): void {
    this.#network = network;
  }

  published(host: Host, { incarnation, sequence }: PublishResult): void {
    const key = `${host.signer.id}:${incarnation}:${sequence}`;
    if (this.messages.has(key))
      this.#network?.findings.add(
        "a message has one name",
        `${host.name} published ${sequence} of ${incarnation} twice`,
        [host.name],
      );
    const atMs = this.#network?.world.now ?? 0;
    this.messages.set(key, { origin: host, incarnation, sequence, atMs, heardBy: new Set() });
  }

  peerBooted(host: Host, peer: Peer): void {
    peer.gossip.on("message", ({ origin, incarnation, sequence }) => {
      const message = this.messages.get(`${origin}:${incarnation}:${sequence}`);
      const name = `${sequence} of ${this.#network?.names.get(origin) ?? shortId(origin)}`;
      if (message === undefined)
        this.#network?.findings.add("only what was published is delivered", `${host.name} got ${name}`, [
          host.name,
        ]);
      else if (message.heardBy.has(peer))
        this.#network?.findings.add("a message is delivered once", `${host.name} got ${name} again`, [
          host.name,
        ]);
      message?.heardBy.add(peer);
    });
  }
}
