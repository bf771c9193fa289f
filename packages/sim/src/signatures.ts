import {
  createSigner,
  type PeerId,
  peerIdFromKey,
  SIGNATURE_BYTES,
  type Signer,
  sameBytes,
  type Verifier,
  verifier,
} from "@p2p/identity";
import { Fingerprint } from "./fingerprint.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Who signs and checks in a world. */
export interface Signatures {
  readonly verifier: Verifier;
  /** The signer whose key follows from 32 secret bytes alone. */
  signer(secret: Uint8Array): Signer;
}

/**
 * Real Ed25519, each signature made once and checked at most once in the world: a message that a thousand hosts check
 * costs one check. What this world's own signers signed needs none.
 */
export class MemoisedSignatures implements Signatures {
  readonly #signed: Memo<Uint8Array>;
  readonly #checked: Memo<boolean>;
  readonly verifier: Verifier = { verify: (id, bytes, signature) => this.#verify(id, bytes, signature) };

  /** @param remembered how many signatures and checks are kept: this many at least, twice as many at most, of each. */
  constructor(remembered: number) {
    this.#signed = new Memo(remembered);
    this.#checked = new Memo(remembered);
  }

  signer(secret: Uint8Array): Signer {
    const signer = createSigner(secret);
    return { id: signer.id, sign: (bytes) => this.#sign(signer, bytes) };
  }

  #sign(signer: Signer, bytes: Uint8Array): Uint8Array {
    const words = new Fingerprint(1).text(signer.id).bytes(bytes).words();
    const known = this.#signed.get(words);
    if (known !== undefined) return known.slice();
    const signature = Uint8Array.from(signer.sign(bytes));
    this.#signed.set(words, signature);
    this.#checked.set(check(signer.id, bytes, signature), true);
    return signature.slice();
  }

  #verify(id: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean {
    const words = check(id, bytes, signature);
    const known = this.#checked.get(words);
    if (known !== undefined) return known;
    const isValid = verifier.verify(id, bytes, signature);
    this.#checked.set(words, isValid);
    return isValid;
  }
}

/**
 * A keyed hash in the place of signatures: a thousandth of the cost, for worlds of a thousand hosts. Any change to id,
 * bytes or signature makes it invalid; but whoever computes the hash can forge it, so it is for worlds only.
 */
export class HashedSignatures implements Signatures {
  readonly #key: number;
  readonly verifier: Verifier = {
    verify: (id, bytes, signature) => sameBytes(signature, this.#hash(id, bytes)),
  };

  constructor(random: SeededRandom) {
    this.#key = Math.floor(random.next() * 2 ** 32);
  }

  signer(secret: Uint8Array): Signer {
    const id = peerIdFromKey(secret);
    return { id, sign: (bytes) => this.#hash(id, bytes) };
  }

  #hash(id: PeerId, bytes: Uint8Array): Uint8Array {
    const signature = new Uint8Array(SIGNATURE_BYTES);
    const fingerprint = new Fingerprint(this.#key).text(id).bytes(bytes);
    for (let at = 0; at < SIGNATURE_BYTES; at += 4) {
      if (at % 16 === 0) fingerprint.number(at);
      const word = fingerprint.words()[(at >> 2) & 3] as number;
      for (let part = 0; part < 4; part++) signature[at + part] = word >>> (8 * part);
    }
    return signature;
  }
}

type Words = readonly [number, number, number, number];

/** Remembers by 128-bit hashes: at least the last `size`, at most twice that. */
class Memo<V> {
  readonly #size: number;
  #recent = new Map<number, { readonly proof: number; readonly value: V }>();
  #older = this.#recent;

  constructor(size: number) {
    this.#size = size;
  }

  get(words: Words): V | undefined {
    const key = wide(words[0], words[1]);
    const entry = this.#recent.get(key) ?? this.#older.get(key);
    return entry?.proof === wide(words[2], words[3]) ? entry.value : undefined;
  }

  set(words: Words, value: V): void {
    if (this.#recent.size >= this.#size) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(wide(words[0], words[1]), { proof: wide(words[2], words[3]), value });
  }
}

/** Two words as one number, of which 53 bits count. */
function wide(high: number, low: number): number {
  return (high >>> 11) * 2 ** 32 + low;
}

function check(id: PeerId, bytes: Uint8Array, signature: Uint8Array): Words {
  return new Fingerprint(2).text(id).bytes(bytes).bytes(signature).words();
}
