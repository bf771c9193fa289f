import {
  type Address,
  type Link,
  type LinkLimits,
  type LinkOwner,
  linkLimitsOf,
  P2PError,
  type Transport,
} from "@p2p/wire";
import type { Belonging, Life } from "./life.ts";
import { type LinkKeeper, SimLink } from "./link.ts";
import type { Machine, Network } from "./network.ts";

/** A way into the simulated network, for one life of a host's program. */
export class SimTransport implements Transport, LinkKeeper, Belonging {
  readonly network: Network;
  readonly life: Life;
  readonly machine: Machine;
  readonly limits: LinkLimits;
  readonly #links = new Set<SimLink>();
  #hasListened = false;
  #bound: Address | undefined;
  #isClosed = false;
  #closing: (() => void)[] = [];

  /** @throws RangeError when a limit is not positive, or the queue is too short for the longest frame. */
  constructor(network: Network, life: Life, machine: Machine, limits: Partial<LinkLimits>) {
    this.network = network;
    this.life = life;
    this.machine = machine;
    this.limits = linkLimitsOf(limits);
    life.belongings.add(this);
  }

  listen(at: Address, owner: LinkOwner, done: (bound: Address | P2PError) => void): void {
    if (this.#hasListened) throw new TypeError("a transport listens once");
    this.#hasListened = true;
    const accepted = (link: SimLink): void => void this.#links.add(link);
    this.life.after(0, () => {
      if (this.#isClosed) return done(stopped(at));
      const bound = this.network.listen(at, { keeper: this, owner, accepted });
      if (typeof bound === "string") this.#bound = bound;
      this.life.witness.note(this.life.host, "listen", String(bound));
      done(bound);
    });
  }

  dial(to: Address, owner: LinkOwner): Link {
    const link = new SimLink(this, owner, to, true);
    this.#links.add(link);
    this.life.witness.note(this.life.host, "dial", to);
    if (this.#isClosed) link.close();
    else if (!this.life.over) this.network.dial(link, to);
    return link;
  }

  close(done?: () => void): void {
    this.#isClosed = true;
    if (done !== undefined) this.#closing.push(done);
    this.#unlisten();
    for (const link of this.#links) link.close();
    this.life.after(0, () => this.#settle());
  }

  release(link: SimLink): void {
    this.#links.delete(link);
    this.#settle();
  }

  lost(): void {
    this.#unlisten();
  }

  thawed(): void {
    // A transport orders nothing of its own.
  }

  #unlisten(): void {
    if (this.#bound !== undefined) this.network.unlisten(this.#bound, this.machine);
    this.#bound = undefined;
  }

  #settle(): void {
    if (!this.#isClosed || this.#links.size > 0) return;
    for (const done of this.#closing.splice(0)) this.life.call(done);
  }
}

function stopped(at: Address): P2PError {
  return new P2PError("STOPPED", `not listening at ${at}: the transport was closed; make a new one`);
}
