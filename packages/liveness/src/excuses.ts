import type { PeerId } from "@p2p/identity";
import type { Cancel, Clock } from "@p2p/wire";

/** Most members excused at a time; of more the newest are. */
const EXCUSES_MAX = 1024;

/** Who said goodbye lately: nobody accuses them for a while. */
export class Excuses {
  readonly #clock: Clock;
  readonly #spanMs: number;
  readonly #cancels = new Map<PeerId, Cancel>();

  /** @param spanMs how long an excuse lasts. */
  constructor(clock: Clock, spanMs: number) {
    this.#clock = clock;
    this.#spanMs = spanMs;
  }

  has(id: PeerId): boolean {
    return this.#cancels.has(id);
  }

  /** Excuses `id` from now on. @param lapsed runs when the time is up, unless the excuse was ended before. */
  excuse(id: PeerId, lapsed: () => void): void {
    this.end(id);
    if (this.#cancels.size >= EXCUSES_MAX) this.end(this.#cancels.keys().next().value as PeerId);
    const lapse = (): void => {
      this.#cancels.delete(id);
      lapsed();
    };
    this.#cancels.set(id, this.#clock.after(this.#spanMs, lapse));
  }

  end(id: PeerId): void {
    this.#cancels.get(id)?.();
    this.#cancels.delete(id);
  }

  stop(): void {
    for (const id of this.#cancels.keys()) this.end(id);
  }
}
