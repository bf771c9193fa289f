import { FIRST_INCARNATION_LIMIT, INCARNATION_STEP_MAX } from "@p2p/consensus";

/** What a peer knows when it chooses its next incarnation. */
export interface IncarnationClues {
  /** The last one that it announced itself, as its disk has it. */
  readonly last: number | undefined;
  /** The highest certified one of its key, be it an ADD or a REMOVE. */
  readonly certified: number | undefined;
  /** Milliseconds since 1970, as the machine believes. */
  readonly wallTime: number;
}

/**
 * The next incarnation: above the last and the highest certified one, else the Unix time in seconds. A clock that is
 * off by centuries is not believed, since seeds would not either.
 */
export function nextIncarnation({ last, certified, wallTime }: IncarnationClues): number {
  const seconds = Math.max(0, Math.floor(wallTime / 1000));
  const limit = certified === undefined ? FIRST_INCARNATION_LIMIT - 1 : certified + INCARNATION_STEP_MAX;
  return Math.max((last ?? -1) + 1, (certified ?? -1) + 1, Math.min(seconds, limit));
}

const HOUR_MS = 3_600_000;
const FREE_AN_HOUR = 3;
const PAUSE_MAX_MS = 600_000;

/** How fast a peer may take new incarnations, lest two nodes of one key chase each other for ever. */
export class RebirthPace {
  readonly #minMs: number;
  /** Monotonic times of births within the last hour, oldest first; the oldest go beyond 64. */
  #births: number[] = [];

  /** @param minMs fewest milliseconds between two; doubled for each beyond three an hour, up to ten minutes. */
  constructor(minMs: number) {
    this.#minMs = minMs;
  }

  /** A new incarnation was taken. */
  born(now: number): void {
    this.#births = [...this.#births.filter((at) => now - at < HOUR_MS), now].slice(-64);
  }

  /** How long the next one has to wait, in milliseconds. */
  waitMs(now: number): number {
    const newest = this.#births.at(-1);
    if (newest === undefined) return 0;
    const lately = this.#births.filter((at) => now - at < HOUR_MS).length;
    const pauseMs = Math.min(PAUSE_MAX_MS, this.#minMs * 2 ** Math.max(0, lately - FREE_AN_HOUR));
    return Math.max(0, newest + pauseMs - now);
  }
}
