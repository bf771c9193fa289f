import type { Local } from "@p2p/wire";
import { BATCH, type Batch } from "./batch.ts";
import { signBatch } from "./batch-signature.ts";
import { SeenWindow } from "./seen-window.ts";
import { Shelf } from "./shelf.ts";

/** Most own messages held while there is no neighbour, and for how long each, in milliseconds. */
const HELD_MAX = 64;
const HELD_LIFE_MS = 60_000;

/** A message of this node, signed and encoded once. */
export interface Own {
  readonly incarnation: number;
  readonly sequence: number;
  readonly batch: Batch;
  readonly frame: Uint8Array;
}

/** Makes a node's own messages, and keeps those that nobody was there to take: at most 64, for 60 s each. */
export class OwnMessages {
  readonly #local: Local;
  readonly #incarnation: () => number;
  readonly #numbering = new Numbering();
  readonly #held: Shelf<Own>;

  /**
   * @param incarnation default: the second in which this is made.
   * @param lapsed gets each message whose 60 s are over.
   */
  constructor(local: Local, incarnation: (() => number) | undefined, lapsed: (own: Own) => void) {
    const startedAt = Math.floor(local.clock.wallTime() / 1000);
    this.#local = local;
    this.#incarnation = incarnation ?? (() => startedAt);
    this.#held = new Shelf(local.clock, { max: HELD_MAX, lifeMs: HELD_LIFE_MS }, lapsed);
  }

  /** The next message, with `payload` as its content. */
  write(payload: Uint8Array): Own {
    const { id, networkId, signer, clock } = this.#local;
    const { incarnation, sequence } = this.#numbering.next(this.#incarnation());
    const terms = {
      origin: id,
      incarnation,
      firstSequence: sequence,
      at: clock.wallTime(),
      payloads: [Uint8Array.from(payload)],
    };
    const batch = signBatch(terms, networkId, signer);
    return { incarnation, sequence, batch, frame: BATCH.encode(batch) };
  }

  /** Which of its own messages of an incarnation there are; of the last two incarnations. */
  seen(incarnation: number): SeenWindow | undefined {
    return this.#numbering.seen(incarnation);
  }

  /** Keeps a message for the first neighbour; false when 64 are kept already. */
  hold(own: Own): boolean {
    return this.#held.add(own);
  }

  /** Hands out the frames that were kept, in their order. */
  release(): Uint8Array[] {
    return this.#held.take().map(({ frame }) => frame);
  }
}

/** Numbers one node's own messages: from 1 in each incarnation. */
export class Numbering {
  readonly #windows = new Map<number, SeenWindow>(); // of two incarnations, the last one last
  #incarnation: number | undefined;
  #sequence = 0;

  next(incarnation: number): { readonly incarnation: number; readonly sequence: number } {
    this.#sequence = incarnation === this.#incarnation ? this.#sequence + 1 : 1;
    this.#incarnation = incarnation;
    this.#note(incarnation, this.#sequence);
    return { incarnation, sequence: this.#sequence };
  }

  /** The numbers given in an incarnation, if it is one of the last two. */
  seen(incarnation: number): SeenWindow | undefined {
    return this.#windows.get(incarnation);
  }

  #note(incarnation: number, sequence: number): void {
    const window = sequence === 1 ? undefined : this.#windows.get(incarnation);
    window?.mark(sequence);
    if (window !== undefined) return;
    this.#windows.delete(incarnation);
    if (this.#windows.size === 2) this.#windows.delete(this.#windows.keys().next().value as number);
    this.#windows.set(incarnation, new SeenWindow(sequence));
  }
}
