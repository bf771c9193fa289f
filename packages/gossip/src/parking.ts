import type { PeerId } from "@p2p/identity";
import type { Clock, Connection } from "@p2p/wire";
import type { Arrival, Batch } from "./batch.ts";
import { Shelf } from "./shelf.ts";

/** Most batches parked, most of them from one neighbour, and for how long each, in milliseconds. */
const PARKED_MAX = 64;
const PARKED_PER_LINK_MAX = 16;
const PARKED_LIFE_MS = 5000;

/** A batch of an origin that is not known yet, and the neighbours that brought it: each is asked about him once. */
export interface Parked {
  readonly arrival: Arrival;
  readonly bringers: Set<PeerId>;
}

/**
 * Where messages of unknown origin wait for news of membership: at most 64 for 5 s, at most 16 from one neighbour, so
 * that one who brings strangers' messages cannot keep everybody's newcomers waiting. PROTOCOL.md §7.4.
 */
export class Parking {
  readonly #shelf: Shelf<Parked>;

  /** @param lapsed gets each batch that nobody vouched for in time. */
  constructor(clock: Clock, lapsed: (arrival: Arrival) => void) {
    this.#shelf = new Shelf(clock, { max: PARKED_MAX, lifeMs: PARKED_LIFE_MS }, ({ arrival }) =>
      lapsed(arrival),
    );
  }

  get size(): number {
    return this.#shelf.size;
  }

  /** What stands there under that name. */
  find({ origin, incarnation, firstSequence }: Batch): Parked | undefined {
    return this.#shelf.find(
      ({ arrival: { batch } }) =>
        batch.firstSequence === firstSequence && batch.incarnation === incarnation && batch.origin === origin,
    );
  }

  /** Whether there is a place for one more from this neighbour. */
  hasRoomFor(from: Connection): boolean {
    if (this.#shelf.size >= PARKED_MAX) return false;
    return this.#shelf.count(({ arrival }) => arrival.from.id === from.id) < PARKED_PER_LINK_MAX;
  }

  /** Parks a batch whose signature was checked. */
  add(arrival: Arrival): void {
    this.#shelf.add({ arrival, bringers: new Set([arrival.from.id]) });
  }

  /** Takes out those of `origin` about whose incarnation something is known now. */
  release(origin: PeerId, isKnown: (incarnation: number) => boolean): Arrival[] {
    return this.#shelf
      .take(({ arrival: { batch } }) => batch.origin === origin && isKnown(batch.incarnation))
      .map(({ arrival }) => arrival);
  }

  clear(): void {
    this.#shelf.take();
  }
}
