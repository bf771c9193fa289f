import { Allowance, type Connection } from "@p2p/wire";

/** For one peer: at once, and within some seconds. */
const OF_A_PEER = { max: 512, perMs: 5120 };
/** For all peers together. */
const OF_PEERS = { max: 2048, perMs: 5120, askersMax: 1 };
/** For one seed: as many as a long list has, since one that starts is told all of it. */
const OF_A_SEED = { max: 32_768, perMs: 32_768 };

/**
 * How many certificates are checked: each costs up to n + 1 signatures, and forging one costs nothing. What is beyond is
 * passed over, and comes again by an exchange between seeds. PROTOCOL.md §10.5.
 */
export class CertificateBudget {
  readonly #ofAPeer = new Allowance(OF_A_PEER);
  readonly #ofPeers = new Allowance(OF_PEERS);
  readonly #ofASeed = new Allowance(OF_A_SEED);

  /** Whether to check one more that `from` has brought. @param now monotonic milliseconds. */
  take({ id, remote }: Connection, now: number): boolean {
    if (remote.role === "seed") return this.#ofASeed.take(id, now);
    return this.#ofAPeer.take(id, now) && this.#ofPeers.take("", now);
  }
}
