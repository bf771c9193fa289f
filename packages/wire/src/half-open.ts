import { netgroup, splitAddress } from "./address.ts";
import type { Handshake } from "./handshake.ts";

/**
 * Accepted links that have not proved themselves. A full pool drops its *oldest*, never the newcomer: a stranger who
 * opens links and stays silent would shut everybody out otherwise. PROTOCOL.md §4.4.
 */
export class HalfOpen {
  readonly #max: number;
  readonly #perHostMax: number;
  readonly #handshakes = new Set<Handshake>(); // oldest first

  /** Holds at most `max` handshakes, and at most `perHostMax` from one public host. */
  constructor(max: number, perHostMax: number) {
    this.#max = max;
    this.#perHostMax = perHostMax;
  }

  get size(): number {
    return this.#handshakes.size;
  }

  /** Takes one in, dropping older ones over the limits. */
  add(handshake: Handshake): void {
    this.#handshakes.add(handshake);
    const { address } = handshake.link;
    if (netgroup(address) !== address)
      this.#dropOver(this.#perHostMax, this.#fromHost(splitAddress(address).host));
    this.#dropOver(this.#max, [...this.#handshakes]);
  }

  delete(handshake: Handshake): void {
    this.#handshakes.delete(handshake);
  }

  #fromHost(host: string): Handshake[] {
    return [...this.#handshakes].filter(({ link }) => splitAddress(link.address).host === host);
  }

  #dropOver(max: number, handshakes: readonly Handshake[]): void {
    for (const oldest of handshakes.slice(0, Math.max(0, handshakes.length - max))) {
      oldest.abort({ kind: "closed", detail: "too many links have not said HELLO" });
    }
  }
}
