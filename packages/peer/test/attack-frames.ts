import {
  type Accusation,
  accusation,
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
  type Vote,
  vote,
} from "@p2p/consensus";
import type { Edge, PeerId } from "@p2p/identity";
import {
  type Address,
  address,
  bytes32,
  type Field,
  FrameType,
  flag,
  integer,
  Kind,
  list,
  optional,
  peerId,
  record,
  signature,
  text,
  word,
} from "@p2p/wire";

// The frames between peers and seeds, as whoever writes a node of his own would define them from PROTOCOL.md.

interface Edges {
  readonly made: readonly Edge[];
  readonly ended: readonly Edge[];
}

/** A vote with what it votes on. */
export interface VoteNews {
  readonly vote: Vote;
  readonly registration: Registration | undefined;
  readonly leave: Leave | undefined;
}

interface SyncDelta {
  readonly buckets: readonly number[];
  readonly certificates: readonly Certificate[];
  readonly votes: readonly VoteNews[];
  readonly edges: Edges;
  readonly answer: boolean;
  readonly last: boolean;
  readonly more: boolean;
  readonly fresh: boolean;
}

const incarnation = integer(0, 2 ** 52 - 1);

const edge: Field<Edge> = record({
  a: peerId,
  incarnationA: incarnation,
  b: peerId,
  incarnationB: incarnation,
  owner: peerId,
  since: integer(),
  until: integer(),
  signatureA: signature,
  signatureB: signature,
});
const edges: Field<Edges> = record({ made: list(edge, 64), ended: list(edge, 64) });
const voteNews: Field<VoteNews> = record({
  vote,
  registration: optional(registration),
  leave: optional(leave),
});

export const REGISTER: FrameType<{ readonly registration: Registration }> = new FrameType(
  Kind.register,
  "REGISTER",
  record({ registration }),
);
export const REGISTER_ANSWER: FrameType<{
  readonly incarnation: number;
  readonly outcome: "pending" | "held" | "rejected";
  readonly code: string;
  readonly detail: string;
}> = new FrameType(
  Kind.registerAnswer,
  "REGISTER_ANSWER",
  record({ incarnation, outcome: word("pending", "held", "rejected"), code: text(32), detail: text(512) }),
);
export const LIST_ASK: FrameType<{ readonly after: PeerId | undefined }> = new FrameType(
  Kind.listAsk,
  "LIST_ASK",
  record({ after: optional(peerId) }),
);
export const LIST: FrameType<{
  readonly certificates: readonly Certificate[];
  readonly next: PeerId | undefined;
  readonly fresh: boolean;
}> = new FrameType(
  Kind.list,
  "LIST",
  record({ certificates: list(certificate, 64), next: optional(peerId), fresh: flag }),
);
export const POLL: FrameType<{ readonly incarnation: number; readonly proof: ProofOfLife | undefined }> =
  new FrameType(Kind.poll, "POLL", record({ incarnation, proof: optional(proofOfLife) }));
export const STATUS: FrameType<{
  readonly certificate: Certificate | undefined;
  readonly nonces: readonly Uint8Array[];
  readonly fresh: boolean;
}> = new FrameType(
  Kind.status,
  "STATUS",
  record({ certificate: optional(certificate), nonces: list(bytes32, 8), fresh: flag }),
);
export const EDGES: FrameType<Edges> = new FrameType(Kind.edge, "EDGES", edges);
export const REPORT: FrameType<{ readonly report: Report }> = new FrameType(
  Kind.report,
  "REPORT",
  record({ report }),
);
export const ELECTORATE_ASK: FrameType<{ readonly victim: PeerId }> = new FrameType(
  Kind.electorateAsk,
  "ELECTORATE_ASK",
  record({ victim: peerId }),
);
export const LEAVE: FrameType<{ readonly leave: Leave }> = new FrameType(
  Kind.leave,
  "LEAVE",
  record({ leave }),
);
export const CERTIFICATE_ASK: FrameType<{ readonly peer: PeerId }> = new FrameType(
  Kind.certificateAsk,
  "CERTIFICATE_ASK",
  record({ peer: peerId }),
);

// Between seeds.

export const VOTE: FrameType<VoteNews> = new FrameType(Kind.vote, "VOTE", voteNews);
export const RELAY: FrameType<{ readonly registration: Registration; readonly address: Address }> =
  new FrameType(Kind.relay, "RELAY", record({ registration, address }));
export const EVIDENCE: FrameType<{
  readonly victim: PeerId;
  readonly incarnation: number;
  readonly nonce: Uint8Array;
  readonly accusations: readonly Accusation[];
}> = new FrameType(
  Kind.evidence,
  "EVIDENCE",
  record({ victim: peerId, incarnation, nonce: bytes32, accusations: list(accusation, ELECTORATE_MAX) }),
);
export const SYNC: FrameType<{ readonly buckets: readonly Uint8Array[]; readonly fresh: boolean }> =
  new FrameType(Kind.sync, "SYNC", record({ buckets: list(bytes32, 256), fresh: flag }));
export const SYNC_DELTA: FrameType<SyncDelta> = new FrameType(
  Kind.syncDelta,
  "SYNC_DELTA",
  record({
    buckets: list(integer(0, 255), 256),
    certificates: list(certificate, 64),
    votes: list(voteNews, 64),
    edges,
    answer: flag,
    last: flag,
    more: flag,
    fresh: flag,
  }),
);
