import {
  type ConfigurationVote,
  configurationVote,
  type Proposal,
  proposal,
  type Ready,
  ready,
  type Seal,
  seal,
  type VoteKeyAnnouncement,
  voteKeyAnnouncement,
} from "@p2p/consensus";
import { FrameType, integer, Kind, record, text, word } from "@p2p/wire";

/** "With which key would you vote in configuration `number`?" Answered with {@link VOTE_KEY}. */
export interface VoteKeyAsk {
  readonly number: number;
}

/** "Make this the next configuration": from whoever has the operators' signatures, and from seed to seed. */
export interface Propose {
  readonly proposal: Proposal;
}

/** What a seed says to somebody who is no seed and brought a proposal. */
export interface ProposeAnswer {
  /** Of the configuration proposed. */
  readonly number: number;
  /** `taken`: on this seed's disk, and on its way to the others. */
  readonly outcome: "taken" | "refused";
  readonly detail: string;
}

/** Before a change of the seeds, from whoever prepares it. PROTOCOL.md §10.8. */
export const VOTE_KEY_ASK: FrameType<VoteKeyAsk> = new FrameType(
  Kind.voteKeyAsk,
  "VOTE_KEY_ASK",
  record({ number: integer(1) }),
);

export const VOTE_KEY: FrameType<VoteKeyAnnouncement> = new FrameType(
  Kind.voteKey,
  "VOTE_KEY",
  voteKeyAnnouncement,
);

export const PROPOSE: FrameType<Propose> = new FrameType(Kind.propose, "PROPOSE", record({ proposal }));

export const PROPOSE_ANSWER: FrameType<ProposeAnswer> = new FrameType(
  Kind.proposeAnswer,
  "PROPOSE_ANSWER",
  record({ number: integer(1), outcome: word("taken", "refused"), detail: text(512) }),
);

/** Between seeds, those of the configuration that holds and of the one proposed. PROTOCOL.md §10.8. */
export const READY: FrameType<Ready> = new FrameType(Kind.ready, "READY", ready);
export const CONFIG_VOTE: FrameType<ConfigurationVote> = new FrameType(
  Kind.configVote,
  "CONFIG_VOTE",
  configurationVote,
);
export const SEAL: FrameType<Seal> = new FrameType(Kind.seal, "SEAL", seal);
