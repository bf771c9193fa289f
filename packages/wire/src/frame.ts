import { Malformed, pack } from "./codec.ts";
import { type Field, read } from "./field.ts";

/**
 * How far the far end has proved who it is: not at all, by a signature in HELLO, or by the channel itself (TLS).
 * Ordered: what is enough for a weaker one is enough for a stronger one.
 */
export type Proof = "none" | "key" | "channel";

const STRENGTH: Readonly<Record<Proof, number>> = { none: 0, key: 1, channel: 2 };

/** Whether `given` is as good as `needed`. */
export function proves(given: Proof, needed: Proof): boolean {
  return STRENGTH[given] >= STRENGTH[needed];
}

/** One kind of frame: its number, its name, its body, and the proof it needs. A frame is u8 kind ‖ body. */
export class FrameType<T> {
  readonly kind: number;
  readonly name: string;
  /** What the far end must have proved before a frame of this kind is looked at. */
  readonly proof: Proof;
  readonly #body: Field<T>;

  /**
   * @param kind 1 to 255; see {@link Kind}. Applications take 0xc0 to 0xff.
   * @param proof default `"key"`: the far end signed in HELLO.
   */
  constructor(
    kind: number,
    name: string,
    body: Field<T>,
    { proof = "key" }: { readonly proof?: Proof } = {},
  ) {
    if (!Number.isInteger(kind) || kind < 1 || kind > 255)
      throw new RangeError(`not a kind of frame: ${kind}`);
    this.kind = kind;
    this.name = name;
    this.proof = proof;
    this.#body = body;
  }

  /** A frame that carries `value`: a new array, the caller's own. */
  encode(value: T): Uint8Array {
    const body = pack(this.#body.write(value) as readonly unknown[]);
    const frame = new Uint8Array(1 + body.length);
    frame[0] = this.kind;
    frame.set(body, 1);
    return frame;
  }

  /** What `frame` carries, or why that cannot be said. Never throws. */
  decode(frame: Uint8Array): T | Malformed {
    if (frame[0] !== this.kind) return new Malformed(`not a ${this.name}`);
    const value = read(this.#body, frame.subarray(1));
    return value instanceof Malformed ? new Malformed(`${this.name}: ${value.detail}`) : value;
  }
}
