import type { Random } from "@p2p/wire";
import type { Span } from "./seeded-random.ts";

/** How frames fare on their way from one host to another. Every value holds for one direction. */
export interface Weather {
  /** Time from one end to the other, drawn for each frame; a later frame never overtakes. Default 10 to 50 ms. */
  readonly latency: Span;
  /**
   * Chance in [0, 1] that a segment of 1 460 bytes is lost. On an ordered link that is a delay: see
   * {@link retransmissionMs}. Default 0.
   */
  readonly loss: number;
  /** Chance in [0, 1] that a frame comes once more, later. Links promise otherwise; protocols should bear it. Default 0. */
  readonly duplicate: number;
  /** Chance in [0, 1] that a frame is held back, and later ones overtake it. As with duplicates. Default 0. */
  readonly reorder: number;
  /** How late a duplicated or reordered frame comes. Default 0 to 5 000 ms. */
  readonly late: Span;
}

export const FAIR_WEATHER: Weather = {
  latency: { minMs: 10, maxMs: 50 },
  loss: 0,
  duplicate: 0,
  reorder: 0,
  late: { minMs: 0, maxMs: 5000 },
};

/** @throws RangeError when a chance is outside [0, 1], or a span is negative or backwards. */
export function checkWeather(weather: Partial<Weather>): void {
  for (const chance of ["loss", "duplicate", "reorder"] as const) {
    const value = weather[chance] ?? 0;
    if (!(value >= 0 && value <= 1)) throw new RangeError(`${chance} is a chance from 0 to 1, not ${value}`);
  }
  for (const span of ["latency", "late"] as const) {
    const { minMs, maxMs } = weather[span] ?? FAIR_WEATHER[span];
    if (!(minMs >= 0 && maxMs >= minMs && maxMs < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`${span} is a span of milliseconds, not ${minMs} to ${maxMs}`);
    }
  }
}

/** Bytes that travel, and are lost, together. */
const SEGMENT_BYTES = 1460;
/** First wait for an acknowledgement, and the longest: it doubles in between. */
export const RETRANSMIT_FIRST_MS = 200;
export const RETRANSMIT_MAX_MS = 3000;

/**
 * How long lost segments hold up a frame of `bytes`: each round sends what the one before lost, after a wait of
 * 200 ms that doubles up to 3 s. Stops counting beyond `patienceMs`, when the sender has given up.
 */
export function retransmissionMs(bytes: number, loss: number, patienceMs: number, random: Random): number {
  if (loss === 0) return 0;
  let waitMs = RETRANSMIT_FIRST_MS;
  let delayMs = 0;
  let missing = lost(Math.ceil(bytes / SEGMENT_BYTES), loss, random);
  while (missing > 0 && delayMs <= patienceMs) {
    delayMs += waitMs;
    waitMs = Math.min(waitMs * 2, RETRANSMIT_MAX_MS);
    missing = lost(missing, loss, random);
  }
  return delayMs;
}

function lost(segments: number, loss: number, random: Random): number {
  let count = 0;
  for (let segment = 0; segment < segments; segment++) if (random.next() < loss) count += 1;
  return count;
}
