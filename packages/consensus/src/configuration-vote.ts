import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  type Verifier,
} from "@p2p/identity";
import { bytes32, type Field, integer, peerId, record, signature, word } from "@p2p/wire";
import type { Configuration } from "./configuration.ts";

/** As what a seed votes: as one of those who decide now, or of those who shall from then on. */
export type Side = "old" | "new";

/** A seed's signed word that a configuration shall hold. PROTOCOL.md §10.8. */
export interface ConfigurationVote {
  /** The configuration it is for: 32 bytes. */
  readonly cfg: Uint8Array;
  readonly side: Side;
  /** The tick that the seed held. It votes again for the same in later ticks, until it is decided. */
  readonly tick: number;
  readonly seed: PeerId;
  /** By its vote key: of the configuration that holds, or of the one that shall. */
  readonly signature: Uint8Array;
}

/** A seed's word that it knows what a quorum of the seeds before it know, and has the key that it shall vote with. */
export interface Ready {
  readonly cfg: Uint8Array;
  readonly seed: PeerId;
  readonly signature: Uint8Array;
}

/** A seed's word that it votes no more under a configuration. */
export interface Seal {
  /** The one that is over: 32 bytes. */
  readonly cfg: Uint8Array;
  /** The one that has taken its place: 32 bytes. */
  readonly next: Uint8Array;
  readonly seed: PeerId;
  /** By its vote key of the one that is over, which it then forgets. */
  readonly signature: Uint8Array;
}

/** The key that a seed is going to vote with, by its own word. */
export interface VoteKeyAnnouncement {
  /** In the configuration of this number. */
  readonly number: number;
  readonly seed: PeerId;
  readonly key: PeerId;
  /** By the seed's identity key. */
  readonly signature: Uint8Array;
}

/** A {@link ConfigurationVote} on the wire: `[cfg, side, tick, seed, signature]`. */
export const configurationVote: Field<ConfigurationVote> = record({
  cfg: bytes32,
  side: word("old", "new"),
  tick: integer(),
  seed: peerId,
  signature,
});

/** A {@link Ready} on the wire: `[cfg, seed, signature]`. */
export const ready: Field<Ready> = record({ cfg: bytes32, seed: peerId, signature });

/** A {@link Seal} on the wire: `[cfg, next, seed, signature]`. */
export const seal: Field<Seal> = record({ cfg: bytes32, next: bytes32, seed: peerId, signature });

/** A {@link VoteKeyAnnouncement} on the wire: `[number, seed, key, signature]`. */
export const voteKeyAnnouncement: Field<VoteKeyAnnouncement> = record({
  number: integer(1),
  seed: peerId,
  key: peerId,
  signature,
});

const SIDE_CODE: Readonly<Record<Side, number>> = { old: 1, new: 2 };

/** What a seed signs: cfg ‖ u8 side (1 old, 2 new) ‖ tick ‖ id seed. PROTOCOL.md §2.2. */
export function configurationVoteStatement(
  { cfg, side, tick, seed }: Omit<ConfigurationVote, "signature">,
  networkId: NetworkId,
): Uint8Array {
  return new Statement(StatementKind.configVote, networkId)
    .bytes32(cfg)
    .u8(SIDE_CODE[side])
    .tick(tick)
    .id(seed)
    .finish();
}

/** The vote of `seed` for `next`; `signer` holds its vote key of that side's configuration. */
export function signConfigurationVote(
  terms: Omit<ConfigurationVote, "signature">,
  networkId: NetworkId,
  signer: Signer,
): ConfigurationVote {
  return { ...terms, signature: signer.sign(configurationVoteStatement(terms, networkId)) };
}

/** Whether a seed of that side's configuration signed this vote for `next`, which follows `current`. One check, at last. */
export function verifyConfigurationVote(
  given: ConfigurationVote,
  [current, next]: readonly [Configuration, Configuration],
  verifier: Verifier,
): boolean {
  const key = (given.side === "old" ? current : next).voteKey(given.seed);
  return (
    key !== undefined &&
    verifier.verify(key, configurationVoteStatement(given, current.networkId), given.signature)
  );
}

/** What a seed signs when it is ready: cfg ‖ id seed. PROTOCOL.md §2.2. */
export function readyStatement({ cfg, seed }: Omit<Ready, "signature">, networkId: NetworkId): Uint8Array {
  return new Statement(StatementKind.ready, networkId).bytes32(cfg).id(seed).finish();
}

/** Whether `given` is signed by the vote key that `next`, the configuration it is about, has for its seed. */
export function verifyReady(given: Ready, next: Configuration, verifier: Verifier): boolean {
  const key = next.voteKey(given.seed);
  return key !== undefined && verifier.verify(key, readyStatement(given, next.networkId), given.signature);
}

/** What a seed signs when it votes no more: cfg ‖ next ‖ id seed. PROTOCOL.md §2.2. */
export function sealStatement(
  { cfg, next, seed }: Omit<Seal, "signature">,
  networkId: NetworkId,
): Uint8Array {
  return new Statement(StatementKind.seal, networkId).bytes32(cfg).bytes32(next).id(seed).finish();
}

/** Whether `given` is signed by its seed's vote key of `over`, the configuration that it ends. */
export function verifySeal(given: Seal, over: Configuration, verifier: Verifier): boolean {
  const key = over.voteKey(given.seed);
  return key !== undefined && verifier.verify(key, sealStatement(given, over.networkId), given.signature);
}

/** What a seed signs with its identity key: u64 number ‖ id seed ‖ id key. PROTOCOL.md §2.2. */
export function voteKeyStatement(
  { number, seed, key }: Omit<VoteKeyAnnouncement, "signature">,
  networkId: NetworkId,
): Uint8Array {
  return new Statement(StatementKind.voteKey, networkId).u64(number).id(seed).id(key).finish();
}

/** Whether the seed itself announced this key. */
export function verifyVoteKey(given: VoteKeyAnnouncement, networkId: NetworkId, verifier: Verifier): boolean {
  return verifier.verify(given.seed, voteKeyStatement(given, networkId), given.signature);
}
