import { LEASE_TICKS } from "@p2p/consensus";
import { DELAY_MAX_MS } from "@p2p/wire";

/** The paces of a seed, in milliseconds where nothing else is said. PROTOCOL.md §11. */
export interface SeedTiming {
  /** Length of a tick of quorum time; the same for all seeds. Default: 60 000. */
  readonly tickMs: number;
  /** For how many ticks an ADD lists a peer; the same for everybody in the network. Default: 1 440, a day. */
  readonly leaseTicks: number;
  /** When a case looks at its victim, after its opening, together with witnesses. Default: 0, 7 000, 14 000. */
  readonly caseRoundsMs: readonly number[];
  /** How old a case must be before it may end in a vote. Default: 20 000. */
  readonly caseAgeMs: number;
  /** When a case looks while every look is answered with "refused"; it may vote after the last. Default: 0 to 8 000 by 2 000. */
  readonly caseLooksMs: readonly number[];
  /** After which time a case that came to nothing is given up. Default: 120 000. */
  readonly caseLifeMs: number;
  /** How long one look of this seed may take. Default: 4 000. */
  readonly probeMs: number;
  /** How long a witness may take to answer. Default: 6 000. */
  readonly witnessMs: number;
  /** After which time a vote for a removal is cast anew, after a fresh look. Default: 5 000. */
  readonly voteAgainMs: number;
  /** How long an accusation counts. Default: 60 000. */
  readonly accusationMs: number;
  /** After which time an accusation without a majority opens a case nonetheless. Default: 30 000. */
  readonly loneAccusationMs: number;
  /** Shortest time between two cases against one victim, unless monitors accuse it anew. Default: 60 000. */
  readonly auditPauseMs: number;
  /** How often each member is looked at without any reason. Default: 600 000. */
  readonly auditEveryMs: number;
  /** Longest pause between two polls of a peer; one that stays silent for 3·n pauses is looked at. Default: 10 000. */
  readonly pollMs: number;
  /** From which age on an edge makes its ends monitors of each other. Default: 60 000. */
  readonly edgeAgeMs: number;
  /** How often this seed compares itself with another one, ± 30 %. Default: 5 000. */
  readonly syncMs: number;
  /** How often this seed looks whether the overlay is in one part, ± 30 %; degrees are told every sixth time. Default: 10 000. */
  readonly chartMs: number;
  /** How long it may take a newcomer to answer at the address that it registers. Default: 4 000. */
  readonly dialBackMs: number;
  /** How long a newcomer waits for this seed's vote that wants a place which others want as well. Default: 3 000. */
  readonly contestMs: number;
  /** How long a seed that sees fewer than half of the members votes for no death. Default: 3 600 000. */
  readonly blindMs: number;
  /** The same where no more than two are listed. Default: 600 000. */
  readonly blindFewMs: number;
  /** How late this seed's own timer may be; beyond, all cases begin again. Default: 2 000. */
  readonly stallMs: number;
}

/** The paces of the assignment: the defaults. */
export const ASSIGNMENT_TIMING: SeedTiming = {
  tickMs: 60_000,
  leaseTicks: LEASE_TICKS,
  caseRoundsMs: [0, 7000, 14_000],
  caseAgeMs: 20_000,
  caseLooksMs: [0, 2000, 4000, 6000, 8000],
  caseLifeMs: 120_000,
  probeMs: 4000,
  witnessMs: 6000,
  voteAgainMs: 5000,
  accusationMs: 60_000,
  loneAccusationMs: 30_000,
  auditPauseMs: 60_000,
  auditEveryMs: 600_000,
  pollMs: 10_000,
  edgeAgeMs: 60_000,
  syncMs: 5000,
  chartMs: 10_000,
  dialBackMs: 4000,
  contestMs: 3000,
  blindMs: 3_600_000,
  blindFewMs: 600_000,
  stallMs: 2000,
};

/** Paces for networks whose round trips take a few milliseconds; their peers take the profile `LAN` of `@p2p/peer`. */
export const LAN_TIMING: SeedTiming = {
  tickMs: 20_000,
  leaseTicks: LEASE_TICKS,
  caseRoundsMs: [0, 1300, 2600],
  caseAgeMs: 4000,
  caseLooksMs: [0, 500, 1000, 1500, 2000],
  caseLifeMs: 30_000,
  probeMs: 700,
  witnessMs: 1200,
  voteAgainMs: 1000,
  accusationMs: 20_000,
  loneAccusationMs: 5000,
  auditPauseMs: 10_000,
  auditEveryMs: 120_000,
  pollMs: 2500,
  edgeAgeMs: 10_000,
  syncMs: 1000,
  chartMs: 2000,
  dialBackMs: 2000,
  contestMs: 1000,
  blindMs: 1_200_000,
  blindFewMs: 200_000,
  stallMs: 1000,
};

/**
 * `changes` on top of the default.
 * @throws RangeError when a value is no wait that a clock can do, when a schedule does not begin at 0 and rise, or when
 *   two values contradict each other.
 */
export function timingOf(changes: Partial<SeedTiming> = {}): SeedTiming {
  const timing = { ...ASSIGNMENT_TIMING, ...changes };
  for (const [name, value] of Object.entries<number | readonly number[]>({ ...timing })) {
    if (typeof value !== "number") mustBeSchedule(name, value);
    else if (!(value > 0 && value <= DELAY_MAX_MS))
      throw new RangeError(`timing.${name} is not a positive number: ${value}`);
  }
  mustExceed(timing, "caseLifeMs", timing.caseAgeMs, "caseAgeMs");
  mustExceed(timing, "caseAgeMs", timing.caseRoundsMs.at(-1) ?? 0, "the last of caseRoundsMs");
  mustExceed(timing, "caseLifeMs", timing.voteAgainMs, "voteAgainMs");
  return timing;
}

function mustBeSchedule(name: string, times: readonly number[]): void {
  const rises = times.every((at, index) => index === 0 || at > (times[index - 1] as number));
  if (times[0] !== 0 || !rises || !((times.at(-1) as number) <= DELAY_MAX_MS))
    throw new RangeError(`timing.${name} does not begin at 0 and rise: ${times.join(", ")}`);
}

function mustExceed(timing: SeedTiming, more: "caseLifeMs" | "caseAgeMs", less: number, name: string): void {
  if (timing[more] > less) return;
  throw new RangeError(`timing.${more} (${timing[more]}) is not above ${name} (${less})`);
}
