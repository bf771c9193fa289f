/** How far gossip reached. */
export interface Reach {
  readonly messages: number;
  /** Members linked at publication and alive at the end, summed over the messages; the origin does not count. */
  readonly expected: number;
  /** How many of those got the message. */
  readonly deliveries: number;
  readonly percent: number;
  /** Deliveries of a message to a node that had it already. Has to be none. */
  readonly repeated: number;
}

interface Publication {
  readonly origin: string;
  readonly at: number;
  readonly audience: ReadonlySet<string>;
  readonly delivered: Map<string, number>;
}

/** How long an origin has to live after a publication for its message to count: it may die with it unsent. */
const HANDED_ON_MS = 1000;

/**
 * Counts what was published and what arrived. Nodes are named by run: a restarted process is somebody new, who was
 * not there when earlier messages were published.
 */
export class Deliveries {
  readonly #publications = new Map<string, Publication>();
  readonly #early = new Map<string, string[]>();
  readonly #ends = new Map<string, number>();

  /** @param audience the runs that have a neighbour at this moment. */
  published(message: string, origin: string, audience: Iterable<string>, at: number): void {
    const others = new Set(audience);
    others.delete(origin);
    this.#publications.set(message, { origin, at, audience: others, delivered: new Map() });
    for (const run of this.#early.get(message) ?? []) this.delivered(message, run);
    this.#early.delete(message);
  }

  delivered(message: string, run: string): void {
    const publication = this.#publications.get(message);
    if (publication) publication.delivered.set(run, (publication.delivered.get(run) ?? 0) + 1);
    // The receiver's notice may overtake the publisher's: they come from two processes.
    else this.#early.set(message, [...(this.#early.get(message) ?? []), run]);
  }

  /** The run is over, or was frozen: it is not asked for what it misses. */
  ended(run: string, at: number): void {
    if (!this.#ends.has(run)) this.#ends.set(run, at);
  }

  reach(): Reach {
    let [messages, expected, deliveries, repeated] = [0, 0, 0, 0];
    for (const publication of this.#publications.values()) {
      for (const count of publication.delivered.values()) repeated += count - 1;
      if (!this.#counts(publication)) continue;
      messages++;
      for (const run of publication.audience) {
        if (this.#ends.has(run)) continue;
        expected++;
        if (publication.delivered.has(run)) deliveries++;
      }
    }
    const percent = expected === 0 ? 0 : (deliveries / expected) * 100;
    return { messages, expected, deliveries, percent, repeated };
  }

  #counts({ origin, at }: Publication): boolean {
    const end = this.#ends.get(origin);
    return end === undefined || end - at >= HANDED_ON_MS;
  }
}
