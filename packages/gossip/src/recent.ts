import { SIGNATURE_BYTES } from "@p2p/identity";
import type { Kept } from "./run.ts";

/** Most batches at hand, and most bytes of their frames. */
export const RECENT_FRAMES_MAX = 4096;
export const RECENT_BYTES_MAX: number = 4 * 1024 * 1024;

/**
 * The newest batches that were accepted: at most 4 096 frames and 4 MiB, oldest out first. They are there for two
 * questions: is this frame a copy of one of them (asked of every frame, and answered without reading it), and, when a
 * different batch comes under a number that was seen, which was the first.
 */
export class Recent {
  /** As many places as were needed at most so far, a power of two. */
  #ring: (Kept | undefined)[] = [undefined];
  readonly #bySignature = new Map<number, Kept>();
  #oldest = 0;
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The batch at hand with whose signature `frame` ends: then it is that batch, or a forgery of it, and in neither case
   * news.
   */
  copyOf(frame: Uint8Array): Kept | undefined {
    const kept = this.#bySignature.get(signatureKey(frame));
    return kept !== undefined && endsAlike(kept.frame, frame) ? kept : undefined;
  }

  /** Keeps a batch; `kept.frame` must never change. */
  add(kept: Kept): void {
    while (
      this.#size === RECENT_FRAMES_MAX ||
      (this.#size > 0 && this.#bytes + kept.frame.length > RECENT_BYTES_MAX)
    ) {
      this.#dropOldest();
    }
    if (this.#size === this.#ring.length) this.#widen();
    this.#ring[(this.#oldest + this.#size) % this.#ring.length] = kept;
    this.#size++;
    this.#bytes += kept.frame.length;
    this.#bySignature.set(signatureKey(kept.frame), kept);
    const { firstSequence, payloads } = kept.batch;
    for (let index = 0; index < payloads.length; index++) kept.run.kept.set(firstSequence + index, kept);
  }

  /** A quiet network, or a thousand nodes in one process, shall not pay for a busy one. */
  #widen(): void {
    const oldestFirst = [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
    this.#ring = [...oldestFirst, ...oldestFirst.map(() => undefined)];
    this.#oldest = 0;
  }

  #dropOldest(): void {
    const kept = this.#ring[this.#oldest] as Kept;
    this.#ring[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) % this.#ring.length;
    this.#size--;
    this.#bytes -= kept.frame.length;
    const key = signatureKey(kept.frame);
    if (this.#bySignature.get(key) === kept) this.#bySignature.delete(key);
    const { firstSequence, payloads } = kept.batch;
    for (let index = 0; index < payloads.length; index++) kept.run.kept.delete(firstSequence + index);
  }
}

/** Four bytes of the signature at the end of a BATCH: a small integer, because those are cheap keys. */
function signatureKey(frame: Uint8Array): number {
  const at = frame.length - SIGNATURE_BYTES;
  return (
    ((frame[at] as number) << 24) |
    ((frame[at + 1] as number) << 16) |
    ((frame[at + 2] as number) << 8) |
    (frame[at + 3] as number)
  );
}

function endsAlike(a: Uint8Array, b: Uint8Array): boolean {
  const shift = b.length - a.length;
  for (let at = a.length - SIGNATURE_BYTES; at < a.length; at++) if (a[at] !== b[at + shift]) return false;
  return true;
}
