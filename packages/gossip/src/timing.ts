/** How long things take, in milliseconds. */
export interface GossipTiming {
  /** How often digests are exchanged with one neighbour, ± 30 %. 100 to 3 600 000. */
  readonly repairEveryMs: number;
  /** How long a message is kept for others after it was first heard anywhere. 1 000 to 86 400 000. */
  readonly storeLifeMs: number;
  /** With `order: "fifo"`, how long a message waits for those before it. 1 to 3 600 000. */
  readonly holdMs: number;
  /** How long a validator may take. 1 to 3 600 000. */
  readonly validateMs: number;
}

/** The default pace. */
export const ASSIGNMENT_TIMING: GossipTiming = {
  repairEveryMs: 10_000,
  storeLifeMs: 600_000,
  holdMs: 5000,
  validateMs: 5000,
};

/** A faster pace, for networks whose round trips take a few milliseconds. */
export const LAN_TIMING: GossipTiming = {
  repairEveryMs: 2000,
  storeLifeMs: 600_000,
  holdMs: 5000,
  validateMs: 2000,
};

const RANGES: Readonly<Record<keyof GossipTiming, readonly [min: number, max: number]>> = {
  repairEveryMs: [100, 3_600_000],
  storeLifeMs: [1000, 86_400_000],
  holdMs: [1, 3_600_000],
  validateMs: [1, 3_600_000],
};

/**
 * The default pace with `change` in place.
 * @throws RangeError on a value outside its range.
 */
export function timingOf(change: Partial<GossipTiming> = {}): GossipTiming {
  const timing = { ...ASSIGNMENT_TIMING, ...change };
  for (const [name, [min, max]] of Object.entries(RANGES)) {
    const value = timing[name as keyof GossipTiming];
    if (!(value >= min && value <= max))
      throw new RangeError(`${name} is not from ${min} to ${max}: ${value}`);
  }
  return timing;
}
