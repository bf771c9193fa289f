import { LEASE_TICKS } from "@p2p/consensus";

/** How long things take at a peer's end of its conversation with the seeds, in milliseconds where nothing else is said. */
export interface ClientTiming {
  /** The seeds are polled in turn, one every {@link pollMinMs} to {@link pollMaxMs}; see {@link pollIntervalMs}. */
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  /** A registration is sent again after this, and after twice as long each time, up to {@link registerMaxMs}. */
  readonly registerMinMs: number;
  readonly registerMaxMs: number;
  /** How long a seed may take to answer a poll, or to send a page of its list, before its link counts as dead. */
  readonly answerTimeoutMs: number;
  /** How long a seed that could not say what it was asked (not fresh yet) is left alone before it is asked again. */
  readonly askAgainMs: number;
  /** How long a question for an electorate may stay open; then the peer's own view answers. */
  readonly electorateTimeoutMs: number;
  /** How long a leave waits for receipts. */
  readonly leaveTimeoutMs: number;
  /** How long a link stays that was made for a single errand. */
  readonly lingerMs: number;
  /** First pause before a seed that was not reached is dialled again; doubled each time up to {@link redialMaxMs}. */
  readonly redialMinMs: number;
  readonly redialMaxMs: number;
  /** While too few seeds are reachable, how often that is said. */
  readonly waitingEveryMs: number;
  /** How often a linked seed's whole list is read again, in case news got lost. */
  readonly listEveryMs: number;
  /** Fewest milliseconds between two incarnations; doubled for each beyond three an hour, up to ten minutes. */
  readonly rebirthMinMs: number;
  /** For how many ticks an ADD lists a peer, as the seeds have it; this one renews its own at half of it, ± 10 %. */
  readonly leaseTicks: number;
}

/** The default pace. */
export const ASSIGNMENT_TIMING: ClientTiming = {
  pollMinMs: 6000,
  pollMaxMs: 10_000,
  registerMinMs: 2000,
  registerMaxMs: 30_000,
  answerTimeoutMs: 4000,
  askAgainMs: 1000,
  electorateTimeoutMs: 1000,
  leaveTimeoutMs: 2000,
  lingerMs: 2000,
  redialMinMs: 500,
  redialMaxMs: 10_000,
  waitingEveryMs: 10_000,
  listEveryMs: 600_000,
  rebirthMinMs: 10_000,
  leaseTicks: LEASE_TICKS,
};

/** A faster pace, for networks whose round trips are below some 20 ms. */
export const LAN_TIMING: ClientTiming = {
  ...ASSIGNMENT_TIMING,
  pollMinMs: 1500,
  pollMaxMs: 2500,
  registerMinMs: 500,
  registerMaxMs: 5000,
  answerTimeoutMs: 1000,
  askAgainMs: 250,
  electorateTimeoutMs: 500,
  lingerMs: 500,
  redialMinMs: 250,
  redialMaxMs: 2000,
  waitingEveryMs: 2000,
  listEveryMs: 120_000,
  rebirthMinMs: 2000,
};

/** Polls that all members together send in a second, at most: with more members each polls less often. */
const POLLS_A_SECOND_MAX = 125;

/**
 * How long a peer waits before its next poll: from `pollMinMs` to `pollMaxMs`, stretched in proportion once `members`
 * / 125 seconds is longer than their mean.
 * @param draw a number in [0, 1).
 */
export function pollIntervalMs(
  { pollMinMs, pollMaxMs }: Pick<ClientTiming, "pollMinMs" | "pollMaxMs">,
  members: number,
  draw: number,
): number {
  const meanMs = (pollMinMs + pollMaxMs) / 2;
  const stretch = Math.max(1, ((members / POLLS_A_SECOND_MAX) * 1000) / meanMs);
  return (pollMinMs + draw * (pollMaxMs - pollMinMs)) * stretch;
}
