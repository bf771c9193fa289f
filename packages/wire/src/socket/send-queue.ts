import { FRAME_PREFIX_BYTES } from "../transport.ts";

/** Frames from this size on are handed over as they are: copying them costs more than a piece of their own. */
const LARGE_BYTES = 16 * 1024;
/** Taken places are given back once there are this many, and most of the list is taken. */
const COMPACT_AT = 1024;

/** Frames on their way out, first in first out, leaving in pieces that are fit for one write. */
export class SendQueue {
  #frames: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  /** What is waiting, prefixes included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a frame, whose bytes must never change. */
  add(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += FRAME_PREFIX_BYTES + frame.length;
  }

  /**
   * Removes frames, as many as fit into `bytesMax` and at least one, and gives them back as a stream: each behind its
   * prefix, small ones joined into one piece of memory. Empty when nothing waits.
   */
  take(bytesMax: number): Uint8Array[] {
    const frames = this.#first(bytesMax);
    for (const frame of frames) this.#bytes -= FRAME_PREFIX_BYTES + frame.length;
    this.#head += frames.length;
    this.#compact();
    return frames.length === 0 ? [] : joined(frames);
  }

  /** Throws away what is waiting. */
  clear(): void {
    this.#frames = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #first(bytesMax: number): Uint8Array[] {
    let end = this.#head;
    let bytes = 0;
    while (end < this.#frames.length) {
      bytes += FRAME_PREFIX_BYTES + (this.#frames[end] as Uint8Array).length;
      if (bytes > bytesMax && end > this.#head) break;
      end++;
    }
    return this.#frames.slice(this.#head, end);
  }

  #compact(): void {
    if (this.#head < this.#frames.length && (this.#head < COMPACT_AT || 2 * this.#head < this.#frames.length))
      return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }
}

function joined(frames: readonly Uint8Array[]): Uint8Array[] {
  const memory = Buffer.allocUnsafe(copiedBytes(frames));
  const pieces: Uint8Array[] = [];
  let begin = 0;
  let end = 0;
  for (const frame of frames) {
    end = memory.writeUInt32BE(frame.length, end);
    if (frame.length < LARGE_BYTES) {
      memory.set(frame, end);
      end += frame.length;
    } else {
      pieces.push(memory.subarray(begin, end), frame);
      begin = end;
    }
  }
  if (begin < end) pieces.push(memory.subarray(begin, end));
  return pieces;
}

function copiedBytes(frames: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const { length } of frames) bytes += FRAME_PREFIX_BYTES + (length < LARGE_BYTES ? length : 0);
  return bytes;
}
