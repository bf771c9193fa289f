import type { PeerId } from "@p2p/identity";
import type { Clock } from "./clock.ts";

/**
 * What a node can be proved to have done, by bytes that came over its own link: nobody is blamed for what it could not
 * know, for what others do, for being slow, or for where it lives. PROTOCOL.md §4.8.
 *
 * - `forged`: a signature is wrong that a correct node makes, or checks before it passes it on.
 * - `malformed`: a frame that its kind cannot be read from, or that contradicts itself.
 * - `oversize`: a frame longer than any may be, or an empty one.
 * - `rejected`: the application has judged what it brought, by rules that all nodes share.
 * - `unfollowed`: it offered what it then did not give, though it was asked and gave nothing else.
 * - `excess`: more of a kind than a correct node says on one link.
 */
export type Offence = "forged" | "malformed" | "oversize" | "rejected" | "unfollowed" | "excess";

/** What each offence counts. Where a slip of a correct node can be thought of, it takes many of them. */
export const BLAME_POINTS: Readonly<Record<Offence, number>> = {
  forged: 100,
  malformed: 100,
  oversize: 100,
  rejected: 100,
  unfollowed: 20,
  excess: 1,
};

/** Whoever comes to so many points is barred. */
export const BARRED_AT = 100;

/** Longest detail that is kept, and told to others, in UTF-16 units. */
const DETAIL_MAX = 128;

/** Why somebody is barred, and until when. */
export interface Bar {
  /** What came last. */
  readonly offence: Offence;
  /** The same as a sentence, at most 128 characters. */
  readonly detail: string;
  /** Monotonic milliseconds. */
  readonly until: number;
}

/** Limits of a {@link BlameLedger}. */
export interface BlameLimits {
  /** In what time half of somebody's points are forgiven, in milliseconds. Default 300 000. */
  readonly blameHalfLifeMs: number;
  /** How long somebody stays barred, in milliseconds. Default 600 000. */
  readonly barMs: number;
  /**
   * Most keys that are remembered as barred, and as blamed; beyond, the one barred or blamed longest ago is forgotten.
   * Default 1 024 each.
   */
  readonly blamedMax: number;
}

interface Score {
  readonly points: number;
  readonly at: number;
}

/**
 * Who did what: points for each proved key, which decay, and the keys that came to a hundred. It knows no addresses, so
 * nobody is blamed for a neighbour behind the same one.
 */
export class BlameLedger {
  readonly #clock: Clock;
  readonly #limits: BlameLimits;
  readonly #scores = new Map<PeerId, Score>(); // blamed last, last
  readonly #bars = new Map<PeerId, Bar>(); // barred last, last

  /** @throws RangeError when a limit is not positive. */
  constructor(clock: Clock, limits: BlameLimits) {
    const { blameHalfLifeMs, barMs, blamedMax } = limits;
    for (const [name, value] of Object.entries({ blameHalfLifeMs, barMs, blamedMax }))
      if (!(value > 0)) throw new RangeError(`${name} is not positive: ${value}`);
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many keys are remembered: at most twice {@link BlameLimits.blamedMax}. */
  get size(): number {
    return this.#scores.size + this.#bars.size;
  }

  /**
   * Writes down what `id` did, and bars it if that is what it comes to.
   * @returns the points against it, this offence included: {@link BARRED_AT} or more bar it.
   */
  charge(id: PeerId, offence: Offence, detail: string): number {
    const now = this.#clock.now();
    const points = this.pointsOf(id) + BLAME_POINTS[offence];
    this.#scores.delete(id);
    if (points < BARRED_AT) this.#keep(this.#scores, id, { points, at: now });
    else {
      const until = now + this.#limits.barMs;
      this.#keep(this.#bars, id, { offence, detail: detail.slice(0, DETAIL_MAX), until });
    }
    return points;
  }

  /** The points against `id` that are left. Who is barred begins anew. */
  pointsOf(id: PeerId): number {
    const score = this.#scores.get(id);
    if (score === undefined) return 0;
    return score.points * 0.5 ** ((this.#clock.now() - score.at) / this.#limits.blameHalfLifeMs);
  }

  /** Why `id` is barred, if it is. */
  barOf(id: PeerId): Bar | undefined {
    const bar = this.#bars.get(id);
    if (bar === undefined || this.#clock.now() < bar.until) return bar;
    this.#bars.delete(id);
    return undefined;
  }

  #keep<T>(map: Map<PeerId, T>, id: PeerId, entry: T): void {
    map.delete(id);
    if (map.size >= this.#limits.blamedMax) map.delete(map.keys().next().value as PeerId);
    map.set(id, entry);
  }
}
