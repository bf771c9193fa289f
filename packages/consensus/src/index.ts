export {
  type Accusation,
  type AccusationTerms,
  accusation,
  accusationStatement,
  signAccusation,
  verifyAccusation,
} from "./accusation.ts";
export {
  BACK_SOON_MAX_MS,
  type BackSoon,
  type BackSoonTerms,
  backSoon,
  backSoonStatement,
  signBackSoon,
  verifyBackSoon,
} from "./back-soon.ts";
export { Ballot, type BallotAnswer, type BallotSlot } from "./ballot.ts";
export { BUCKETS, bucketOf } from "./buckets.ts";
export {
  beats,
  CERTIFICATE_BYTES_MAX,
  type Certificate,
  certificate,
  certificateDigest,
  certificateTick,
  cfgOf,
  conflicts,
  decodeCertificate,
  encodeCertificate,
  faultOfForm,
  faultOfSignatures,
  spanTicksOf,
  verifyCertificate,
} from "./certificate.ts";
export { Configuration, type ConfigurationOptions, type SeedEntry } from "./configuration.ts";
export { ConfigurationBallot } from "./configuration-ballot.ts";
export { type ChainAnswer, ConfigurationChain, chainOf } from "./configuration-chain.ts";
export { ConfigurationSlot, PROPOSALS_MAX, type Stand, type Word } from "./configuration-slot.ts";
export {
  type ConfigurationTerms,
  configurationAfter,
  configurationTerms,
  termsOf,
} from "./configuration-terms.ts";
export {
  type ConfigurationVote,
  configurationVote,
  configurationVoteStatement,
  type Ready,
  ready,
  readyStatement,
  type Seal,
  type Side,
  seal,
  sealStatement,
  signConfigurationVote,
  type VoteKeyAnnouncement,
  verifyConfigurationVote,
  verifyReady,
  verifySeal,
  verifyVoteKey,
  voteKeyAnnouncement,
  voteKeyStatement,
} from "./configuration-vote.ts";
export { type Council, knows } from "./council.ts";
export { Docket, type DocketAnswer, type DocketOptions } from "./docket.ts";
export { ELECTORATE_MAX, ELECTORATE_MIN, electorate, electorateRank, majorityOf } from "./electorate.ts";
export {
  compareFacts,
  type Fact,
  type FactKind,
  FIRST_INCARNATION_LIMIT,
  fact,
  factIsSound,
  factKey,
  INCARNATION_STEP_MAX,
  incarnationIsPlausible,
  NO_DIGEST,
  rank,
  sameFact,
} from "./fact.ts";
export {
  ACCUSE,
  type Accuse,
  ALIVE,
  type Alive,
  BACK_SOON,
  type BackSoonNews,
  CERTIFICATES,
  CERTIFICATES_A_FRAME,
  type Certificates,
  CHAIN,
  CHAIN_A_FRAME,
  CHAIN_ASK,
  type Chain,
  type ChainAsk,
  PROBE,
  type Probe,
  TESTIMONY,
  type Testimony,
  type TestimonyOutcome,
  TICK,
  WITNESS,
  type Witness,
} from "./frames.ts";
export {
  CHANGE_SPAN_TICKS,
  type ConfigurationSeat,
  changeTick,
  examineJointCertificate,
  type JointCertificate,
  jointCertificate,
} from "./joint-certificate.ts";
export { type Leave, type LeaveTerms, leave, leaveStatement, signLeave, verifyLeave } from "./leave.ts";
export {
  LEASE_TICKS,
  Ledger,
  type LedgerAnswer,
  type LedgerOptions,
  type Member,
  type Standing,
} from "./ledger.ts";
export { type ProbeOutcome, Prober, type ProberOptions, type ProbeTarget } from "./probe.ts";
export {
  answersNonce,
  clears,
  NONCES_MAX,
  nonces,
  type ProofOfLife,
  type ProofOfLifeTerms,
  proofOfLife,
  proofOfLifeStatement,
  signProofOfLife,
  verifyProofOfLife,
} from "./proof-of-life.ts";
export {
  type ConfigurationChange,
  configurationStatement,
  examineProposal,
  FALSE_OPERATOR,
  type OperatorSignature,
  type Proposal,
  proposal,
  proposalOf,
  proposeConfiguration,
  signConfiguration,
} from "./proposal.ts";
export { blockersOf, bumpersOf, quorumOf, registrarsOf, seatsFor } from "./quorum.ts";
export {
  POW_BYTES_MAX,
  type Registration,
  type RegistrationTerms,
  registration,
  registrationDigest,
  registrationStatement,
  signRegistration,
  TOKEN_BYTES_MAX,
  verifyRegistration,
} from "./registration.ts";
export { accusersOf, deadNodeText, type Report, report, verifyReport } from "./report.ts";
export {
  signTick,
  TickBallot,
  type TickCertificate,
  type TickVote,
  tickCertificate,
  tickStatement,
  tickVote,
  verifyTick,
  verifyTickVote,
} from "./tick.ts";
export {
  ADD_SPAN_TICKS,
  contradict,
  REMOVE_SPAN_TICKS,
  signVote,
  type Vote,
  type VoteTerms,
  verifyVote,
  vote,
  voteStatement,
  votesTogether,
} from "./vote.ts";
export { WORK_BITS_MAX, WorkSearch, workBitsOf } from "./work.ts";
