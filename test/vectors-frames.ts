import {
  ACCUSE,
  ALIVE,
  BACK_SOON,
  CERTIFICATES,
  CHAIN,
  CHAIN_ASK,
  PROBE,
  TESTIMONY,
  TICK,
  WITNESS,
} from "../packages/consensus/src/index.ts";
import { BATCH, DIGEST, DIGEST_ANSWER, REPAIR, type RunSummary, WANT } from "../packages/gossip/src/index.ts";
import { PING, PONG } from "../packages/liveness/src/index.ts";
import { DEGREE, DEGREE_ASK, EDGE_END, EDGE_OFFER, EDGE_SIGNED } from "../packages/overlay/src/index.ts";
import {
  BUMP,
  CERTIFICATE_ASK,
  CONFIG_VOTE,
  DOUBLE_VOTE,
  EDGES,
  ELECTORATE,
  ELECTORATE_ASK,
  EVIDENCE,
  LEAVE,
  LEAVE_RECEIPT,
  LIST,
  LIST_ASK,
  OVERLAY_HINT,
  POLL,
  PROPOSE,
  PROPOSE_ANSWER,
  READY,
  REGISTER,
  REGISTER_ANSWER,
  RELAY,
  REPORT,
  SEAL,
  STATUS,
  SYNC,
  SYNC_DELTA,
  TICK_VOTE,
  VOTE,
  VOTE_KEY,
  VOTE_KEY_ASK,
} from "../packages/seed/src/frames.ts";
import {
  type FrameType,
  GOODBYE,
  HELLO,
  HELLO_ACK,
  IAM,
  parseAddress,
  REFUSED,
  WHO,
} from "../packages/wire/src/index.ts";
import {
  added,
  addition,
  annaBackSoon,
  annaLeave,
  annaProof,
  annaRegistration,
  announcement,
  batch,
  benAccusation,
  benRegistration,
  configuration,
  configVotes,
  departure,
  edge,
  ended,
  joint,
  LIFE,
  memberOf,
  nonceOf,
  operated,
  proposal,
  ready,
  removal,
  removed,
  seal,
  signers,
  terms,
  tick,
  tickVotes,
  voteOf,
} from "./vectors-cast.ts";
import { dialled, introduction } from "./vectors-handshake.ts";

/** A frame of one type, and what it carries. */
export interface Example {
  readonly type: FrameType<unknown>;
  readonly body: unknown;
}

const { anna, ben, seed1 } = signers;
const none = undefined;
const nonces = [nonceOf("nonce 1"), nonceOf("nonce 2")];
const nonce = nonceOf("nonce 1");
const addVote = {
  vote: voteOf(seed1, added, 3, 1),
  registration: annaRegistration,
  leave: none,
};
const leaveVote = {
  vote: voteOf(seed1, removed, 11, 2),
  registration: none,
  leave: annaLeave,
};

/** Every kind of frame at least once, in the order of their numbers. */
export const examples: readonly Example[] = [
  example(HELLO, dialled.hello),
  example(HELLO_ACK, dialled.ack),
  example(REFUSED, { code: "full", detail: "no place left", network: none }),
  example(REFUSED, { code: "network", detail: "another network", network: configuration.network }),
  example(REFUSED, { code: "network", detail: "another network", network: operated.network }),
  example(GOODBYE, { scope: "node", detail: "stopping" }),
  example(WHO, { nonce: introduction.nonce }),
  example(IAM, introduction.iam),

  example(PROBE, { peer: anna.id, nonces }),
  example(ALIVE, { proof: annaProof }),
  example(WITNESS, { victim: anna.id, incarnation: LIFE, nonces }),
  example(TESTIMONY, { victim: anna.id, incarnation: LIFE, outcome: "refused", ageMs: 0, proof: none }),
  example(TESTIMONY, { victim: anna.id, incarnation: LIFE, outcome: "alive", ageMs: 1250, proof: annaProof }),
  example(ACCUSE, { accusation: benAccusation, nonce }),
  example(PING, { sequence: 1 }),
  example(PONG, { sequence: 1 }),

  example(BATCH, batch),
  example(DIGEST, { round: 1, scope: "all", runs: [summary(9, [])] }),
  example(DIGEST, { round: 2, scope: "news", runs: [summary(1500, [5, 2, 300])] }),
  example(DIGEST_ANSWER, { round: 1, runs: [summary(5000, [1])] }),
  example(WANT, { round: 1, runs: [summary(70, [1, 1, 60]), summary(0, [])] }),
  example(REPAIR, { ageMs: 12_345 }),

  example(DEGREE_ASK, {}),
  example(DEGREE, { edges: [edge] }),
  example(EDGE_OFFER, { terms, signature: edge.signatureB, degreeSeen: 4 }),
  example(EDGE_SIGNED, { edge }),
  example(EDGE_END, { terms, signature: ended.signatureA }),

  example(REGISTER, { registration: annaRegistration }),
  example(REGISTER, { registration: benRegistration }),
  example(REGISTER_ANSWER, { incarnation: LIFE, outcome: "pending", code: "", detail: "" }),
  example(REGISTER_ANSWER, {
    incarnation: LIFE,
    outcome: "rejected",
    code: "unreachable",
    detail: "nobody answered as this peer at 192.0.2.7:7001 within 4000 ms",
  }),
  example(CERTIFICATES, { certificates: [addition] }),
  example(CERTIFICATES, { certificates: [removal] }),
  example(CERTIFICATES, { certificates: [departure, removal] }),
  example(CERTIFICATE_ASK, { peer: anna.id }),
  example(LIST_ASK, { after: none, wanted: [] }),
  example(LIST_ASK, { after: anna.id, wanted: [anna.id] }),
  example(LIST, { members: [], certificates: [addition], next: none, fresh: true, grey: [] }),
  example(LIST, {
    members: [{ peer: anna.id, incarnation: addition.fact.incarnation }],
    certificates: [removal],
    next: anna.id,
    fresh: false,
    grey: [anna.id],
  }),
  example(LIST, { members: [], certificates: [departure], next: none, fresh: true, grey: [] }),
  example(POLL, { incarnation: LIFE, proof: none }),
  example(POLL, { incarnation: LIFE, proof: annaProof }),
  example(STATUS, { certificate: none, nonces: [nonce], fresh: false }),
  example(STATUS, { certificate: addition, nonces, fresh: true }),
  example(STATUS, { certificate: departure, nonces: [nonce], fresh: true }),
  example(EDGES, { made: [edge], ended: [] }),
  example(EDGES, { made: [], ended: [ended] }),
  example(REPORT, { report: { victim: anna.id, incarnation: LIFE, accusations: [benAccusation] } }),
  example(ELECTORATE_ASK, { victim: anna.id }),
  example(ELECTORATE, { victim: anna.id, monitors: [ben.id, memberOf("member 1")].toSorted() }),
  example(LEAVE, { leave: annaLeave }),
  example(LEAVE_RECEIPT, { incarnation: LIFE }),
  example(OVERLAY_HINT, { partner: addition, degrees: [] }),
  example(OVERLAY_HINT, { partner: none, degrees: [0, 0, 5, 3, 0, 1] }),
  example(BACK_SOON, { backSoon: annaBackSoon }),
  example(TICK, tick),
  example(BUMP, { vote: leaveVote.vote }),
  example(CHAIN_ASK, { after: 0 }),
  example(CHAIN, { newest: 1, certificates: [joint] }),
  example(VOTE_KEY_ASK, { number: 1 }),
  example(VOTE_KEY, announcement),
  example(PROPOSE, { proposal }),
  example(PROPOSE_ANSWER, { number: 1, outcome: "taken", detail: "" }),

  example(VOTE, addVote),
  example(VOTE, leaveVote),
  example(RELAY, { registration: annaRegistration, address: parseAddress("192.0.2.7:7001") }),
  example(EVIDENCE, { victim: anna.id, incarnation: LIFE, nonce, accusations: [benAccusation] }),
  example(SYNC, { buckets: [nonceOf("bucket 0"), nonceOf("bucket 1")], fresh: true }),
  example(SYNC_DELTA, {
    buckets: [9, 73],
    certificates: [addition],
    votes: [leaveVote],
    edges: { made: [edge], ended: [ended] },
    yours: leaveVote.vote,
    answer: false,
    last: true,
    more: false,
    fresh: true,
  }),
  example(SYNC_DELTA, {
    buckets: [9],
    certificates: [departure],
    votes: [addVote],
    edges: { made: [], ended: [] },
    yours: undefined,
    answer: true,
    last: true,
    more: false,
    fresh: true,
  }),
  example(TICK_VOTE, tickVotes[0]),
  example(DOUBLE_VOTE, {
    first: addVote.vote,
    second: voteOf(seed1, { ...added, digest: nonceOf("another digest") }, 3, 2),
  }),
  example(READY, ready),
  example(CONFIG_VOTE, configVotes.old),
  example(SEAL, seal),
];

function summary(highest: number, stretches: readonly number[]): RunSummary {
  return { origin: batch.origin, incarnation: batch.incarnation, highest, stretches };
}

function example<T>(type: FrameType<T>, body: T): Example {
  return { type, body };
}
