import type { Connection, LinkSet } from "@p2p/wire";
import { flood, type Strategy } from "./flood.ts";
import { Outbox, type Passed } from "./outbox.ts";

/** Default of `queuedBytesMax`: 1 MiB. */
const QUEUED_BYTES_MAX: number = 1024 * 1024;

/** How frames go out, and who is told of those who cannot keep up. */
export interface NeighboursOptions {
  readonly links: LinkSet;
  /** Bytes that wait for one neighbour on top of what its link takes. Default 1 MiB. */
  readonly queuedBytesMax: number | undefined;
  /** Default {@link flood}. */
  readonly strategy: Strategy | undefined;
  /** A neighbour begins to lose frames. Told after a frame went to everybody, never in between. */
  readonly lagged: (outbox: Outbox) => void;
}

/** The way out: the links of a node, each with its {@link Outbox}. */
export class Neighbours {
  readonly #links: LinkSet;
  readonly #queuedBytesMax: number;
  readonly #strategy: Strategy;
  readonly #lagged: (outbox: Outbox) => void;
  readonly #outboxes = new WeakMap<Connection, Outbox>();
  readonly #lagging: Outbox[] = []; // not told yet
  #passed = 0;
  #dropped = 0;

  /** @throws RangeError unless `queuedBytesMax` is 0 or more. */
  constructor({ links, queuedBytesMax = QUEUED_BYTES_MAX, strategy, lagged }: NeighboursOptions) {
    if (!(queuedBytesMax >= 0))
      throw new RangeError(`queuedBytesMax is not a number of bytes: ${queuedBytesMax}`);
    this.#links = links;
    this.#queuedBytesMax = queuedBytesMax;
    this.#strategy = strategy ?? flood;
    this.#lagged = lagged;
  }

  /** Frames passed to neighbours, and frames dropped because a neighbour was too slow. */
  get passed(): number {
    return this.#passed;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Passes `frame` on as the strategy says.
   * @param note gets what became of it, neighbour by neighbour.
   */
  spread(frame: Uint8Array, from?: Connection, note?: (to: Outbox, passed: Passed) => void): void {
    this.#strategy(this.#links, from, (neighbour) => {
      const outbox = this.#outboxOf(neighbour);
      const passed = this.#pass(outbox, frame);
      note?.(outbox, passed);
    });
    this.#tell();
  }

  /** Sends `frames` to one neighbour. */
  send(to: Connection, frames: readonly Uint8Array[]): void {
    const outbox = this.#outboxOf(to);
    for (const frame of frames) this.#pass(outbox, frame);
    this.#tell();
  }

  /** A link takes frames again. Answers how many its neighbour lost, if it has caught up now. */
  drained(connection: Connection): number | undefined {
    return this.#outboxes.get(connection)?.drain();
  }

  /** Another link has taken a link's place: what waited for the old one goes to the new one. */
  replaced(old: Connection, successor: Connection): void {
    const waiting = this.#outboxes.get(old)?.empty() ?? [];
    if (waiting.length > 0) this.send(successor, waiting);
  }

  #pass(outbox: Outbox, frame: Uint8Array): Passed {
    const before = outbox.dropped;
    const passed = outbox.pass(frame);
    if (passed !== "skipped") this.#passed++;
    this.#dropped += outbox.dropped - before;
    if (before === 0 && outbox.dropped > 0) this.#lagging.push(outbox);
    return passed;
  }

  #tell(): void {
    while (this.#lagging.length > 0) this.#lagged(this.#lagging.shift() as Outbox);
  }

  #outboxOf(connection: Connection): Outbox {
    let outbox = this.#outboxes.get(connection);
    if (outbox === undefined) {
      outbox = new Outbox(connection, this.#queuedBytesMax);
      this.#outboxes.set(connection, outbox);
    }
    return outbox;
  }
}
