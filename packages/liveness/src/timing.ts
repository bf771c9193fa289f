/** How fast a node notices, in milliseconds unless said otherwise. PROTOCOL.md §6. */
export interface LivenessTiming {
  /** From one ping of a neighbour to the next, ± 10 %. */
  readonly pingIntervalMs: number;
  /** Shortest wait for the answer to a ping; in between it is four round trips. */
  readonly pingTimeoutMinMs: number;
  /** Longest wait for it, and how long the redial after a miss may take. */
  readonly pingTimeoutMaxMs: number;
  /** Misses in a row after which a neighbour is suspected: a count, at least 1. */
  readonly missesMax: number;
  /** How long this node, as a helper, looks for somebody else's suspect. Below `inquiryMs`. */
  readonly helperTimeoutMs: number;
  /** How long a suspect is looked for, by itself and through helpers, before it is accused. */
  readonly inquiryMs: number;
  /** The same for a monitor whom somebody else's accusation made look. */
  readonly monitorCheckMs: number;
  /** A helper that was asked about the same member so long ago says again what it found. */
  readonly repeatWithinMs: number;
  /** How long an accusation counts after it was received. */
  readonly accusationWindowMs: number;
  /** From one look at an accused member to the next, and so from one accusation to its repetition. */
  readonly reaccuseMs: number;
  /** Nobody is reported sooner after it was suspected: who restarts faster is not reported. */
  readonly confirmAfterMs: number;
  /** For how long nobody accuses a member that said goodbye to the network without leaving it. */
  readonly goodbyeMs: number;
}

/** The pace of the original assignment, and the default: a crash is reported in seconds, a silence in half a minute. */
export const ASSIGNMENT_TIMING: LivenessTiming = {
  pingIntervalMs: 13_000,
  pingTimeoutMinMs: 1000,
  pingTimeoutMaxMs: 4000,
  missesMax: 2,
  helperTimeoutMs: 2000,
  inquiryMs: 3000,
  monitorCheckMs: 4000,
  repeatWithinMs: 5000,
  accusationWindowMs: 60_000,
  reaccuseMs: 20_000,
  confirmAfterMs: 5000,
  goodbyeMs: 60_000,
};

/** For nodes that are near each other: everything in a few seconds. */
export const LAN_TIMING: LivenessTiming = {
  pingIntervalMs: 1000,
  pingTimeoutMinMs: 300,
  pingTimeoutMaxMs: 1000,
  missesMax: 2,
  helperTimeoutMs: 500,
  inquiryMs: 800,
  monitorCheckMs: 1000,
  repeatWithinMs: 500,
  accusationWindowMs: 20_000,
  reaccuseMs: 6000,
  confirmAfterMs: 1500,
  goodbyeMs: 20_000,
};

/**
 * `changes` on top of the default.
 * @throws RangeError when a value is not positive, or when two of them contradict each other.
 */
export function timingOf(changes: Partial<LivenessTiming> = {}): LivenessTiming {
  const timing = { ...ASSIGNMENT_TIMING, ...changes };
  for (const [name, value] of Object.entries(timing)) {
    if (!(value > 0 && value < 2 ** 31))
      throw new RangeError(`timing.${name} is not a positive number: ${value}`);
  }
  if (!Number.isInteger(timing.missesMax))
    throw new RangeError(`timing.missesMax is a count: ${timing.missesMax}`);
  mustNotExceed(timing, "pingTimeoutMinMs", "pingTimeoutMaxMs");
  mustNotExceed(timing, "pingTimeoutMaxMs", "pingIntervalMs");
  mustNotExceed(timing, "helperTimeoutMs", "inquiryMs");
  mustNotExceed(timing, "reaccuseMs", "accusationWindowMs");
  return timing;
}

function mustNotExceed(timing: LivenessTiming, less: keyof LivenessTiming, more: keyof LivenessTiming): void {
  if (timing[less] <= timing[more]) return;
  throw new RangeError(`timing.${less} (${timing[less]}) is above timing.${more} (${timing[more]})`);
}
