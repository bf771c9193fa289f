import type { Connection } from "@p2p/wire";
import { type Rate, RateBucket } from "./rate.ts";
import { REPAIR } from "./repair-frames.ts";
import type { Stored } from "./store.ts";

/** Most messages, and bytes of their frames, that one neighbour gets by repair in one interval, and may have waiting. */
export const REPAIRED_MESSAGES_MAX = 1024;
export const REPAIRED_BYTES_MAX: number = 1024 * 1024;
/** Bytes waiting in a link from which on repair gives way to everything else. */
export const PRESSURE_BYTES: number = 128 * 1024;

/** What one neighbour may have in each interval of `perMs`: `messages`, and `bytes` of them. */
export function rationOf(messages: number, bytes: number, perMs: number): Rate {
  const perSecond = 1000 / perMs;
  return {
    messagesPerSecond: messages * perSecond,
    messagesBurst: messages,
    bytesPerSecond: bytes * perSecond,
    bytesBurst: bytes,
  };
}

/**
 * Batches on their way to a neighbour that missed them: as many as its ration allows, none twice within half an
 * interval, and only while its link is not under pressure. PROTOCOL.md §7.6.
 */
export class Delivery {
  readonly #connection: Connection;
  readonly #ration: RateBucket;
  readonly #againMs: number;
  readonly #sentAt = new Map<Stored, number>(); // oldest first; no more than the ration of an interval
  #queue: Stored[] = [];
  #bytes = 0;
  /** What the neighbour will have been told of when the queue is empty. */
  #upTo: number | undefined;
  #sent = 0;

  /** @param everyMs the interval of repair. */
  constructor(connection: Connection, everyMs: number, now: number) {
    this.#connection = connection;
    this.#ration = new RateBucket(rationOf(REPAIRED_MESSAGES_MAX, REPAIRED_BYTES_MAX, everyMs), now);
    this.#againMs = everyMs / 2;
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  /** Batches sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Lets batches wait for {@link pump}. False when not all of them were taken: then the neighbour has to ask again.
   * @param upTo what {@link pump} answers once everything went out, if all were taken.
   */
  order(batches: readonly Stored[], now: number, upTo?: number): boolean {
    this.#forget(now);
    const isWhole = batches.every((stored) => this.#take(stored, now));
    if (isWhole && upTo !== undefined) this.#upTo = Math.max(upTo, this.#upTo ?? 0);
    return isWhole;
  }

  /** Sends what waits, as far as the link takes it. Answers, once it is all sent, what the neighbour has been told of. */
  pump(now: number): number | undefined {
    let sent = 0;
    for (const stored of this.#queue) {
      if (!this.#send(stored, now)) break;
      this.#bytes -= stored.frame.length;
      sent++;
    }
    this.#queue.splice(0, sent);
    this.#sent += sent;
    if (this.#queue.length > 0) return undefined;
    const upTo = this.#upTo;
    this.#upTo = undefined;
    return upTo;
  }

  #take(stored: Stored, now: number): boolean {
    if (this.#sentAt.has(stored)) return true;
    const { count, frame } = stored;
    if (this.#bytes + frame.length > REPAIRED_BYTES_MAX || !this.#ration.allows(count, frame.length, now))
      return false;
    this.#ration.take(count, frame.length);
    this.#sentAt.set(stored, now);
    this.#queue.push(stored);
    this.#bytes += frame.length;
    return true;
  }

  #send({ frame, since }: Stored, now: number): boolean {
    const connection = this.#connection;
    if (connection.queuedBytes > PRESSURE_BYTES) return false;
    const ageMs = Math.max(0, Math.floor(now - since));
    return connection.send(REPAIR.encode({ ageMs })) && connection.send(frame);
  }

  #forget(now: number): void {
    for (const [stored, at] of this.#sentAt) {
      if (at + this.#againMs > now) return;
      this.#sentAt.delete(stored);
    }
  }
}
