import type { Certificate, Report, SeedEntry, Vote } from "@p2p/consensus";
import type { P2PError, PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";
import type { RemovalReason } from "./removal-reason.ts";

/** One life of a peer, and where it can be dialled. */
export interface PeerNews {
  readonly peer: PeerId;
  readonly address: Address;
  readonly incarnation: number;
}

/**
 * Why a seed looks for a member: a majority of its monitors reports it, another seed looks for it, somebody accused it
 * and no majority followed, or it did not answer a look that needed no reason.
 */
export type CaseReason = "report" | "evidence" | "accusation" | "audit";

/**
 * How a case ended: the victim is alive; it was removed; another fact about it was certified; it has said that it will be
 * back soon; or there was neither life nor a quorum for as long as a case may last.
 */
export type CaseOutcome = "alive" | "removed" | "superseded" | "excused" | "undecided";

/** Votes of one seed for two contents of one fact: it is compromised, or runs twice, or has lost its disk. */
export interface DoubleVote {
  readonly kind: "double vote";
  readonly seed: PeerId;
  readonly votes: readonly [Vote, Vote];
}

/** Two statements that no honest seed, or no honest quorum, makes both. */
export type Misconduct =
  | DoubleVote
  | { readonly kind: "two certificates"; readonly certificates: readonly [Certificate, Certificate] };

/** What a seed tells whoever runs it. */
export interface SeedEvents {
  /**
   * Somebody holds this vote of this seed, which does not remember it: its disk was lost, or is an old copy. It votes for
   * nothing more in this run, lest it vote twice, and goes on answering questions. What helps is the disk as it was, or
   * a new key in a new configuration. Once.
   */
  forgotVotes: [vote: Vote];
  /** This seed has reached a newcomer and votes for it. */
  proposedAdd: [peer: PeerNews];
  /** A quorum has certified a member, or a new life of one. */
  added: [peer: PeerNews];
  /** This seed votes for a removal. */
  proposedRemove: [peer: PeerNews & { readonly reason: RemovalReason }];
  /** A member that this seed had listed is listed no longer: a quorum certified its removal, or its lease is over. */
  removed: [peer: PeerNews & { readonly reason: RemovalReason }];
  /** The list has as many members as it may have (`list.membersMax`): who is certified beyond is not listed here. Once a minute. */
  full: [news: { readonly members: number }];
  /** The operator's own rule (`admission.policy`) threw, and so refused a newcomer. Once a minute. */
  policyFailed: [news: { readonly error: unknown }];
  /** This seed will not vote for a registration. At most once a minute for each peer, and 60 times for all together. */
  refusedRegistration: [refusal: PeerNews & { readonly code: string; readonly detail: string }];
  /** A member handed in a valid report. At most once a minute for each victim. */
  reported: [news: { readonly report: Report; readonly from: PeerId; readonly hasMajority: boolean }];
  caseOpened: [news: PeerNews & { readonly reason: CaseReason }];
  caseClosed: [news: PeerNews & { readonly outcome: CaseOutcome }];
  /** A member that was looked for has proved that it lives. */
  refuted: [peer: PeerNews];
  /** This member accused three that proved that they live, each alone, within a day: for a day it is nobody's monitor. */
  muted: [news: { readonly accuser: PeerId }];
  /** Three accused this member, each alone, and it lives: for a day newcomers are not sent to it. Nothing else follows. */
  grey: [news: { readonly victim: PeerId }];
  /**
   * Operators propose another configuration. `isContested`: they propose more than one of this number, and the seeds'
   * votes may be split between them for ever.
   */
  configurationProposed: [
    news: { readonly number: number; readonly seeds: readonly SeedEntry[]; readonly isContested: boolean },
  ];
  /** Another configuration holds from now on: who is a seed now, who of them is new, who is none any more. */
  configurationChanged: [
    news: {
      readonly number: number;
      readonly seeds: readonly SeedEntry[];
      readonly added: readonly SeedEntry[];
      readonly removed: readonly SeedEntry[];
    },
  ];
  /** This seed is none any more: it votes for nothing from now on, and only tells who asks. It may be stopped. */
  superseded: [news: { readonly number: number }];
  /**
   * The seeds sign in a version of signed bytes that this release does not read: this one can follow no further until a
   * newer release is installed. Told each time that somebody brings the configuration.
   */
  outdated: [news: { readonly version: number }];
  /** This seed is in step with a quorum: from now on it votes, and its list is not stale. */
  fresh: [];
  /** Fewer than half of the members that were asked answer this seed: it votes for no death until it sees again. */
  blind: [news: { readonly answered: number; readonly asked: number }];
  /** It sees again. */
  sighted: [];
  /** Nothing of this process ran for so long: what it did not hear meanwhile counts for nothing, and all cases begin anew. */
  stalled: [news: { readonly forMs: number }];
  /** Somebody sent what cannot be true; it changed nothing. At most once a minute for each sender. */
  forged: [news: { readonly from: PeerId; readonly what: string; readonly detail: string }];
  /** Proof that seeds misbehaved: it was found here, or another seed has shown it. A double vote once for each seed. */
  evidence: [misconduct: Misconduct];
  /** Something could not be written: this seed abstains from what needed it. At most once a minute. */
  diskFailed: [error: P2PError];
}
