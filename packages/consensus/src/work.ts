import { concatBytes, keyOfPeerId, type NetworkId, type PeerId, sha256, u64Bytes } from "@p2p/identity";
import type { Address } from "@p2p/wire";

/** Most bits of work that may be asked for: at half a million hashes a second more than thirty take hours. */
export const WORK_BITS_MAX = 30;

const LABEL = new TextEncoder().encode("p2p/1 work");
const encoder = new TextEncoder();

/** What work is done for: one key at one address in one network. */
export interface WorkTerms {
  readonly peer: PeerId;
  readonly address: Address;
}

/** How many bits of work `pow` is worth there: how many zeros a hash over it begins with. One hash. PROTOCOL.md §8.6. */
export function workBitsOf(terms: WorkTerms, pow: Uint8Array, networkId: NetworkId): number {
  return zerosOf(sha256(concatBytes([preimage(terms, networkId), pow])));
}

/** Looks for a `pow` that is worth so many bits, some tries at a time, so that its caller can do other things between. */
export class WorkSearch {
  readonly #preimage: Uint8Array;
  readonly #bits: number;
  #next = 0;

  /** @throws RangeError unless `bits` is a whole number of 0 to {@link WORK_BITS_MAX}. */
  constructor(terms: WorkTerms, bits: number, networkId: NetworkId) {
    if (!Number.isInteger(bits) || bits < 0 || bits > WORK_BITS_MAX)
      throw new RangeError(`bits of work are a whole number of 0 to ${WORK_BITS_MAX}, not ${bits}`);
    this.#preimage = preimage(terms, networkId);
    this.#bits = bits;
  }

  /** Makes at most `tries` further tries: 2^bits take it as a mean. @returns 8 bytes, once they are found. */
  try(tries: number): Uint8Array | undefined {
    for (const end = this.#next + tries; this.#next < end; this.#next++) {
      const pow = u64Bytes(this.#next);
      if (zerosOf(sha256(concatBytes([this.#preimage, pow]))) >= this.#bits) return pow;
    }
    return undefined;
  }
}

function preimage({ peer, address }: WorkTerms, networkId: NetworkId): Uint8Array {
  const host = encoder.encode(address);
  const length = Uint8Array.of(host.length >> 8, host.length & 0xff);
  return concatBytes([LABEL, networkId, keyOfPeerId(peer), length, host]);
}

function zerosOf(hash: Uint8Array): number {
  const place = hash.findIndex((byte) => byte !== 0);
  return place === -1 ? 8 * hash.length : 8 * place + Math.clz32(hash[place] as number) - 24;
}
