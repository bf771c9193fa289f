import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  sameBytes,
  type Verifier,
} from "@p2p/identity";
import { bytes32, type Field, integer, peerId, record, signature } from "@p2p/wire";
import type { Council } from "./council.ts";
import { type Fact, type FactKind, fact, factIsSound, rank } from "./fact.ts";

/** A seed's signed word on a fact. It carries what it votes on, because votes overtake proposals. PROTOCOL.md §10.3. */
export interface Vote {
  /** The configuration it counts in: 32 bytes. */
  readonly cfg: Uint8Array;
  readonly fact: Fact;
  /** The tick of quorum time that the seed held when it voted. Votes count together only when these are close. */
  readonly tick: number;
  /** Grows with each vote the seed wrote to disk. Carried, not checked yet. */
  readonly counter: number;
  readonly seed: PeerId;
  readonly signature: Uint8Array;
}

/** A {@link Vote} before it is signed. */
export type VoteTerms = Omit<Vote, "signature">;

/** How a kind of fact is written in signed bytes. */
const KIND_CODE: Readonly<Record<FactKind, number>> = { add: 1, remove: 2 };

/** A {@link Vote} on the wire: `[cfg, fact, tick, counter, seed, signature]`. */
export const vote: Field<Vote> = record({
  cfg: bytes32,
  fact,
  tick: integer(),
  counter: integer(),
  seed: peerId,
  signature,
});

/**
 * The bytes `seed` signs: cfg ‖ u8 kind (1 ADD, 2 REMOVE) ‖ id peer ‖ u64 incarnation ‖ digest ‖ tick ‖ u64 counter ‖
 * id seed. PROTOCOL.md §2.2.
 * @param version that of the configuration `cfg`. Default: 1.
 */
export function voteStatement(terms: VoteTerms, networkId: NetworkId, version?: number): Uint8Array {
  return new Statement(StatementKind.vote, networkId, version)
    .bytes32(terms.cfg)
    .u8(KIND_CODE[terms.fact.kind])
    .id(terms.fact.peer)
    .u64(terms.fact.incarnation)
    .bytes32(terms.fact.digest)
    .tick(terms.tick)
    .u64(terms.counter)
    .id(terms.seed)
    .finish();
}

/**
 * `terms` with the signature of `signer`, who has to hold the vote key of `terms.seed`.
 * @param version that of the configuration `cfg`. Default: 1.
 */
export function signVote(terms: VoteTerms, networkId: NetworkId, signer: Signer, version?: number): Vote {
  return { ...terms, signature: signer.sign(voteStatement(terms, networkId, version)) };
}

/** Whether a seed of the configuration that it names signed this vote. One signature check, after all else is right. */
export function verifyVote(given: Vote, council: Council, verifier: Verifier): boolean {
  const configuration = council.under(given.cfg);
  const key = configuration.voteKey(given.seed);
  if (key === undefined || !sameBytes(given.cfg, configuration.cfg) || !factIsSound(given.fact)) return false;
  const { networkId, version } = configuration;
  return verifier.verify(key, voteStatement(given, networkId, version), given.signature);
}

/**
 * Whether one seed cast both in one configuration, for two contents of the same fact, which no honest seed does while it
 * has to remember: two leases later everybody has forgotten a vote, and its voter may vote anew. Looks at no signature.
 * @param leaseTicks the network's lease.
 */
export function contradict(one: Vote, other: Vote, leaseTicks: number): boolean {
  return (
    one.seed === other.seed &&
    Math.abs(one.tick - other.tick) < 2 * leaseTicks &&
    sameBytes(one.cfg, other.cfg) &&
    one.fact.peer === other.fact.peer &&
    rank(one.fact) === rank(other.fact) &&
    !sameBytes(one.fact.digest, other.fact.digest)
  );
}

/** How many ticks votes for an ADD may lie apart and still count together: what an earlier age saw adds to nothing now. */
export const ADD_SPAN_TICKS = 10;
/** The same for a REMOVE that nobody asked for: two ticks that follow each other. */
export const REMOVE_SPAN_TICKS = 1;

/**
 * The newest `quorum` of `votes` whose ticks lie within `spanTicks` of each other (both ends included), newest first;
 * `undefined` when there are none. So nobody is removed for silences that no q seeds observed together.
 * @param votes of different seeds; not changed.
 */
export function votesTogether(
  votes: readonly Vote[],
  quorum: number,
  spanTicks: number,
): readonly Vote[] | undefined {
  const newestFirst = votes.toSorted((a, b) => b.tick - a.tick);
  for (let first = 0; first + quorum <= newestFirst.length; first++) {
    const together = newestFirst.slice(first, first + quorum);
    if (spreadOf(together) <= spanTicks) return together;
  }
  return undefined;
}

/** How many ticks lie between the first and the last of `votes`; 0 for none. */
export function spreadOf(votes: readonly Pick<Vote, "tick">[]): number {
  const ticks = votes.map(({ tick }) => tick);
  return ticks.length === 0 ? 0 : Math.max(...ticks) - Math.min(...ticks);
}
