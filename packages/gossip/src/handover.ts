import type { PeerId } from "@p2p/identity";
import type { Clock, Connection } from "@p2p/wire";

/** How soon a link has to end for what had been given to it to count as lost, and for how long it is owed then. */
const YOUNG_MS = 5000;
const OWED_LIFE_MS = 60_000;
/** Most neighbours that are owed something. */
const OWED_MAX = 64;

/**
 * What was held for the first link, until it is sure that this link lasts: of two that were dialled at once the far end
 * may never know one, and for whose link ended at once a better one may be still to come. At most 64 neighbours.
 */
export class Handover {
  readonly #clock: Clock;
  readonly #given = new WeakMap<Connection, readonly Uint8Array[]>();
  readonly #owed = new Map<PeerId, { readonly frames: readonly Uint8Array[]; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Frames were given to a link. */
  gave(connection: Connection, frames: readonly Uint8Array[]): void {
    this.#given.set(connection, frames);
  }

  /** What had been given to a link that is gone. */
  givenTo(connection: Connection): readonly Uint8Array[] {
    return this.#given.get(connection) ?? [];
  }

  /** A link ended without a successor. */
  lost(connection: Connection): void {
    const frames = this.givenTo(connection);
    const now = this.#clock.now();
    if (frames.length === 0 || now - connection.since >= YOUNG_MS || this.#owed.size >= OWED_MAX) return;
    this.#owed.set(connection.id, { frames, until: now + OWED_LIFE_MS });
  }

  /** Takes out what `id` is owed. */
  collect(id: PeerId): readonly Uint8Array[] {
    const owed = this.#owed.get(id);
    this.#owed.delete(id);
    return owed !== undefined && owed.until > this.#clock.now() ? owed.frames : [];
  }
}
