import type { NetworkDescription } from "@p2p/identity";
import {
  type Address,
  type Cancel,
  type Clock,
  type CloseReason,
  type Link,
  type LinkOwner,
  Lobby,
  parseAddress,
  type Random,
  type Transport,
} from "@p2p/wire";
import { hash, signerOf } from "./cast.ts";

/** A few lobbies in one process, on a clock turned by hand. Frames take a millisecond. */
export class Town {
  readonly clock: HandClock = new HandClock();
  readonly #listening = new Map<Address, LinkOwner>();
  readonly #unplugged = new Set<Address>();
  #draws = 0;

  /** A lobby of `name`'s key that listens at `port`, in the network `p2p` unless another is given. */
  lobby(name: string, port: number, network: string | NetworkDescription = "p2p"): Lobby {
    const random: Random = { next: () => 0.5, bytes: (count) => this.#bytes(count), fork: () => random };
    const lobby = new Lobby({
      transport: this.#transport(),
      listen: addressAt(port),
      signer: signerOf(name),
      network,
      clock: this.clock,
      random,
    });
    lobby.open(() => {});
    this.clock.run(5);
    return lobby;
  }

  /** Takes every word to and from `port` away, as if a cable were pulled. */
  unplug(port: number): void {
    this.#unplugged.add(addressAt(port));
  }

  #transport(): Transport {
    let own: Address | undefined;
    return {
      listen: (at, owner, done) => {
        own = at;
        this.#listening.set(at, owner);
        this.clock.after(0, () => done(at));
      },
      dial: (to, owner) => this.#dial(to, owner),
      close: (done) => {
        if (own !== undefined) this.#listening.delete(own);
        if (done) this.clock.after(0, done);
      },
    };
  }

  #dial(to: Address, owner: LinkOwner): Link {
    const near = new HandLink(this.clock, to, true, owner, () => this.#unplugged.has(to));
    this.clock.after(1, () => {
      const host = this.#listening.get(to);
      if (this.#unplugged.has(to)) return;
      if (!host) return near.end({ kind: "refused" });
      const far = new HandLink(this.clock, addressAt(40_000), false, host, () => this.#unplugged.has(to));
      near.join(far);
    });
    return near;
  }

  #bytes(count: number): Uint8Array {
    return hash(`draw ${this.#draws++}`).slice(0, count);
  }
}

export function addressAt(port: number): Address {
  return parseAddress(`127.0.0.1:${port}`);
}

export class HandClock implements Clock {
  #now = 0;
  #tasks: { readonly at: number; readonly task: () => void }[] = [];

  /** How many tasks wait. */
  get waiting(): number {
    return this.#tasks.length;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return 1_717_689_000_000 + this.#now;
  }

  after(delayMs: number, task: () => void): Cancel {
    const entry = { at: this.#now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((one) => one !== entry);
    };
  }

  /** Lets `ms` pass, task by task. */
  run(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#tasks = this.#tasks.filter((one) => one !== next);
      this.#now = next.at;
      next.task();
    }
    this.#now = end;
  }

  #next(end: number): { readonly at: number; readonly task: () => void } | undefined {
    return this.#tasks.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}

class HandLink implements Link {
  owner: LinkOwner;
  readonly dialled: boolean;
  readonly address: Address;
  readonly channel = undefined;
  readonly queuedBytes = 0;
  readonly #clock: Clock;
  readonly #cut: () => boolean;
  #far: HandLink | undefined;
  #ended = false;

  constructor(clock: Clock, address: Address, dialled: boolean, owner: LinkOwner, cut: () => boolean) {
    this.#clock = clock;
    this.address = address;
    this.dialled = dialled;
    this.owner = owner;
    this.#cut = cut;
  }

  join(far: HandLink): void {
    [this.#far, far.#far] = [far, this];
    this.owner.linkOpened(this);
    far.owner.linkOpened(far);
  }

  send(frame: Uint8Array): boolean {
    if (this.#ended || !this.#far) return false;
    const far = this.#far;
    this.#later(() => far.#ended || far.owner.linkFrame(far, frame));
    return true;
  }

  pause(): void {}

  resume(): void {}

  close(reason: CloseReason = { kind: "closed" }): void {
    const far = this.#far;
    if (far && !this.#ended) this.#later(() => far.end({ kind: "broken", detail: "end of stream" }));
    this.#clock.after(0, () => this.end(reason));
  }

  end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.owner.linkClosed(this, reason);
  }

  #later(step: () => void): void {
    this.#clock.after(1, () => {
      if (!this.#cut()) step();
    });
  }
}
