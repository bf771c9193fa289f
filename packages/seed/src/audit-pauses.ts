import type { PeerId } from "@p2p/identity";

/** How many times as long as the first the longest pause is. */
const LONGEST = 30;
/** Most victims remembered; beyond, the one least lately looked for is forgotten. */
const VICTIMS_MAX = 16_384;

interface Pause {
  /** When the last case was opened, by the monotonic clock. */
  readonly since: number;
  readonly pauseMs: number;
}

/**
 * How often a case without a majority may be opened against one member. Whoever only others can reach is looked for ever
 * more rarely: such cases keep many nodes busy, and somebody may want just that. Pure. PROTOCOL.md §9.4.
 */
export class AuditPauses {
  readonly #firstMs: number;
  readonly #pauses = new Map<PeerId, Pause>();

  /** @param firstMs shortest time between two cases; the longest is 30 times as long. */
  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  /** Whether a case may be opened now; then it counts as opened. */
  take(victim: PeerId, now: number): boolean {
    const held = this.#pauses.get(victim);
    if (held !== undefined && now - held.since < held.pauseMs) return false;
    this.opened(victim, now);
    return true;
  }

  /** A case was opened, with or without asking. */
  opened(victim: PeerId, now: number): void {
    this.#set(victim, { since: now, pauseMs: this.#pauses.get(victim)?.pauseMs ?? this.#firstMs });
  }

  /** A case ended with a proof of life: `isCarried` when others brought it and this seed reached nobody itself. */
  cleared(victim: PeerId, isCarried: boolean): void {
    const held = this.#pauses.get(victim);
    if (held === undefined) return;
    const pauseMs = isCarried ? Math.min(LONGEST * this.#firstMs, 2 * held.pauseMs) : this.#firstMs;
    this.#set(victim, { ...held, pauseMs });
  }

  #set(victim: PeerId, pause: Pause): void {
    this.#pauses.delete(victim); // set again behind all others
    if (this.#pauses.size >= VICTIMS_MAX) this.#pauses.delete(this.#pauses.keys().next().value as PeerId);
    this.#pauses.set(victim, pause);
  }
}
