import { netgroup, splitAddress } from "./address.ts";
import type { Handshake } from "./handshake.ts";

/** Places that only links from favoured hosts take, the newest of them, on top of the others. */
const FAVOURED_MAX = 64;

/**
 * Accepted links that have not proved themselves. A full pool drops its *oldest*, never the newcomer: a stranger who
 * opens links and stays silent would shut everybody out otherwise. Favoured hosts have places of their own, so that
 * nobody shuts out the seeds. PROTOCOL.md §4.4.
 */
export class HalfOpen {
  readonly #max: number;
  readonly #perHostMax: number;
  readonly #favoured: ReadonlySet<string>;
  readonly #handshakes = new Set<Handshake>(); // oldest first

  /**
   * Holds at most `max` handshakes, at most `perHostMax` from one public host, and 64 more from the `favoured` hosts.
   */
  constructor(max: number, perHostMax: number, favoured: ReadonlySet<string>) {
    this.#max = max;
    this.#perHostMax = perHostMax;
    this.#favoured = favoured;
  }

  get size(): number {
    return this.#handshakes.size;
  }

  /** Takes one in, dropping older ones over the limits. */
  add(handshake: Handshake): void {
    this.#handshakes.add(handshake);
    const { address } = handshake.link;
    const isFavoured = (one: Handshake): boolean => this.#favoured.has(splitAddress(one.link.address).host);
    if (!isFavoured(handshake) && netgroup(address) !== address) {
      const { host } = splitAddress(address);
      this.#dropOver(
        this.#perHostMax,
        this.#those((one) => splitAddress(one.link.address).host === host),
      );
    }
    const inPlacesOfTheirOwn = new Set(this.#those(isFavoured).slice(-FAVOURED_MAX));
    this.#dropOver(
      this.#max,
      this.#those((one) => !inPlacesOfTheirOwn.has(one)),
    );
  }

  delete(handshake: Handshake): void {
    this.#handshakes.delete(handshake);
  }

  #those(test: (handshake: Handshake) => boolean): Handshake[] {
    return [...this.#handshakes].filter(test);
  }

  #dropOver(max: number, handshakes: readonly Handshake[]): void {
    for (const oldest of handshakes.slice(0, Math.max(0, handshakes.length - max))) {
      oldest.abort({ kind: "closed", detail: "too many links have not said HELLO" });
    }
  }
}
