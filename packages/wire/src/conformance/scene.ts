import type { Address } from "../address.ts";
import type { Cancel, Clock } from "../clock.ts";
import type { CloseReason, Link, LinkLimits, Transport } from "../transport.ts";
import { type ConformanceCase, expect, guarded } from "./case.ts";
import { type Told, Witness } from "./witness.ts";

/** A machine in the kit's network. */
export interface TransportHost {
  /** Where a transport of this host can listen; its port is 0, any free one. */
  readonly address: Address;
  /** A fresh transport on this host. The case closes it. */
  transport(limits?: Partial<LinkLimits>): Transport;
}

/** What a transport's author supplies, and the cases run on. */
export interface TransportKit {
  /** The time that the transport itself lives in. */
  readonly clock: Clock;
  /** A host; another one each time, if the network has more than one. */
  host(): TransportHost;
  /** Where a machine is up and nobody listens. */
  readonly deadAddress: Address;
  /** Where no machine answers at all; needed for the cases of that name. */
  readonly unreachableAddress?: Address;
  readonly capabilities: {
    /** A link whose far end is paused fills up, instead of growing somewhere without a limit. */
    readonly backpressure: boolean;
  };
}

/** One end of a link. */
export interface End {
  readonly link: Link;
  readonly witness: Witness;
  readonly transport: Transport;
}

/** A transport that listens. */
export interface Listener {
  readonly at: Address;
  readonly host: TransportHost;
  readonly witness: Witness;
  readonly transport: Transport;
}

interface Wait {
  readonly what: string;
  readonly holds: () => boolean;
  readonly go: () => void;
}

const PATIENCE_MS = 40_000;
const CLEANUP_MS = 10_000;
/** How long to look whether something that must not happen happens. */
const QUIET_MS = 100;

/**
 * One case while it runs: its transports, its witnesses, and what it waits for. On the way it holds every link to
 * what is always promised: nothing is reported inside a call, `linkOpened` at most once and first, `linkClosed` at
 * most once and last. In the end it closes every transport, and by then every link must have been reported closed.
 */
export class Scene {
  readonly kit: TransportKit;
  readonly #done: (failure?: Error) => void;
  readonly #transports: Transport[] = [];
  readonly #phases = new Map<Link, "new" | "open" | "closed">();
  #cancelTimer: Cancel;
  #waits: Wait[] = [];
  #callDepth = 0;
  #failure: Error | undefined;
  #isEnding = false;
  #isOver = false;

  constructor(kit: TransportKit, done: (failure?: Error) => void) {
    this.kit = kit;
    this.#done = done;
    this.#cancelTimer = kit.clock.after(PATIENCE_MS, () => this.#lost());
  }

  /** A transport on `host`, closed when the case is over. */
  transport(host: TransportHost = this.kit.host(), limits?: Partial<LinkLimits>): Transport {
    const transport = host.transport(limits);
    this.#transports.push(transport);
    return transport;
  }

  witness(): Witness {
    const witness = new Witness((told) => this.#heard(witness, told));
    return witness;
  }

  /** Makes a call, and fails the case when it reports anything before it returns. */
  call<T>(body: () => T): T {
    this.#callDepth++;
    try {
      return body();
    } finally {
      this.#callDepth--;
    }
  }

  /** For callbacks other than an owner's: runs `body`, which must not be inside a call. */
  back(what: string, body: () => void): void {
    this.#step(() => {
      expect(this.#callDepth === 0, `${what} was reported inside a call`);
      body();
    });
    this.#stir();
  }

  /** A transport that listens on a host of its own. */
  listening(then: (listener: Listener) => void, limits?: Partial<LinkLimits>): void {
    const host = this.kit.host();
    const transport = this.transport(host, limits);
    const witness = this.witness();
    this.listen(transport, host.address, witness, (at) => then({ at, host, witness, transport }));
  }

  listen(transport: Transport, at: Address, witness: Witness, then: (bound: Address) => void): void {
    this.call(() =>
      transport.listen(at, witness, (bound) =>
        this.back("the answer to listen", () => {
          if (typeof bound !== "string") throw bound;
          then(bound);
        }),
      ),
    );
  }

  dial(to: Address, witness: Witness, transport: Transport = this.transport()): Link {
    const link = this.call(() => transport.dial(to, witness));
    if (!this.#phases.has(link)) this.#phases.set(link, "new");
    return link;
  }

  /** Closes `transport` and goes on when it is done. */
  close(transport: Transport, then: () => void): void {
    this.call(() => transport.close(() => this.back("the end of close", then)));
  }

  /** Two ends of an open link: `near` dialled, `far` accepted. */
  pair(then: (near: End, far: End) => void, limits?: Partial<LinkLimits>): void {
    this.listening((listener) => {
      const transport = this.transport(this.kit.host(), limits);
      const witness = this.witness();
      const link = this.dial(listener.at, witness, transport);
      const isUp = (): boolean => witness.opened.length > 0 && listener.witness.opened.length > 0;
      this.until("both ends to open", isUp, () => {
        const accepted = listener.witness.opened[0] as Link;
        then(
          { link, witness, transport },
          { link: accepted, witness: listener.witness, transport: listener.transport },
        );
      });
    }, limits);
  }

  /** Goes on with `then` as soon as `holds`, looked at after everything that is reported. */
  until(what: string, holds: () => boolean, then: () => void): void {
    this.#waits = [...this.#waits, { what, holds, go: then }];
    this.#stir();
  }

  /** Goes on when `witness` was told of `count` ends. */
  untilClosed(witness: Witness, then: (reason: CloseReason) => void, count = 1): void {
    this.until(
      `${count} linkClosed`,
      () => witness.closed.length >= count,
      () => then((witness.closed[count - 1] as { reason: CloseReason }).reason),
    );
  }

  /** Goes on after `delayMs`; by default long enough to see whether something comes that must not. */
  later(then: () => void, delayMs: number = QUIET_MS): void {
    this.kit.clock.after(delayMs, () => this.#step(then));
  }

  /** The sentence holds, once everything could be closed. */
  end(): void {
    this.#finish(undefined);
  }

  /** The sentence does not hold. */
  fail(failure: Error): void {
    this.#finish(failure);
  }

  #heard(witness: Witness, told: Told): void {
    guarded(
      () => this.#checkOrder(told),
      (failure) => this.fail(failure),
    );
    this.#step(() => witness.react(told));
    this.#stir();
  }

  #checkOrder({ what, link }: Told): void {
    expect(this.#callDepth === 0, `${what} was reported inside a call`);
    const phase = this.#phases.get(link) ?? "new";
    expect(phase !== "closed", `${what} was reported after closed`);
    if (what === "opened") expect(phase === "new", "opened was reported twice");
    else if (what !== "closed") expect(phase === "open", `${what} was reported before opened`);
    this.#phases.set(link, what === "closed" ? "closed" : "open");
  }

  #stir(): void {
    for (const wait of this.#waits) {
      // An earlier one may have gone on from inside, and taken this one with it.
      if (!this.#waits.includes(wait) || !wait.holds()) continue;
      this.#waits = this.#waits.filter((other) => other !== wait);
      this.#step(wait.go);
    }
  }

  #step(body: () => void): void {
    if (!this.#isEnding) guarded(body, (failure) => this.fail(failure));
  }

  #lost(): void {
    const missed = this.#waits.map(({ what }) => what).join(" and for ") || "a callback";
    this.fail(new Error(`waited in vain for ${missed}`));
  }

  /** Ends the story; the first failure is the one that counts, also while everything is being closed. */
  #finish(failure: Error | undefined): void {
    this.#failure ??= failure;
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#waits = [];
    this.#cancelTimer();
    this.#cancelTimer = this.kit.clock.after(CLEANUP_MS, () =>
      this.#leave(new Error("a transport did not close")),
    );
    // On a turn of its own: the story may have ended inside a callback of one of them.
    this.kit.clock.after(0, () => this.#closeNext());
  }

  #closeNext(): void {
    const transport = this.#transports.pop();
    if (transport !== undefined) transport.close(() => this.#closeNext());
    else if ([...this.#phases.values()].every((phase) => phase === "closed")) this.#leave();
    else this.#leave(new Error("a link was never reported closed"));
  }

  #leave(failure?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#done(this.#failure ?? failure);
  }
}

/** A case from its sentence and its story. */
export function story(name: string, tell: (scene: Scene) => void): ConformanceCase<TransportKit> {
  return {
    name,
    run(kit, done) {
      const scene = new Scene(kit, done);
      guarded(
        () => tell(scene),
        (failure) => scene.fail(failure),
      );
    },
  };
}
