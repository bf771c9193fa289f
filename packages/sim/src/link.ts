import {
  type Address,
  type CloseReason,
  FRAME_PREFIX_BYTES,
  type Link,
  type LinkLimits,
  type LinkOwner,
} from "@p2p/wire";
import { Fingerprint } from "./fingerprint.ts";
import type { Belonging, Life } from "./life.ts";
import type { Machine, Network } from "./network.ts";
import { type Mark, Pipe } from "./pipe.ts";

/** Who keeps a link while it lasts: the transport it came from. */
export interface LinkKeeper {
  readonly network: Network;
  readonly life: Life;
  readonly machine: Machine;
  readonly limits: LinkLimits;
  /** The link has reported its end. */
  release(link: SimLink): void;
}

type State = "dialling" | "accepting" | "open" | "closing" | "closed";

/** One end of a simulated link. */
export class SimLink implements Link, Belonging {
  owner: LinkOwner;
  readonly dialled: boolean;
  readonly address: Address;
  readonly channel: undefined = undefined;
  readonly #keeper: LinkKeeper;
  readonly #life: Life;
  #state: State;
  #far: SimLink | undefined;
  #out: Pipe | undefined;
  #isPaused = false;
  /** Whether the owner has heard of this link, and therefore has to hear of its end. */
  #isKnown: boolean;
  /** Whether a frame was refused and `linkDrained` not reported since. */
  #owesDrained = false;
  #reason: CloseReason = { kind: "closed" };
  /** Ends a dial that nobody answers; later, a close that nobody reads. */
  #endDeadline: () => void = () => undefined;

  constructor(keeper: LinkKeeper, owner: LinkOwner, address: Address, dialled: boolean) {
    this.owner = owner;
    this.dialled = dialled;
    this.address = address;
    this.#keeper = keeper;
    this.#life = keeper.life;
    this.#state = dialled ? "dialling" : "accepting";
    this.#isKnown = dialled;
    this.#life.belongings.add(this);
  }

  get queuedBytes(): number {
    return this.#out?.waitingBytes ?? 0;
  }

  send(frame: Uint8Array): boolean {
    const { frameBytesMax, queuedBytesMax } = this.#keeper.limits;
    if (frame.length === 0 || frame.length > frameBytesMax) {
      throw new RangeError(`a frame has 1 to ${frameBytesMax} bytes, not ${frame.length}`);
    }
    if (this.#state !== "open" || this.#out === undefined) return false;
    if (this.#out.waitingBytes + FRAME_PREFIX_BYTES + frame.length > queuedBytesMax) {
      this.#owesDrained = true;
      return false;
    }
    this.#life.witness.sent?.(this.#life.host, frame, this.address);
    this.#out.send(frame);
    return true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#life.after(0, () => this.#far?.out?.read());
  }

  close(reason: CloseReason = { kind: "closed" }): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#state = "closing";
    this.#reason = reason;
    this.#owesDrained = false;
    this.#endDeadline();
    if (reason.kind === "misbehaved") this.#out?.dropWaiting();
    if (!wasOpen || this.queuedBytes === 0) this.#life.after(0, () => this.#finish("end"));
    else
      this.#endDeadline = this.#life.after(this.#keeper.limits.flushTimeoutMs, () => this.#finish("reset"));
    // What has arrived for it holds up the far end's queue: it goes nowhere now.
    this.#far?.out?.read();
  }

  // ── what the network and the program's life tell a link ──

  get machine(): Machine {
    return this.#keeper.machine;
  }

  get out(): Pipe | undefined {
    return this.#out;
  }

  get isDialling(): boolean {
    return this.#state === "dialling";
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isGone(): boolean {
    return this.#state === "closed";
  }

  get isFrozen(): boolean {
    return this.#life.frozen;
  }

  /** Whether the far end has read the last thing this end ever said. */
  get hasSaidAll(): boolean {
    return this.#out?.isEmpty ?? true;
  }

  /** Whether the program takes what has arrived; an end that is closing lets it fall. */
  takes(mark: Mark): boolean {
    if (this.#state === "closing" || this.#state === "closed") return true;
    return !this.#life.frozen && (!this.#isPaused || mark === "opened");
  }

  /** Starts the wait of a dial. */
  expectAnswer(): void {
    const { dialTimeoutMs } = this.#keeper.limits;
    this.#endDeadline = this.#life.after(dialTimeoutMs, () =>
      this.notReached({ kind: "unreachable", detail: `no answer in ${dialTimeoutMs} ms` }),
    );
  }

  /** The two ends of a link have found each other. */
  join(far: SimLink): void {
    this.#far = far;
    this.#out = new Pipe(this.#keeper.network, this, far);
  }

  /** The far end's system answered. */
  opened(): void {
    if (this.#state === "closed" || this.#state === "closing") {
      if (this.dialled) this.#out?.tell("reset");
      return;
    }
    this.#endDeadline();
    this.#state = "open";
    this.#isKnown = true;
    this.#note("opened", "");
    // The other end hears of it before anything that the owner sends now.
    if (this.dialled) this.#out?.tell("opened");
    this.#life.call(() => this.owner.linkOpened(this));
  }

  received(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.#life.witness.isTraced)
      this.#note("frame", `${frame.length} ${new Fingerprint().bytes(frame).short()}`);
    try {
      this.owner.linkFrame(this, frame);
    } catch (error) {
      this.#life.witness.failed(this.#life.host, error);
    }
  }

  /** The dial failed. */
  notReached(reason: CloseReason): void {
    if (this.#state === "dialling") this.#over(reason);
  }

  /** The far end is gone. */
  ended(reason: CloseReason): void {
    if (this.#state === "closed") return;
    this.#out?.dropWaiting();
    if (this.#state === "closing") this.#over(this.#reason);
    else if (this.#state === "dialling") this.#over({ kind: "refused" });
    else this.#over(reason);
  }

  /** This end's system has waited too long. */
  gaveUp(reason: CloseReason): void {
    if (this.#state === "closed") return;
    this.ended(reason);
    this.#out?.dropUnarrived();
    this.#out?.tell("reset");
  }

  /** The queue is shorter than it was. */
  queueShrank(): void {
    if (this.#state === "closing" && this.queuedBytes === 0) {
      this.#endDeadline();
      this.#endDeadline = this.#life.after(0, () => this.#finish("end"));
      return;
    }
    if (!this.#owesDrained || this.queuedBytes > this.#keeper.limits.queuedBytesMax / 2) return;
    this.#owesDrained = false;
    this.#life.after(0, () => {
      if (this.#state === "open") this.owner.linkDrained(this);
    });
  }

  lost(): void {
    this.#state = "closed";
    this.#out?.dropWaiting();
    this.#out?.tell("end");
    this.#forget();
  }

  thawed(): void {
    this.#life.after(0, () => {
      this.#far?.out?.read();
      this.#out?.pump();
    });
  }

  #finish(mark: "end" | "reset"): void {
    if (this.#state === "closed") return;
    if (mark === "reset") this.#out?.dropWaiting();
    this.#over(this.#reason);
    this.#out?.tell(mark);
  }

  #over(reason: CloseReason): void {
    this.#state = "closed";
    this.#endDeadline();
    this.#life.belongings.delete(this);
    this.#forget();
    if (!this.#isKnown) {
      this.#keeper.release(this);
      return;
    }
    this.#life.after(0, () => {
      if (this.#life.witness.isTraced) this.#note("closed", reason.kind);
      this.#life.call(() => this.owner.linkClosed(this, reason));
      this.#keeper.release(this);
    });
  }

  #forget(): void {
    if (this.#far === undefined || this.#far.isGone) this.#keeper.network.forget(this, this.#far);
  }

  #note(kind: string, detail: string): void {
    if (!this.#life.witness.isTraced) return;
    this.#life.witness.note(this.#life.host, kind, `${this.address} ${detail}`);
  }
}
