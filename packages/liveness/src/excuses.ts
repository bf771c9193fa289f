import type { PeerId } from "@p2p/identity";
import type { Cancel, Clock } from "@p2p/wire";

/** Most members excused at a time; of more the newest are. */
const EXCUSES_MAX = 1024;

interface Excuse {
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly cancel: Cancel;
}

/** Who said goodbye lately: nobody accuses them for a while. */
export class Excuses {
  readonly #clock: Clock;
  readonly #spanMs: number;
  readonly #excuses = new Map<PeerId, Excuse>();

  /** @param spanMs how long an excuse lasts, unless it says so itself. */
  constructor(clock: Clock, spanMs: number) {
    this.#clock = clock;
    this.#spanMs = spanMs;
  }

  has(id: PeerId): boolean {
    return this.#excuses.has(id);
  }

  /**
   * Excuses `id` for `spanMs` from now on, or for longer if it is excused for longer already.
   * @param lapsed runs when the time is up, unless the excuse was ended before.
   */
  excuse(id: PeerId, lapsed: () => void, spanMs: number = this.#spanMs): void {
    const now = this.#clock.now();
    const until = Math.max(now + spanMs, this.#excuses.get(id)?.until ?? 0);
    this.end(id);
    if (this.#excuses.size >= EXCUSES_MAX) this.end(this.#excuses.keys().next().value as PeerId);
    const lapse = (): void => {
      this.#excuses.delete(id);
      lapsed();
    };
    this.#excuses.set(id, { until, cancel: this.#clock.after(until - now, lapse) });
  }

  end(id: PeerId): void {
    this.#excuses.get(id)?.cancel();
    this.#excuses.delete(id);
  }

  stop(): void {
    for (const id of this.#excuses.keys()) this.end(id);
  }
}
