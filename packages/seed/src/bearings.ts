import type { Council } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { SeedTiming } from "./timing.ts";

/** When a quorum was met the last time while it was this tick here. */
interface Fix {
  readonly tick: number;
  readonly at: number;
}

/** In how many ticks' time a meeting tells something: see {@link Bearings}. */
const TICKS_LATER = 3;
/** For how many lengths of a tick it is good, beside three intervals between exchanges, which is what one may take. */
const GOOD_FOR_TICKS = 4.5;

/**
 * Whether a seed knows how old its tick is. A certificate of a tick says that it is so late at least, and not since when:
 * it may be from last week. So a seed keeps in mind when it met a quorum, by exchanges with all of them. Nobody of these
 * held a later tick than it did itself, so no honest seed held one two higher. What is certified from tick t − 1 on is
 * then younger than a meeting in tick t − 3. PROTOCOL.md §9.6.
 *
 * Keeps a time for each seed, and one for each of a few ticks.
 */
export class Bearings {
  readonly #council: Pick<Council, "has" | "quorum">;
  readonly #self: PeerId;
  readonly #goodForMs: number;
  readonly #metAt = new Map<PeerId, number>();
  #fixes: Fix[] = [];

  /** @param self meets itself all the time, where it is a seed. */
  constructor(
    council: Pick<Council, "has" | "quorum">,
    self: PeerId,
    { tickMs, syncMs }: Pick<SeedTiming, "tickMs" | "syncMs">,
  ) {
    this.#council = council;
    this.#self = self;
    this.#goodForMs = GOOD_FOR_TICKS * tickMs + 3 * syncMs;
  }

  /**
   * An exchange with `seed` has ended: what it held is no later than what this seed holds by now.
   * @param at when this seed had the last word in it. Not when the end came: that can be held up on its way for as long as
   *   somebody likes, and tells nothing of the time until then.
   */
  met(seed: PeerId, at: number): void {
    if (this.#council.has(seed)) this.#metAt.set(seed, Math.max(at, this.#metAt.get(seed) ?? at));
  }

  /** This seed goes from one tick to a later one. */
  pass(from: number, to: number, now: number): void {
    const at = this.#quorumMetAt(now);
    if (at !== undefined) this.#fixes.push({ tick: from, at });
    // Of all that are of use from now on, the last is the best.
    const useful = this.#fixes.findLastIndex(({ tick }) => tick <= to - TICKS_LATER);
    this.#fixes = this.#fixes.slice(Math.max(0, useful));
  }

  /** Whether all that any honest seed said in `tick`, which is held now, or in the one before is young. */
  know(tick: number, now: number): boolean {
    const fix = this.#fixes.findLast((each) => each.tick <= tick - TICKS_LATER);
    return fix !== undefined && now - fix.at <= this.#goodForMs;
  }

  /** Other seeds decide from now on. */
  forget(): void {
    this.#metAt.clear();
    this.#fixes = [];
  }

  /** Since when so many were met that they are a quorum. */
  #quorumMetAt(now: number): number | undefined {
    const times = this.#council.has(this.#self) ? [now] : [];
    for (const [seed, at] of this.#metAt) if (seed !== this.#self) times.push(at);
    return times.toSorted((a, b) => b - a)[this.#council.quorum - 1];
  }
}
