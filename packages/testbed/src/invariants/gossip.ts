import type { PublishResult } from "@p2p/gossip";
import { shortId } from "@p2p/identity";
import type { Peer } from "@p2p/peer";
import type { Host } from "@p2p/sim";
import type { Observer } from "../observer.ts";
import type { Findings } from "../violation.ts";

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
  readonly #findings: Findings;
  readonly #now: () => number;

  constructor(findings: Findings, now: () => number) {
    this.#findings = findings;
    this.#now = now;
  }

  published(host: Host, { incarnation, sequence }: PublishResult): void {
    const key = `${host.signer.id}:${incarnation}:${sequence}`;
    if (this.messages.has(key))
      this.#findings.add(
        "a message has one name",
        `${host.name} published ${sequence} of ${incarnation} twice`,
        [host.name],
      );
    this.messages.set(key, { origin: host, incarnation, sequence, atMs: this.#now(), heardBy: new Set() });
  }

  peerBooted(host: Host, peer: Peer): void {
    peer.gossip.on("message", ({ origin, incarnation, sequence }) => {
      const message = this.messages.get(`${origin}:${incarnation}:${sequence}`);
      const name = `${sequence} of ${shortId(origin)}`;
      if (message === undefined)
        this.#findings.add("only what was published is delivered", `${host.name} got ${name}`, [host.name]);
      else if (message.heardBy.has(peer))
        this.#findings.add("a message is delivered once", `${host.name} got ${name} again`, [host.name]);
      message?.heardBy.add(peer);
    });
  }
}
