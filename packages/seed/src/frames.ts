import {
  type Accusation,
  accusation,
  CERTIFICATES_A_FRAME,
  type Certificate,
  certificate,
  ELECTORATE_MAX,
  type Leave,
  leave,
  type ProofOfLife,
  proofOfLife,
  type Registration,
  type Report,
  registration,
  report,
  type TickVote,
  tickVote,
  type Vote,
  vote,
} from "@p2p/consensus";
import type { Edge, PeerId } from "@p2p/identity";
import {
  type Address,
  address,
  bytes32,
  edge,
  type Field,
  FrameType,
  flag,
  incarnation,
  integer,
  Kind,
  list,
  optional,
  peerId,
  record,
  text,
  word,
} from "@p2p/wire";

/** Members on a page of the list. */
export const LISTED_A_FRAME = 256;
/** Edges, ends of edges, votes or registrations in one frame. */
export const ITEMS_A_FRAME = 64;
/** Longest code, and reason, in an answer to a registration, in bytes. */
export const CODE_BYTES_MAX = 32;
export const DETAIL_BYTES_MAX = 512;
/** Nonces that a seed shows in one answer to a poll. */
export const NONCES_A_POLL = 8;

const edges: Field<Edges> = record({ made: list(edge, ITEMS_A_FRAME), ended: list(edge, ITEMS_A_FRAME) });

// ---- between a peer and a seed (PROTOCOL.md §8) --------------------------------------------------------------

/** "Make me a member." Sent again until a certificate answers it. */
export interface Register {
  readonly registration: Registration;
}

/** What a seed says to a registration it has not certified (yet). A certified one is answered with CERTIFICATES. */
export interface RegisterAnswer {
  readonly incarnation: number;
  /** `pending`: being looked at. `held`: the seed is not fresh and will look at it later. `rejected`: it never will. */
  readonly outcome: "pending" | "held" | "rejected";
  /**
   * With `rejected`: `unreachable`, `conflict`, `implausible`, `signature`, `full`, `address`, `uninvited`, `work`, `quota`,
   * or what the operator's own rule says; with `pending`: nothing, or `rate`, and the peer has to ask again.
   */
  readonly code: string;
  /** The same as a sentence, with what would help. */
  readonly detail: string;
}

/** Asks for a page of the Peer List: the members whose ids come after `after`; and for what is certified about some. */
export interface ListAsk {
  readonly after: PeerId | undefined;
  /** Whom the asker does not know, or not in the life that was listed: at most {@link CERTIFICATES_A_FRAME}. */
  readonly wanted: readonly PeerId[];
}

/** A member in a list: who, and in which life. The proof of it is asked for by whoever does not hold it. */
export interface Listed {
  readonly peer: PeerId;
  readonly incarnation: number;
}

/** A page of the Peer List in ascending order of ids. */
export interface List {
  /** At most {@link LISTED_A_FRAME}. */
  readonly members: readonly Listed[];
  /** What is certified about those that were wanted, as far as anything is. */
  readonly certificates: readonly Certificate[];
  /** Ask on after this id; nil on the last page. */
  readonly next: PeerId | undefined;
  /** Whether the seed has synced with a quorum since it started; else its list may be stale. */
  readonly fresh: boolean;
  /** Members on this page that newcomers had better not choose: they answer seeds, and their neighbours often not. */
  readonly grey: readonly PeerId[];
}

/** "How do I stand?", and the answer to the nonces that seeds showed before: the poll is a proof of life. */
export interface Poll {
  readonly incarnation: number;
  /** Signs the newest nonces of every seed's last answer; nil when there are none yet. */
  readonly proof: ProofOfLife | undefined;
}

/** The answer to a poll. */
export interface Status {
  /** The certified fact of highest rank about the asker. */
  readonly certificate: Certificate | undefined;
  /** To be signed in the next poll: one for the poll itself, and those of open cases against the asker. */
  readonly nonces: readonly Uint8Array[];
  readonly fresh: boolean;
}

/** Edges that were made or renewed, and edges that both ends ended: these are signed over the statement of an end. */
export interface Edges {
  readonly made: readonly Edge[];
  readonly ended: readonly Edge[];
}

/** A level-1 majority's word: makes each seed look for itself. */
export interface ReportNews {
  readonly report: Report;
}

/** "Who watches over `victim`?" */
export interface ElectorateAsk {
  readonly victim: PeerId;
}

export interface Electorate {
  readonly victim: PeerId;
  readonly monitors: readonly PeerId[];
}

/** A peer's own wish to be removed. */
export interface LeaveNews {
  readonly leave: Leave;
}

/** A seed's word that it has voted for a leave, or holds its certificate. */
export interface LeaveReceipt {
  readonly incarnation: number;
}

/** "I once voted you out, and hear you now": that vote is still good for a certificate, against this life. */
export interface Bump {
  readonly vote: Vote;
}

/** Asks whoever may hold it for the certified fact about `peer`. Also between peers. Answered with CERTIFICATES. */
export interface CertificateAsk {
  readonly peer: PeerId;
}

export const REGISTER: FrameType<Register> = new FrameType(
  Kind.register,
  "REGISTER",
  record({ registration }),
);

export const REGISTER_ANSWER: FrameType<RegisterAnswer> = new FrameType(
  Kind.registerAnswer,
  "REGISTER_ANSWER",
  record({
    incarnation,
    outcome: word("pending", "held", "rejected"),
    code: text(CODE_BYTES_MAX),
    detail: text(DETAIL_BYTES_MAX),
  }),
);

export const LIST_ASK: FrameType<ListAsk> = new FrameType(
  Kind.listAsk,
  "LIST_ASK",
  record({ after: optional(peerId), wanted: list(peerId, CERTIFICATES_A_FRAME) }),
);

export const LIST: FrameType<List> = new FrameType(
  Kind.list,
  "LIST",
  record({
    members: list(record({ peer: peerId, incarnation }), LISTED_A_FRAME),
    certificates: list(certificate, CERTIFICATES_A_FRAME),
    next: optional(peerId),
    fresh: flag,
    grey: list(peerId, LISTED_A_FRAME),
  }),
);

export const POLL: FrameType<Poll> = new FrameType(
  Kind.poll,
  "POLL",
  record({ incarnation, proof: optional(proofOfLife) }),
);

export const STATUS: FrameType<Status> = new FrameType(
  Kind.status,
  "STATUS",
  record({ certificate: optional(certificate), nonces: list(bytes32, NONCES_A_POLL), fresh: flag }),
);

export const EDGES: FrameType<Edges> = new FrameType(Kind.edge, "EDGES", edges);

export const REPORT: FrameType<ReportNews> = new FrameType(Kind.report, "REPORT", record({ report }));

export const ELECTORATE_ASK: FrameType<ElectorateAsk> = new FrameType(
  Kind.electorateAsk,
  "ELECTORATE_ASK",
  record({ victim: peerId }),
);

export const ELECTORATE: FrameType<Electorate> = new FrameType(
  Kind.electorate,
  "ELECTORATE",
  record({ victim: peerId, monitors: list(peerId, ELECTORATE_MAX) }),
);

export const LEAVE: FrameType<LeaveNews> = new FrameType(Kind.leave, "LEAVE", record({ leave }));

export const LEAVE_RECEIPT: FrameType<LeaveReceipt> = new FrameType(
  Kind.leaveReceipt,
  "LEAVE_RECEIPT",
  record({ incarnation }),
);

export const BUMP: FrameType<Bump> = new FrameType(Kind.bump, "BUMP", record({ vote }));

export const CERTIFICATE_ASK: FrameType<CertificateAsk> = new FrameType(
  Kind.certificateAsk,
  "CERTIFICATE_ASK",
  record({ peer: peerId }),
);

export * from "./change-frames.ts";
export { OVERLAY_HINT, type OverlayHint } from "./overlay-hint.ts";

// ---- between seeds (PROTOCOL.md §9) --------------------------------------------------------------------------

/** A vote with what it votes on, because votes overtake proposals. */
export interface VoteNews {
  readonly vote: Vote;
  /** With an ADD. */
  readonly registration: Registration | undefined;
  /** With a REMOVE that the peer asked for itself. */
  readonly leave: Leave | undefined;
}

/** A registration that the sender has dialled back: everybody may look for himself now. */
export interface Relay {
  readonly registration: Registration;
  /** Where the sender saw the peer come from; for display. */
  readonly address: Address;
}

/**
 * Why a case was opened, and the nonce that clears it. Whoever hears of a case opens one of his own on this evidence,
 * never on a vote. An audit has one accusation or none.
 */
export interface Evidence {
  readonly victim: PeerId;
  readonly incarnation: number;
  /** The sender's case nonce: a proof of life that answers it belongs to the sender. */
  readonly nonce: Uint8Array;
  readonly accusations: readonly Accusation[];
}

/** Opens an exchange: hashes of the sender's buckets. */
export interface Sync {
  /** One for each bucket of certificates, then one for each bucket of edges. */
  readonly buckets: readonly Uint8Array[];
  readonly fresh: boolean;
}

/** What the other one lacks, as far as its hashes tell; in as many frames as it takes. */
export interface SyncDelta {
  /** Buckets in which the two differ. The opener answers with its own certificates of these. */
  readonly buckets: readonly number[];
  readonly certificates: readonly Certificate[];
  /** The sender's own votes that are not certified yet. */
  readonly votes: readonly VoteNews[];
  readonly edges: Edges;
  /** The newest vote of the receiver that the sender has seen; in one frame of each side. */
  readonly yours: Vote | undefined;
  /** True in the opener's answer, which nobody answers. */
  readonly answer: boolean;
  /** Whether this is the last frame of the exchange from this side. */
  readonly last: boolean;
  /** With `last`: whether further buckets differ, so that another exchange has to follow at once. */
  readonly more: boolean;
  readonly fresh: boolean;
}

/** Hashes in one SYNC. */
const BUCKETS_MAX = 256;

/** A {@link VoteNews} on the wire and on disk: `[vote, registration, leave]`. */
export const voteNews: Field<VoteNews> = record({
  vote,
  registration: optional(registration),
  leave: optional(leave),
});

export const VOTE: FrameType<VoteNews> = new FrameType(Kind.vote, "VOTE", voteNews);

/** Two votes of one seed that no honest seed casts both. PROTOCOL.md §9.10. */
export const DOUBLE_VOTE: FrameType<{ readonly first: Vote; readonly second: Vote }> = new FrameType(
  Kind.doubleVote,
  "DOUBLE_VOTE",
  record({ first: vote, second: vote }),
);

export const RELAY: FrameType<Relay> = new FrameType(Kind.relay, "RELAY", record({ registration, address }));

export const EVIDENCE: FrameType<Evidence> = new FrameType(
  Kind.evidence,
  "EVIDENCE",
  record({ victim: peerId, incarnation, nonce: bytes32, accusations: list(accusation, ELECTORATE_MAX) }),
);

export const SYNC: FrameType<Sync> = new FrameType(
  Kind.sync,
  "SYNC",
  record({ buckets: list(bytes32, BUCKETS_MAX), fresh: flag }),
);

export const SYNC_DELTA: FrameType<SyncDelta> = new FrameType(
  Kind.syncDelta,
  "SYNC_DELTA",
  record({
    buckets: list(integer(0, BUCKETS_MAX - 1), BUCKETS_MAX),
    certificates: list(certificate, CERTIFICATES_A_FRAME),
    votes: list(voteNews, ITEMS_A_FRAME),
    edges,
    yours: optional(vote),
    answer: flag,
    last: flag,
    more: flag,
    fresh: flag,
  }),
);
/** A seed's word that the next tick has come; sent again until it is certified. PROTOCOL.md §9.6. */
export const TICK_VOTE: FrameType<TickVote> = new FrameType(Kind.tickVote, "TICK_VOTE", tickVote);
