import {
  accusationStatement,
  backSoonStatement,
  type ConfigurationVote,
  configurationStatement,
  configurationVoteStatement,
  leaveStatement,
  proofOfLifeStatement,
  type Registration,
  readyStatement,
  registrationStatement,
  sealStatement,
  signTick,
  signVote,
  type TickVote,
  tickStatement,
  type Vote,
  voteKeyStatement,
  voteStatement,
} from "../packages/consensus/src/index.ts";
import { batchStatement } from "../packages/gossip/src/index.ts";
import {
  edgeEndStatement,
  edgeStatement,
  type Invitation,
  invitationStatement,
  readInvitation,
  type Signer,
  StatementKind,
  sha256,
} from "../packages/identity/src/index.ts";
import {
  addition,
  annaBackSoon,
  annaLeave,
  annaProof,
  annaRegistration,
  annaToken,
  announcement,
  batch,
  benAccusation,
  benRegistration,
  configVotes,
  edge,
  ended,
  networkId,
  next,
  operated,
  operatorSigned,
  ready,
  removal,
  seal,
  seed1Next,
  signers,
  terms,
  tickVotes,
} from "./vectors-cast.ts";
import { accepted, dialled, introduction, unbound } from "./vectors-handshake.ts";

/** A statement: its fields as PROTOCOL.md §2.2 names them, the bytes they make, and whose signature over these. */
export interface Statement {
  readonly kind: StatementKind;
  readonly networkId: Uint8Array;
  readonly fields: object;
  readonly bytes: Uint8Array;
  readonly signer: Signer;
  readonly signature: Uint8Array;
  /** Of signed bytes. Default: 1. */
  readonly version?: number;
}

const Kind = StatementKind;
const { anna, ben, seed1, seed2 } = signers;
const configured = { cfg: next.cfg, signature: operatorSigned.signature };
const tickVote = tickVotes[0] as TickVote;

/** Under {@link next}, which is in the second version: a vote, and a tick. */
const later: readonly Statement[] = [voteInVersion2(), tickInVersion2()];

/** Every kind that is in use, in the order of their numbers. */
export const statements: readonly Statement[] = [
  hello(dialled, accepted, anna),
  hello(accepted, dialled, ben),
  hello(dialled, accepted, anna, unbound),
  registered(annaRegistration, anna),
  registered(benRegistration, ben),
  voted(addition.votes[0] as Vote, seed1),
  voted(removal.votes[0] as Vote, seed2),
  ...later.slice(0, 1),
  statement(Kind.leave, annaLeave, leaveStatement(annaLeave, networkId), anna),
  statement(Kind.alive, annaProof, proofOfLifeStatement(annaProof, networkId), anna),
  statement(Kind.accusation, benAccusation, accusationStatement(benAccusation, networkId), ben),
  linked(Kind.edge, edge.signatureA, anna),
  linked(Kind.edge, edge.signatureB, ben),
  linked(Kind.edgeEnd, ended.signatureA, anna),
  linked(Kind.edgeEnd, ended.signatureB, ben),
  batched(),
  statement(Kind.tick, tickVote, tickStatement(tickVote, networkId), seed1),
  ...later.slice(1),
  statement(Kind.backSoon, annaBackSoon, backSoonStatement(annaBackSoon, networkId), anna),
  ofChange(Kind.config, configured, configurationStatement(next), ben),
  ofChange(Kind.seal, seal, sealStatement(seal, operated.networkId), seed1),
  introduced(),
  invited(),
  changed(configVotes.old, seed1),
  changed(configVotes.new, seed1Next),
  ofChange(Kind.ready, ready, readyStatement(ready, operated.networkId), seed1Next),
  ofChange(Kind.voteKey, announcement, voteKeyStatement(announcement, operated.networkId), seed1),
];

function statement(
  kind: StatementKind,
  { signature, ...fields }: { readonly signature: Uint8Array },
  bytes: Uint8Array,
  signer: Signer,
): Statement {
  return { kind, networkId, fields, bytes: Uint8Array.from(bytes), signer, signature };
}

function hello(
  own: typeof dialled,
  other: typeof dialled,
  signer: Signer,
  bytes: Uint8Array = own.statement,
): Statement {
  const channel = bytes === unbound ? new Uint8Array(32) : own.channel.binding;
  const fields = { own: sha256(own.helloFrame), other: sha256(other.helloFrame), channel };
  return statement(Kind.hello, { ...fields, signature: signer.sign(bytes) }, bytes, signer);
}

function registered(given: Registration, signer: Signer): Statement {
  const { token = new Uint8Array(0), pow = new Uint8Array(0) } = given;
  const bytes = registrationStatement(given, networkId);
  return statement(Kind.registration, { ...given, token, pow } as Registration, bytes, signer);
}

function voted(vote: Vote, signer: Signer): Statement {
  const { cfg, fact, tick, counter, seed, signature } = vote;
  const { peer, incarnation, digest } = fact;
  const code = fact.kind === "add" ? 1 : 2;
  const fields = { cfg, fact: code, peer, incarnation, digest, tick, counter, seed, signature };
  return statement(Kind.vote, fields, voteStatement(vote, networkId), signer);
}

function voteInVersion2(): Statement {
  const { fact } = removal;
  const terms = { cfg: next.cfg, fact, tick: 30, counter: 1, seed: seed1.id };
  const vote = signVote(terms, operated.networkId, seed1Next, next.version);
  const bytes = voteStatement(terms, operated.networkId, next.version);
  const { fields } = voted(vote, seed1Next);
  return { ...ofChange(Kind.vote, { ...fields, signature: vote.signature }, bytes, seed1Next), version: 2 };
}

function tickInVersion2(): Statement {
  const vote = signTick(30, next, seed1Next, seed1.id);
  const bytes = tickStatement(vote, operated.networkId, next.version);
  return { ...ofChange(Kind.tick, vote, bytes, seed1Next), version: 2 };
}

function linked(
  kind: typeof Kind.edge | typeof Kind.edgeEnd,
  signature: Uint8Array,
  signer: Signer,
): Statement {
  const bytes = kind === Kind.edge ? edgeStatement(terms, networkId) : edgeEndStatement(terms, networkId);
  return statement(kind, { ...terms, signature }, bytes, signer);
}

function batched(): Statement {
  const { payloads, ...header } = batch;
  const { origin, incarnation, firstSequence, at, signature } = header;
  const hashes = payloads.map((payload) => sha256(payload));
  const fields = { origin, incarnation, firstSequence, at, hashes, signature };
  return statement(Kind.batch, fields, batchStatement(batch, networkId), anna);
}

function introduced(): Statement {
  const { nonce, iam } = introduction;
  const fields = { nonce, seeds: iam.seeds, signature: iam.signature };
  return { ...statement(Kind.iam, fields, introduction.statement, seed1), networkId: new Uint8Array(32) };
}

/** In the network that has operators. */
function ofChange(...parts: Parameters<typeof statement>): Statement {
  return { ...statement(...parts), networkId: operated.networkId };
}

function changed(vote: ConfigurationVote, signer: Signer): Statement {
  const { cfg, side, tick, seed, signature } = vote;
  const fields = { cfg, side: side === "old" ? 1 : 2, tick, seed, signature };
  return ofChange(Kind.configVote, fields, configurationVoteStatement(vote, operated.networkId), signer);
}

function invited(): Statement {
  const { inviter, peer, untilTick, signature } = readInvitation(annaToken) as Invitation;
  const fields = { inviter, peer, until: untilTick, signature };
  const bytes = invitationStatement({ inviter, peer, untilTick }, networkId);
  return statement(Kind.invitation, fields, bytes, seed1);
}
