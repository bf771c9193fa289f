import type { PeerId } from "@p2p/identity";
import {
  bytes32,
  type Field,
  FrameType,
  incarnation,
  integer,
  Kind,
  list,
  optional,
  peerId,
  record,
  word,
} from "@p2p/wire";
import { type Accusation, accusation } from "./accusation.ts";
import { type BackSoon, backSoon } from "./back-soon.ts";
import { type Certificate, certificate } from "./certificate.ts";
import { type JointCertificate, jointCertificate } from "./joint-certificate.ts";
import { nonces, type ProofOfLife, proofOfLife } from "./proof-of-life.ts";
import { type TickCertificate, tickCertificate } from "./tick.ts";

/** "Are you there, `peer`?" Answered with {@link ALIVE} over the same link, before membership is looked at. */
export interface Probe {
  readonly peer: PeerId;
  /** What the answer has to sign: the nonces of everybody who is known to suspect `peer`; 1 to 72. */
  readonly nonces: readonly Uint8Array[];
}

/** A proof of life, on its way to whoever holds a suspicion. */
export interface Alive {
  readonly proof: ProofOfLife;
}

/** Asks a member to dial `victim` at the address in the certificate *it* holds: nobody can aim it at a third party. */
export interface Witness {
  readonly victim: PeerId;
  readonly incarnation: number;
  readonly nonces: readonly Uint8Array[];
}

/** What came of a witness's dial. */
export type TestimonyOutcome =
  /** The victim answered; the proof is with it. */
  | "alive"
  /** The machine answered that nobody listens there. */
  | "refused"
  /** No answer, no way there, or somebody else answered. */
  | "silent"
  /** Asked too often: it did not look and is no witness. */
  | "busy"
  /** It holds no certificate that lists the victim in this or a later life. */
  | "unknown";

/** A witness's answer to {@link Witness}. */
export interface Testimony {
  readonly victim: PeerId;
  readonly incarnation: number;
  readonly outcome: TestimonyOutcome;
  /** How old the look behind this answer is, in milliseconds. */
  readonly ageMs: number;
  readonly proof?: ProofOfLife | undefined;
}

/** An accusation, and the nonce by which its victim can still clear itself with this accuser. */
export interface Accuse {
  readonly accusation: Accusation;
  /** The accuser's suspicion nonce: 32 bytes, not signed. A forged one only leads to proofs the accuser ignores. */
  readonly nonce: Uint8Array;
}

/** Most certificates in one frame: 64 of at most 9 KiB stay under the limit of a frame. */
export const CERTIFICATES_A_FRAME = 64;

/** Certificates that somebody passes on: 1 to {@link CERTIFICATES_A_FRAME}. */
export interface Certificates {
  readonly certificates: readonly Certificate[];
}

/** A peer's word that it will be back. */
export interface BackSoonNews {
  readonly backSoon: BackSoon;
}

/** Most joint certificates in one frame. */
export const CHAIN_A_FRAME = 8;

/** "Which configurations came after number `after`?" Answered with {@link CHAIN}, if any did. */
export interface ChainAsk {
  readonly after: number;
}

/** Which configuration holds, as far as the sender knows; and, if it was asked, what proves those that followed. */
export interface Chain {
  readonly newest: number;
  /** In their order, at most {@link CHAIN_A_FRAME}. */
  readonly certificates: readonly JointCertificate[];
}

const probe: Field<Probe> = record({ peer: peerId, nonces });
const alive: Field<Alive> = record({ proof: proofOfLife });
const witness: Field<Witness> = record({ victim: peerId, incarnation, nonces });
const testimony: Field<Testimony> = record({
  victim: peerId,
  incarnation,
  outcome: word("alive", "refused", "silent", "busy", "unknown"),
  ageMs: integer(),
  proof: optional(proofOfLife),
});
const accuse: Field<Accuse> = record({ accusation, nonce: bytes32 });
const certificates: Field<Certificates> = record({
  certificates: list(certificate, CERTIFICATES_A_FRAME, 1),
});

/** Over probe links. PROTOCOL.md §6.1. */
export const PROBE: FrameType<Probe> = new FrameType(Kind.probe, "PROBE", probe);
/** Over any link. PROTOCOL.md §6.1. */
export const ALIVE: FrameType<Alive> = new FrameType(Kind.alive, "ALIVE", alive);
/** From a monitor or a seed to a member. PROTOCOL.md §6.4. */
export const WITNESS: FrameType<Witness> = new FrameType(Kind.witness, "WITNESS", witness);
/** From that member, over the same link. PROTOCOL.md §6.4. */
export const TESTIMONY: FrameType<Testimony> = new FrameType(Kind.testimony, "TESTIMONY", testimony);
/** To the electorate, over probe links, and to all seeds. PROTOCOL.md §6.3. */
export const ACCUSE: FrameType<Accuse> = new FrameType(Kind.accuse, "ACCUSE", accuse);
/** From a peer to seeds and neighbours, and between seeds. PROTOCOL.md §8.4. */
export const BACK_SOON: FrameType<BackSoonNews> = new FrameType(
  Kind.backSoon,
  "BACK_SOON",
  record({ backSoon }),
);
/** Between seeds, from seeds to peers, and from peer to peer. PROTOCOL.md §10.5. */
export const CERTIFICATES: FrameType<Certificates> = new FrameType(
  Kind.certificates,
  "CERTIFICATES",
  certificates,
);
/** What time it is: from seeds to everybody, and from peer to peer. PROTOCOL.md §9.6. */
export const TICK: FrameType<TickCertificate> = new FrameType(Kind.tick, "TICK", tickCertificate);
/** From whoever has missed a change of the seeds. PROTOCOL.md §10.9. */
export const CHAIN_ASK: FrameType<ChainAsk> = new FrameType(
  Kind.chainAsk,
  "CHAIN_ASK",
  record({ after: integer() }),
);
/** Over every new link, to everybody after a change, and as an answer. PROTOCOL.md §10.9. */
export const CHAIN: FrameType<Chain> = new FrameType(
  Kind.chain,
  "CHAIN",
  record({ newest: integer(1), certificates: list(jointCertificate, CHAIN_A_FRAME) }),
);
