import type { Random } from "@p2p/wire";

/** From which part of its lease on, and until which, a peer renews it: drawn, since a whole network may start at once. */
const RENEWAL = { from: 0.4, to: 0.6 };

/** When a peer's lease is to be renewed, in quorum time. PROTOCOL.md §8.1, §10.7. */
export class Renewal {
  readonly #leaseTicks: number;
  readonly #random: Pick<Random, "next">;
  #atTick: number = Number.POSITIVE_INFINITY;

  /** @param leaseTicks for how many ticks an ADD lists a peer. */
  constructor(leaseTicks: number, random: Pick<Random, "next">) {
    this.#leaseTicks = leaseTicks;
    this.#random = random;
  }

  isDue(tick: number): boolean {
    return tick >= this.#atTick;
  }

  /** A lease has begun at `tick`: draws when it is renewed. */
  draw(tick: number): void {
    const part = RENEWAL.from + (RENEWAL.to - RENEWAL.from) * this.#random.next();
    this.#atTick = Math.ceil(tick + part * this.#leaseTicks);
  }

  /**
   * Others are the seeds since `tick`. What those before certified counts for half a lease yet, so it is renewed within a
   * quarter of one: the whole network has heard of the change.
   */
  hasten(tick: number): void {
    const latest = tick + 1 + Math.floor((this.#random.next() * this.#leaseTicks) / 4);
    this.#atTick = Math.min(this.#atTick, latest);
  }
}
