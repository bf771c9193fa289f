import type { Socket } from "node:net";
import { FRAME_PREFIX_BYTES } from "../transport.ts";
import { SendQueue } from "./send-queue.ts";

/** Most bytes in one write, so that the queue is seen to shrink while a slow reader takes it. */
const WRITE_BYTES_MAX = 256 * 1024;

/** The sending half of a link: takes frames until its queue is full, and writes those of one turn in one go. */
export class FrameWriter {
  readonly #socket: Socket;
  readonly #queuedBytesMax: number;
  readonly #drained: () => void;
  readonly #queue = new SendQueue();
  /** Bytes of the write under way. */
  #writingBytes = 0;
  /** Whether a write is ordered or under way. */
  #isBusy = false;
  #isEnding = false;
  /** Whether a frame was refused and {@link #drained} has not been called since. */
  #owesDrained = false;

  /** @param drained called after a frame was refused, once the queue is down to half of `queuedBytesMax`. */
  constructor(socket: Socket, queuedBytesMax: number, drained: () => void) {
    this.#socket = socket;
    this.#queuedBytesMax = queuedBytesMax;
    this.#drained = drained;
  }

  /** Bytes taken and not yet handed to the system, prefixes included. */
  get queuedBytes(): number {
    return this.#queue.bytes + this.#writingBytes;
  }

  /** Takes `frame`, unless the queue would grow beyond its limit. */
  send(frame: Uint8Array): boolean {
    if (this.queuedBytes + FRAME_PREFIX_BYTES + frame.length > this.#queuedBytesMax) {
      this.#owesDrained = true;
      return false;
    }
    this.#queue.add(frame);
    this.#wake();
    return true;
  }

  /** Ends the stream behind what was taken. Nothing may be sent afterwards. */
  end(): void {
    this.#isEnding = true;
    this.#owesDrained = false;
    this.#wake();
  }

  /** Throws away what was taken and not yet handed to the system. */
  discard(): void {
    this.#queue.clear();
    this.#writingBytes = 0;
    this.#owesDrained = false;
  }

  #wake(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    // Not nextTick: what arrives on other sockets in this turn of the loop may add to the same write.
    setImmediate(this.#write);
  }

  readonly #write = (): void => {
    if (this.#socket.destroyed) return;
    const waiting = this.#queue.bytes;
    const pieces = this.#queue.take(WRITE_BYTES_MAX);
    this.#writingBytes = waiting - this.#queue.bytes;
    this.#isBusy = pieces.length > 0;
    if (this.#isBusy) this.#hand(pieces);
    else if (this.#isEnding) this.#socket.end();
  };

  /** Hands `pieces` to the system in one call. */
  #hand(pieces: readonly Uint8Array[]): void {
    const last = pieces.length - 1;
    this.#socket.cork();
    for (let index = 0; index < last; index++) this.#socket.write(pieces[index] as Uint8Array);
    this.#socket.write(pieces[last] as Uint8Array, this.#written);
    this.#socket.uncork();
  }

  readonly #written = (error?: Error | null): void => {
    if (error) return; // the socket says so itself, and closes
    this.#writingBytes = 0;
    if (this.#owesDrained && this.#queue.bytes <= this.#queuedBytesMax / 2) {
      this.#owesDrained = false;
      this.#drained();
    }
    this.#write();
  };
}
