import type { Cancel, Clock } from "@p2p/wire";

/** Limits of a {@link Shelf}. */
export interface ShelfLimits {
  /** Most things on it. */
  readonly max: number;
  /** How long each may lie there, in milliseconds. */
  readonly lifeMs: number;
}

interface Lying<T> {
  readonly item: T;
  readonly endsAt: number;
}

/** Things that wait for something to happen: a few of them, not for long. One timer while there are any. */
export class Shelf<T> {
  readonly #clock: Clock;
  readonly #limits: ShelfLimits;
  readonly #lapsed: (item: T) => void;
  #lying: Lying<T>[] = []; // oldest first
  #cancel: Cancel | undefined;

  /** @param lapsed gets each thing whose time is over. */
  constructor(clock: Clock, limits: ShelfLimits, lapsed: (item: T) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#lapsed = lapsed;
  }

  get size(): number {
    return this.#lying.length;
  }

  /** Puts one on; false when there is no room. */
  add(item: T): boolean {
    if (this.#lying.length >= this.#limits.max) return false;
    this.#lying.push({ item, endsAt: this.#clock.now() + this.#limits.lifeMs });
    if (this.#cancel === undefined) this.#arm();
    return true;
  }

  /** The first that is `wanted`. Looks at all of them. */
  find(wanted: (item: T) => boolean): T | undefined {
    return this.#lying.find(({ item }) => wanted(item))?.item;
  }

  /** How many are `wanted`. Looks at all of them. */
  count(wanted: (item: T) => boolean): number {
    return this.#lying.reduce((count, { item }) => (wanted(item) ? count + 1 : count), 0);
  }

  /** Takes off all that are `wanted`, in the order they came. */
  take(wanted: (item: T) => boolean = () => true): T[] {
    const taken: T[] = [];
    this.#lying = this.#lying.filter((lying) => !wanted(lying.item) || !taken.push(lying.item));
    if (this.#lying.length === 0) this.#disarm();
    return taken;
  }

  #arm(): void {
    const oldest = this.#lying[0];
    this.#cancel =
      oldest && this.#clock.after(Math.max(0, oldest.endsAt - this.#clock.now()), () => this.#expire());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #expire(): void {
    const now = this.#clock.now();
    const live = this.#lying.findIndex(({ endsAt }) => endsAt > now);
    const over = this.#lying.splice(0, live === -1 ? this.#lying.length : live);
    this.#arm();
    for (const { item } of over) this.#lapsed(item);
  }
}
