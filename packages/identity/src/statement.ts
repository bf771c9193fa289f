import { ID_BYTES, keyOfPeerId, type PeerId } from "./peer-id.ts";

/**
 * What a signature may be about. A signed statement begins with its kind, so a signature of one kind is never
 * valid for another. Numbers are for ever. PROTOCOL.md §2.2.
 */
export const StatementKind = {
  hello: 1,
  registration: 2,
  vote: 3,
  leave: 4,
  alive: 5,
  accusation: 6,
  edge: 7,
  edgeEnd: 8,
  batch: 9,
  tick: 10,
  backSoon: 11,
  config: 12,
  seal: 13,
  iam: 14,
  invitation: 15,
  configVote: 18,
  ready: 19,
  voteKey: 20,
} as const;

export type StatementKind = (typeof StatementKind)[keyof typeof StatementKind];

/** Which clock a signed time was read from: 0, wall time in milliseconds; 1, ticks of quorum time. */
export const ClockKind = { wall: 0, tick: 1 } as const;

/** Hash that names a network: 32 bytes. Every signed statement carries it, so none is valid in another network. */
export type NetworkId = Uint8Array;

/** Versions of signed bytes there are: 1 to this. Which one votes and ticks are signed in, the seeds' configuration says. */
export const SIGNATURE_VERSION_MAX = 2;

const encoder = new TextEncoder();
/** By version, from 1 on. */
const PREFIXES: readonly Uint8Array[] = Array.from({ length: SIGNATURE_VERSION_MAX }, (_, index) =>
  encoder.encode(`p2p/${index + 1}`),
);

/**
 * Writes the bytes that a signature covers, field by field in the order PROTOCOL.md §2.2 fixes. This is the only
 * place where signed bytes are made. They are never msgpack, which has several forms for one value:
 * `"p2p/1"`, or of another version, ‖ u8 kind ‖ networkId (32 bytes) ‖ fields.
 */
export class Statement {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  /**
   * @param version of the bytes, so that nothing signed in one is valid in another. Default: 1.
   * @throws RangeError unless `networkId` is 32 bytes, and `version` one of those that there are.
   */
  constructor(kind: StatementKind, networkId: NetworkId, version = 1) {
    const prefix = PREFIXES[version - 1];
    if (prefix === undefined) throw new RangeError(`there is no version ${version} of signed bytes`);
    this.#append(prefix);
    this.u8(kind);
    this.bytes32(networkId);
  }

  /** @throws RangeError unless 0 ≤ `value` ≤ 255 is an integer. */
  u8(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new RangeError(`not a u8: ${value}`);
    this.#room(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  /** Big-endian. @throws RangeError unless `value` is an integer of 0 to 2^53 − 1. */
  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`not a safe unsigned integer: ${value}`);
    this.#room(8);
    const [high, low] = [Math.floor(value / 2 ** 32), value % 2 ** 32];
    for (const half of [high, low]) {
      for (let shift = 24; shift >= 0; shift -= 8) this.#bytes[this.#length++] = half >>> shift;
    }
    return this;
  }

  /** A wall time in milliseconds: u8 clock (0) ‖ u64. */
  wallTime(milliseconds: number): this {
    return this.u8(ClockKind.wall).u64(milliseconds);
  }

  /** A time in ticks that a quorum certified: u8 clock (1) ‖ u64. */
  tick(tick: number): this {
    return this.u8(ClockKind.tick).u64(tick);
  }

  /** The 32 bytes of a public key. */
  id(id: PeerId): this {
    return this.bytes32(keyOfPeerId(id));
  }

  /** 32 bytes as they are: a hash or a nonce. @throws RangeError at another length. */
  bytes32(bytes: Uint8Array): this {
    if (bytes.length !== ID_BYTES) throw new RangeError(`expected 32 bytes, got ${bytes.length}`);
    return this.#append(bytes);
  }

  /** UTF-8 behind its length in bytes as u16. @throws RangeError above 65 535 bytes. */
  text(text: string): this {
    return this.bytes(encoder.encode(text));
  }

  /** Bytes behind their length as u16. @throws RangeError above 65 535 bytes. */
  bytes(bytes: Uint8Array): this {
    if (bytes.length > 0xffff) throw new RangeError(`too long to sign: ${bytes.length} bytes`);
    return this.u8(bytes.length >> 8)
      .u8(bytes.length & 0xff)
      .#append(bytes);
  }

  /** The statement so far: a view of this object's own bytes, valid until the next field is written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #append(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #room(wanted: number): void {
    if (this.#length + wanted <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + wanted));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
