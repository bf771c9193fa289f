import { Allowance, type Connection } from "@p2p/wire";

/** Words of one seed that are checked: at once, and in as many seconds as thousands. */
const OF_A_SEED = { max: 16_384, perMs: 16_384 };

/**
 * How many words of other seeds are checked, beside certificates: votes, words on a change of the seeds, evidence, edges.
 * Each costs a signature or two, and a seed that lies signs as many as it likes, all of them rightly. What is beyond is
 * passed over; votes and edges come again by an exchange, everything else is said again. PROTOCOL.md §9.1.
 */
export class WordBudget {
  readonly #ofASeed = new Allowance(OF_A_SEED);

  /** Whether to check `count` more that `from`, a seed, has said. @param now monotonic milliseconds. */
  take({ id }: Connection, now: number, count = 1): boolean {
    return this.#ofASeed.take(id, now, count);
  }
}
