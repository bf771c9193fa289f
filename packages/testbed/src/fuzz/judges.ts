import {
  ACCUSE,
  type Accusation,
  ALIVE,
  BACK_SOON,
  CERTIFICATES,
  type Certificate,
  CHAIN,
  Configuration,
  ConfigurationChain,
  certificateDigest,
  certificateTick,
  changeTick,
  contradict,
  decodeCertificate,
  encodeCertificate,
  examineJointCertificate,
  examineProposal,
  type JointCertificate,
  LEASE_TICKS,
  type Leave,
  Ledger,
  type ProofOfLife,
  type Proposal,
  type Registration,
  TESTIMONY,
  TICK,
  type TickVote,
  type Vote,
  verifyAccusation,
  verifyBackSoon,
  verifyCertificate,
  verifyConfigurationVote,
  verifyLeave,
  verifyProofOfLife,
  verifyReady,
  verifyRegistration,
  verifyReport,
  verifySeal,
  verifyTick,
  verifyTickVote,
  verifyVote,
  verifyVoteKey,
  workBitsOf,
} from "@p2p/consensus";
import { BATCH, verifyBatch } from "@p2p/gossip";
import {
  type Edge,
  type EdgeTerms,
  edgeEndStatement,
  edgeTermsAreSound,
  peerIdFromKey,
  readInvitation,
  type Verifier,
  verifyEdge,
} from "@p2p/identity";
import { DEGREE, EDGE_END, EDGE_OFFER, EDGE_SIGNED } from "@p2p/overlay";
import {
  BUMP,
  CONFIG_VOTE,
  DOUBLE_VOTE,
  EDGES,
  EVIDENCE,
  LEAVE,
  LIST,
  POLL,
  PROPOSE,
  READY,
  REGISTER,
  RELAY,
  REPORT,
  SEAL,
  STATUS,
  SYNC_DELTA,
  TICK_VOTE,
  VOTE,
  VOTE_KEY,
  type VoteNews,
} from "@p2p/seed";
import {
  type Address,
  difference,
  type FrameType,
  machineOf,
  netgroup,
  parseAddress,
  REFUSED,
} from "@p2p/wire";

/** The ids that samples are made with are its seeds: so some of what is drawn comes past the cheap checks. */
const council: Configuration = new Configuration({
  seeds: Array.from({ length: 4 }, (_, index) => ({
    id: peerIdFromKey(new Uint8Array(32).fill(index * 41)),
    address: parseAddress(`10.0.0.${index + 1}:7000`),
  })),
  faulty: 1,
  operators: { needed: 1, keys: [peerIdFromKey(new Uint8Array(32).fill(41))] },
});
const { cfg, networkId } = council;

/** Believes every other signature, so that both ways are gone. */
const verifier: Verifier = { verify: (_, __, signature) => ((signature[0] ?? 0) & 1) === 0 };

/**
 * Does with the value of a frame what nodes do with it before they know whether it is true: makes the bytes that should
 * be signed, looks at its form, and takes it in. None of that may throw, whatever was decoded.
 */
export function judge(kind: number, value: unknown): void {
  JUDGES.get(kind)?.(value);
}

type Judge<T> = (value: T) => void;

const JUDGES: ReadonlyMap<number, Judge<unknown>> = new Map([
  on(REFUSED, ({ network }) => network && void difference(council.network, network)),
  on(ALIVE, ({ proof }) => alive(proof)),
  on(TESTIMONY, ({ proof }) => proof && alive(proof)),
  on(ACCUSE, ({ accusation }) => accused(accusation)),
  on(BACK_SOON, ({ backSoon }) => void verifyBackSoon(backSoon, networkId, verifier)),
  on(CERTIFICATES, ({ certificates }) => certificates.forEach(certified)),
  on(TICK, (tick) => {
    verifyTick(tick, council, verifier);
    verifyTick({ ...tick, cfg }, council, verifier);
  }),
  on(CHAIN, ({ certificates }) => certificates.forEach(changed)),
  on(BATCH, (batch) => void verifyBatch(batch, networkId, verifier)),
  on(DEGREE, ({ edges }) => edges.forEach(edged)),
  on(EDGE_OFFER, ({ terms }) => termed(terms)),
  on(EDGE_SIGNED, ({ edge }) => edged(edge)),
  on(EDGE_END, ({ terms }) => termed(terms)),
  on(REGISTER, ({ registration }) => registered(registration)),
  on(RELAY, ({ registration, address }) => {
    registered(registration);
    placed(address);
  }),
  on(LIST, ({ certificates }) => certificates.forEach(certified)),
  on(POLL, ({ proof }) => proof && alive(proof)),
  on(STATUS, ({ certificate }) => certificate && certified(certificate)),
  on(EDGES, ({ made, ended }) => [...made, ...ended].forEach(edged)),
  on(REPORT, ({ report }) => void verifyReport(report, networkId, verifier)),
  on(LEAVE, ({ leave }) => left(leave)),
  on(BUMP, ({ vote }) => voted(vote)),
  on(VOTE, told),
  on(DOUBLE_VOTE, ({ first, second }) => {
    voted(first);
    voted(second);
    contradict(first, second, LEASE_TICKS);
  }),
  on(EVIDENCE, ({ accusations }) => accusations.forEach(accused)),
  on(SYNC_DELTA, ({ certificates, votes, edges, yours }) => {
    certificates.forEach(certified);
    votes.forEach(told);
    [...edges.made, ...edges.ended].forEach(edged);
    if (yours !== undefined) voted(yours);
  }),
  on(TICK_VOTE, ticked),
  on(VOTE_KEY, (key) => void verifyVoteKey(key, networkId, verifier)),
  on(PROPOSE, ({ proposal }) => proposed(proposal)),
  on(READY, (ready) => void verifyReady({ ...ready, cfg }, council, verifier)),
  on(CONFIG_VOTE, (vote) => void verifyConfigurationVote({ ...vote, cfg }, [council, council], verifier)),
  on(SEAL, (seal) => void verifySeal({ ...seal, cfg }, council, verifier)),
]);

function on<T>({ kind }: FrameType<T>, one: (value: T) => unknown): [number, Judge<unknown>] {
  return [kind, one as Judge<unknown>];
}

function alive(proof: ProofOfLife): void {
  verifyProofOfLife(proof, networkId, verifier);
}

function accused(accusation: Accusation): void {
  verifyAccusation(accusation, networkId, verifier);
}

function placed(address: Address): void {
  netgroup(address);
  machineOf(address);
}

function left(leave: Leave): void {
  verifyLeave(leave, networkId, verifier);
}

function registered(registration: Registration): void {
  verifyRegistration(registration, networkId, verifier);
  placed(registration.address);
  const { token, pow } = registration;
  if (token !== undefined) readInvitation(token);
  if (pow !== undefined) workBitsOf(registration, pow, networkId);
}

function voted(vote: Vote): void {
  verifyVote(vote, council, verifier);
  verifyVote({ ...vote, cfg }, council, verifier);
}

function ticked(vote: TickVote): void {
  verifyTickVote({ ...vote, cfg }, council, verifier);
}

function told({ vote, registration, leave }: VoteNews): void {
  voted(vote);
  if (registration !== undefined) registered(registration);
  if (leave !== undefined) left(leave);
}

/** As it came, and as if it were of this network. */
function certified(certificate: Certificate): void {
  verifyCertificate(certificate, council, verifier);
  const own = { ...certificate, votes: certificate.votes.map((vote) => ({ ...vote, cfg })) };
  verifyCertificate(own, council, verifier);
  decodeCertificate(encodeCertificate(certificate));
  certificateTick(certificate, council.faulty);
  certificateDigest(certificate);
  const ledger = new Ledger();
  ledger.admit(certificate);
  ledger.admit(own);
}

function changed(certificate: JointCertificate): void {
  proposed(certificate.proposal);
  examineJointCertificate(certificate, council, verifier);
  changeTick(certificate, certificate.proposal.terms.faulty);
  new ConfigurationChain(council).extend(certificate, verifier);
}

/** As it came, and as if it followed this configuration. */
function proposed(proposal: Proposal): void {
  examineProposal(proposal, council, verifier);
  const terms = { ...proposal.terms, number: 1, previous: cfg };
  examineProposal({ ...proposal, terms }, council, verifier);
}

function edged(edge: Edge): void {
  verifyEdge(edge, networkId, verifier);
  termed(edge);
}

function termed(terms: EdgeTerms): void {
  if (edgeTermsAreSound(terms)) edgeEndStatement(terms, networkId);
}
