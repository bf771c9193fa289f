import type { Connection } from "@p2p/wire";

/**
 * What became of a frame for one neighbour: its link took it with nothing waiting before it; it waits behind other
 * bytes; or there was no room for it at all.
 */
export type Passed = "sent" | "queued" | "skipped";

/**
 * One neighbour's flood frames. While the link takes them they go straight on; when it refuses they wait here, and
 * beyond `bytesMax` the oldest are dropped. A slow reader costs that much and nobody else's time. PROTOCOL.md §7.5.
 */
export class Outbox {
  readonly connection: Connection;
  readonly #bytesMax: number;
  #queue: Uint8Array[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(connection: Connection, bytesMax: number) {
    this.connection = connection;
    this.#bytesMax = bytesMax;
  }

  /** Bytes on their way to this neighbour that the system has not taken yet: the link's and those that wait here. */
  get waitingBytes(): number {
    return this.connection.queuedBytes + this.#bytes;
  }

  /** Frames dropped since the link last kept up. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Sends `frame`, which must never change afterwards, or lets it wait. */
  pass(frame: Uint8Array): Passed {
    const isIdle = this.waitingBytes === 0;
    if (this.#queue.length === 0 && this.connection.send(frame)) return isIdle ? "sent" : "queued";
    return this.#wait(frame);
  }

  /** The link takes frames again. Answers how many had been dropped, if it has caught up now. */
  drain(): number | undefined {
    let sent = 0;
    for (const frame of this.#queue) {
      if (!this.connection.send(frame)) break;
      this.#bytes -= frame.length;
      sent++;
    }
    this.#queue.splice(0, sent);
    return this.#queue.length === 0 ? this.#keptUp() : undefined;
  }

  /** Takes out what waits, for another link to the same neighbour. */
  empty(): Uint8Array[] {
    this.#bytes = 0;
    return this.#queue.splice(0);
  }

  #wait(frame: Uint8Array): Passed {
    if (frame.length > this.#bytesMax) {
      this.#dropped++;
      return "skipped";
    }
    this.#queue.push(frame);
    this.#bytes += frame.length;
    while (this.#bytes > this.#bytesMax) {
      this.#bytes -= (this.#queue.shift() as Uint8Array).length;
      this.#dropped++;
    }
    return "queued";
  }

  #keptUp(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
