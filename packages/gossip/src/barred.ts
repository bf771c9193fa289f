import type { PeerId } from "@p2p/identity";
import type { Clock } from "@p2p/wire";

/** How long a neighbour that forged stays away, in milliseconds. */
export const BARRED_MS: number = 10 * 60_000;
/** Most neighbours that are remembered for it; beyond, the one barred first is let in again. */
export const BARRED_MAX = 1024;

/** Who brought what no correct node would have passed on. */
export class Barred {
  readonly #clock: Clock;
  readonly #until = new Map<PeerId, number>(); // barred first, first

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(id: PeerId): void {
    this.#until.delete(id);
    if (this.#until.size >= BARRED_MAX) this.#until.delete(this.#until.keys().next().value as PeerId);
    this.#until.set(id, this.#clock.now() + BARRED_MS);
  }

  has(id: PeerId): boolean {
    const until = this.#until.get(id);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#until.delete(id);
    return false;
  }
}
