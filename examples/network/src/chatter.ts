import { messageText } from "@p2p/gossip";
import type { Peer } from "@p2p/peer";
import type { Address } from "@p2p/wire";
import { notify } from "./messages.ts";

/** Publishes a message every `everyMs`, `max` in all, from {@link start} to {@link stop}. */
export class Chatter {
  readonly #peer: Peer;
  readonly #everyMs: number;
  readonly #max: number;
  #published = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(peer: Peer, everyMs: number, max: number) {
    this.#peer = peer;
    this.#everyMs = everyMs;
    this.#max = max;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#publish(), this.#everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #publish(): void {
    const { gossip, lobby, seeds } = this.#peer;
    if (this.#published >= this.#max) return this.stop();
    if (!seeds.isMember) return; // nobody would take it: later
    this.#published++;
    const at = Date.now();
    const { incarnation, sequence } = gossip.publish(`Message ${this.#published} of ${lobby.address}`);
    console.log(`Generated Gossip: ${messageText(at, lobby.address as Address, sequence)}`);
    notify({ kind: "published", message: `${lobby.id}:${incarnation}:${sequence}`, at });
  }
}
