import { Malformed } from "../codec.ts";
import { FRAME_PREFIX_BYTES } from "../transport.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Cuts a stream of bytes into the frames it carries: u32 length ‖ frame, again and again.
 *
 * A frame that lies within one chunk is a view into it. One that is spread over several is copied into memory that
 * grows with what has arrived, never with what the prefix promises, so a lie costs its teller as much as us.
 */
export class FrameReader {
  readonly #frameBytesMax: number;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  #prefixHeld = 0;
  #length = 0;
  #body: Uint8Array = NOTHING;
  #bodyHeld = 0;

  /** @param frameBytesMax longest frame that is accepted. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether the stream so far stops inside a frame or its prefix. */
  get isMidFrame(): boolean {
    return this.#prefixHeld > 0;
  }

  /**
   * Takes over the next bytes of the stream; they must never change.
   * @throws RangeError while {@link next} has not answered `undefined` about the chunk before.
   */
  push(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length) throw new RangeError("the chunk before has not been read to its end");
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next whole frame; `undefined` when more bytes are needed. Malformed, from then on for ever, when a prefix
   * says 0 or more than the limit: where the next frame would begin is unknown then.
   */
  next(): Uint8Array | Malformed | undefined {
    const frame = this.#readPrefix() ? this.#readFrame() : undefined;
    if (frame === undefined) this.#chunk = NOTHING;
    if (frame === undefined) this.#at = 0;
    return frame;
  }

  #readPrefix(): boolean {
    while (this.#prefixHeld < FRAME_PREFIX_BYTES) {
      if (this.#at === this.#chunk.length) return false;
      this.#length = this.#length * 256 + (this.#chunk[this.#at++] as number);
      this.#prefixHeld++;
    }
    return true;
  }

  #readFrame(): Uint8Array | Malformed | undefined {
    const length = this.#length;
    if (length === 0) return new Malformed("an empty frame");
    if (length > this.#frameBytesMax) {
      return new Malformed(`a frame of ${length} bytes, more than ${this.#frameBytesMax}`);
    }
    const isWithinChunk = this.#bodyHeld === 0 && this.#chunk.length - this.#at >= length;
    const frame = isWithinChunk ? this.#cut(length) : this.#gather(length);
    if (frame !== undefined) this.#startOver();
    return frame;
  }

  #cut(length: number): Uint8Array {
    const { buffer, byteOffset } = this.#chunk;
    // Not subarray: that of a Buffer is a Buffer, and owners are promised a plain Uint8Array.
    const frame = new Uint8Array(buffer, byteOffset + this.#at, length);
    this.#at += length;
    return frame;
  }

  #gather(length: number): Uint8Array | undefined {
    const part = this.#chunk.subarray(this.#at, this.#at + length - this.#bodyHeld);
    this.#makeRoom(this.#bodyHeld + part.length);
    this.#body.set(part, this.#bodyHeld);
    this.#bodyHeld += part.length;
    this.#at += part.length;
    return this.#bodyHeld === length ? this.#body : undefined;
  }

  /** Doubles, so that a frame in many small chunks is copied about twice in all; ends at exactly the frame's length. */
  #makeRoom(needed: number): void {
    if (needed <= this.#body.length) return;
    const larger = new Uint8Array(Math.min(this.#length, Math.max(needed, 2 * this.#body.length)));
    larger.set(this.#body);
    this.#body = larger;
  }

  #startOver(): void {
    this.#prefixHeld = 0;
    this.#length = 0;
    this.#body = NOTHING;
    this.#bodyHeld = 0;
  }
}
