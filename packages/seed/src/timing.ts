import { LEASE_TICKS } from "@p2p/consensus";

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
  readonly surveyMs: number;
  /** How long it may take a newcomer to answer at the address that it registers. Default: 4 000. */
  readonly dialBackMs: number;
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
  surveyMs: 10_000,
  dialBackMs: 4000,
};

/** Paces for networks whose round trips take a few milliseconds. */
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
  surveyMs: 2000,
  dialBackMs: 2000,
};
