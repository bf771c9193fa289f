import type { Random } from "@p2p/wire";
import { Fingerprint } from "./fingerprint.ts";

/**
 * Chance that can be replayed: the same seed and the same calls give the same numbers, on every machine. The
 * generator is sfc32 (128 bits of state, passes PractRand). Predictable by design, so nothing for keys outside a world.
 */
export class SeededRandom implements Random {
  readonly #key: readonly [number, number, number, number];
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any number, or the four words of a parent's fork. Fractions and all 64 bits count. */
  constructor(seed: number | readonly [number, number, number, number]) {
    this.#key = typeof seed === "number" ? new Fingerprint().text(String(seed)).words() : seed;
    [this.#a, this.#b, this.#c] = this.#key;
    this.#counter = this.#key[3] | 1;
    // The first numbers still show the seed's pattern.
    for (let round = 0; round < 12; round++) this.#word();
  }

  next(): number {
    const high = this.#word() >>> 5;
    return (high * 2 ** 26 + (this.#word() >>> 6)) / 2 ** 53;
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index += 4) {
      const word = this.#word();
      for (let part = 0; part < 4 && index + part < count; part++) bytes[index + part] = word >>> (8 * part);
    }
    return bytes;
  }

  /** Depends on the parent's seed and on `label`, not on what was drawn before. */
  fork(label: string): SeededRandom {
    const [a, b, c, d] = this.#key;
    return new SeededRandom(new Fingerprint().number(a).number(b).number(c).number(d).text(label).words());
  }

  /** A number in [`minMs`, `maxMs`). */
  between({ minMs, maxMs }: Span): number {
    return minMs + (maxMs - minMs) * this.next();
  }

  #word(): number {
    const word = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word >>> 0;
  }
}

/** A span of time to draw from, in milliseconds: `minMs` included, `maxMs` not. */
export interface Span {
  readonly minMs: number;
  readonly maxMs: number;
}
