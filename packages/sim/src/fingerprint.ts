/**
 * A 128-bit hash, fast and keyed, of texts and bytes. Not cryptographic: it tells things apart in a world where
 * nobody searches for collisions. The same input gives the same hash on every machine.
 */
export class Fingerprint {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #length = 0;

  constructor(key = 0) {
    this.#a = 0x6c078965 ^ key;
    this.#b = 0x5d588b65 ^ key;
    this.#c = 0x9908b0df ^ key;
    this.#d = 0x85ebca6b ^ key;
  }

  /** Behind its length, so that `("ab", "c")` and `("a", "bc")` differ. */
  text(text: string): this {
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index));
    this.#mix(~text.length);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const whole = bytes.length & ~3;
    let index = 0;
    for (; index < whole; index += 4) {
      this.#mix(
        (bytes[index] as number) |
          ((bytes[index + 1] as number) << 8) |
          ((bytes[index + 2] as number) << 16) |
          ((bytes[index + 3] as number) << 24),
      );
    }
    for (; index < bytes.length; index++) this.#mix(bytes[index] as number);
    this.#mix(~bytes.length);
    return this;
  }

  /** An integer; of larger ones the low 32 bits. */
  number(value: number): this {
    this.#mix(value | 0);
    return this;
  }

  /** The hash so far: four unsigned 32-bit words. */
  words(): readonly [number, number, number, number] {
    let a = Math.imul(this.#c ^ (this.#a >>> 18), 597399067) ^ this.#length;
    let b = Math.imul(this.#d ^ (this.#b >>> 22), 2869860233);
    let c = Math.imul(this.#a ^ (this.#c >>> 17), 951274213);
    let d = Math.imul(this.#b ^ (this.#d >>> 19), 2716044179);
    a ^= b ^ c ^ d;
    b = finish(b ^ a);
    c = finish(c ^ a);
    d = finish(d ^ a);
    return [finish(a), b, c, d];
  }

  /** The first 32 bits in hexadecimal digits: enough for a trace. */
  short(): string {
    return this.words()[0].toString(16).padStart(8, "0");
  }

  #mix(word: number): void {
    // Products carry differences upwards only: without the rotations those in high bits would cancel out.
    const mixed = finish(word ^ Math.imul(this.#length, 0x9e3779b9));
    const a = this.#a;
    this.#a = rotate(this.#b ^ Math.imul(a ^ mixed, 597399067), 13);
    this.#b = rotate(this.#c ^ Math.imul(this.#b ^ mixed, 2869860233), 17);
    this.#c = rotate(this.#d ^ Math.imul(this.#c ^ mixed, 951274213), 5);
    this.#d = rotate(a ^ Math.imul(this.#d ^ mixed, 2716044179), 23);
    this.#length += 1;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Lets every bit of `word` reach every bit of the result. */
function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
