import type { Random } from "@p2p/wire";

/** Something that reads bytes of others. */
export interface Target {
  readonly name: string;
  /** So many good inputs; the same ones for the same `seed`. */
  readonly samples: (seed: number, count: number) => readonly Uint8Array[];
  /** An input that is nearly like `sample`. */
  readonly mutate: (sample: Uint8Array, others: readonly Uint8Array[], random: Random) => Uint8Array;
  /**
   * Reads `input`, and does with what is in it what is done with it before anything else is known.
   * @returns whether there was something in it.
   * @throws Fault where it must not be as it is; anything else it throws is one, too.
   */
  readonly read: (input: Uint8Array) => boolean;
}

/** A rule that a reader breaks. */
export class Fault extends Error {}

/** An input that shows a fault. */
export interface Finding {
  /** Of the {@link Target}. */
  readonly target: string;
  readonly what: string;
  readonly input: Uint8Array;
}
