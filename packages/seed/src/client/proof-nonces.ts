import { NONCES_MAX } from "@p2p/consensus";
import { type PeerId, toHex } from "@p2p/identity";

/** Nonces that a proof of life answers besides one for each seed. */
const EXTRA = 8;

/**
 * What each seed showed in its last answer to a poll: first the nonce of the poll itself, then those of open cases.
 * Signing them is a proof of life. Holds one answer a seed.
 */
export class ProofNonces {
  readonly #max: number;
  readonly #shown = new Map<PeerId, readonly Uint8Array[]>();

  /** @param seeds how many there are: at most so many nonces and eight more are signed at a time. */
  constructor(seeds: number) {
    this.#max = Math.min(NONCES_MAX, seeds + EXTRA);
  }

  /** `seed` answered with these; what it showed before is answered or stale. */
  show(seed: PeerId, nonces: readonly Uint8Array[]): void {
    this.#shown.delete(seed); // set again behind the others: the last is then the newest
    if (nonces.length > 0) this.#shown.set(seed, nonces);
  }

  /** Drops them all: they were shown to another life. */
  clear(): void {
    this.#shown.clear();
  }

  /**
   * What to sign now, at most seeds + 8, none twice: everything that `reader` showed, if it is given; then the open
   * cases of other seeds, who get them forwarded; then their polls; newest answers first.
   */
  toSign(reader?: PeerId): readonly Uint8Array[] {
    const own = reader === undefined ? [] : (this.#shown.get(reader) ?? []);
    const others = [...this.#shown].filter(([seed]) => seed !== reader).map(([, nonces]) => nonces);
    others.reverse();
    const cases = others.flatMap((nonces) => nonces.slice(1));
    const polls = others.flatMap((nonces) => nonces.slice(0, 1));
    return distinct([...own, ...cases, ...polls]).slice(0, this.#max);
  }
}

function distinct(nonces: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(nonces.map((nonce) => [toHex(nonce), nonce])).values()];
}
