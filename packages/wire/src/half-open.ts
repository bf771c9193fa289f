import { type Address, machineOf, splitAddress } from "./address.ts";
import type { CloseReason } from "./transport.ts";

/** Places that only links from favoured hosts take, the newest of them, on top of the others. */
const FAVOURED_MAX = 64;

/** Somebody who called and has not proved who he is. */
export interface Stranger {
  readonly address: Address;
  /** Sends him away; he then leaves the pool by himself. */
  abort(reason: CloseReason): void;
}

/** How many strangers may stand at a door. */
export interface HalfOpenOptions {
  readonly max: number;
  /** The same from one machine that is not exempt. */
  readonly perHostMax: number;
  /** Which addresses the limit per host does not hold for. */
  readonly isExempt: (address: Address) => boolean;
  /** Hosts whose newest 64 strangers have places of their own. */
  readonly favoured: ReadonlySet<string>;
}

/**
 * Accepted connections that have not proved themselves. A full pool drops its *oldest*, never the newcomer: a stranger who
 * opens links and stays silent would shut everybody out otherwise. Favoured hosts have places of their own, so that
 * nobody shuts out the seeds. PROTOCOL.md §4.4.
 */
export class HalfOpen {
  readonly #options: HalfOpenOptions;
  readonly #strangers = new Set<Stranger>(); // oldest first

  constructor(options: HalfOpenOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#strangers.size;
  }

  /** Takes one in, dropping older ones over the limits. */
  add(stranger: Stranger): void {
    this.#strangers.add(stranger);
    const { max, perHostMax, isExempt, favoured } = this.#options;
    const isFavoured = ({ address }: Stranger): boolean => favoured.has(splitAddress(address).host);
    if (!isFavoured(stranger) && !isExempt(stranger.address)) {
      const machine = machineOf(stranger.address);
      this.#dropOver(
        perHostMax,
        this.#those(({ address }) => machineOf(address) === machine),
      );
    }
    const inPlacesOfTheirOwn = new Set(this.#those(isFavoured).slice(-FAVOURED_MAX));
    this.#dropOver(
      max,
      this.#those((one) => !inPlacesOfTheirOwn.has(one)),
    );
  }

  delete(stranger: Stranger): void {
    this.#strangers.delete(stranger);
  }

  #those(test: (stranger: Stranger) => boolean): Stranger[] {
    return [...this.#strangers].filter(test);
  }

  #dropOver(max: number, strangers: readonly Stranger[]): void {
    for (const oldest of strangers.slice(0, Math.max(0, strangers.length - max))) {
      oldest.abort({ kind: "closed", detail: "too many strangers at the door" });
    }
  }
}
