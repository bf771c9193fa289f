import { type LinkLimits, linkLimitsOf } from "../transport.ts";

/** Limits of a transport over sockets. */
export interface SocketLimits extends LinkLimits {
  /** How often one machine may call in a second, and at once. Default 5. */
  readonly callsPerSecondMax: number;
  /** Whether limits per machine do not hold for callers on this very one. Default true. */
  readonly loopbackExempt: boolean;
}

/**
 * The defaults with `changes` in place.
 * @throws RangeError when a limit is no positive integer, or the queue is too short for the longest frame.
 */
export function socketLimitsOf({ loopbackExempt = true, ...changes }: Partial<SocketLimits>): SocketLimits {
  const counts = { callsPerSecondMax: 5, ...changes };
  return { ...counts, ...linkLimitsOf(counts), loopbackExempt };
}
