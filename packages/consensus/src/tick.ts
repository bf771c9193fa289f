import {
  type NetworkId,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  sameBytes,
  type Verifier,
} from "@p2p/identity";
import { bytes32, type Field, integer, list, peerId, record, SEEDS_MAX, signature } from "@p2p/wire";
import type { Council } from "./council.ts";

/**
 * A seed's signed word that a tick's length has passed, by its monotonic clock, since it held the tick before. All
 * votes of a seed for one tick are the same, so none can contradict another. PROTOCOL.md §9.6.
 */
export interface TickVote {
  /** The configuration it counts in: 32 bytes. */
  readonly cfg: Uint8Array;
  /** From 1 on. */
  readonly tick: number;
  readonly seed: PeerId;
  readonly signature: Uint8Array;
}

/**
 * Quorum time: q seeds say that it is this late. True for everybody who knows the seeds, whoever brought it; the highest
 * one holds. Without a quorum there is no next one, and time stands still.
 */
export interface TickCertificate {
  /** From 1 on; at tick 0 a network begins. */
  readonly tick: number;
  /** The configuration it counts in: 32 bytes. */
  readonly cfg: Uint8Array;
  /** Votes of q to n different seeds. */
  readonly votes: readonly Pick<TickVote, "seed" | "signature">[];
}

/** A {@link TickVote} on the wire: `[cfg, tick, seed, signature]`. */
export const tickVote: Field<TickVote> = record({ cfg: bytes32, tick: integer(1), seed: peerId, signature });

/** A {@link TickCertificate} on the wire: `[tick, cfg, [[seed, signature], …]]`. */
export const tickCertificate: Field<TickCertificate> = record({
  tick: integer(1),
  cfg: bytes32,
  votes: list(record({ seed: peerId, signature }), SEEDS_MAX, 1),
});

/** The bytes `seed` signs: cfg ‖ u64 tick ‖ id seed. PROTOCOL.md §2.2. @param version that of the configuration. Default: 1. */
export function tickStatement(
  { cfg, tick, seed }: Omit<TickVote, "signature">,
  networkId: NetworkId,
  version?: number,
): Uint8Array {
  return new Statement(StatementKind.tick, networkId, version).bytes32(cfg).u64(tick).id(seed).finish();
}

/**
 * The vote of a seed for `tick`.
 * @param signer holds its vote key in the configuration that holds.
 * @param seed default: the signer's id, which is right in a first configuration.
 */
export function signTick(
  tick: number,
  { cfg, networkId, version }: Pick<Council, "cfg" | "networkId"> & Partial<Pick<Council, "version">>,
  signer: Signer,
  seed: PeerId = signer.id,
): TickVote {
  const terms = { cfg, tick, seed };
  return { ...terms, signature: signer.sign(tickStatement(terms, networkId, version)) };
}

/** Whether a seed of the configuration that it names signed this vote. One signature check, after all else is right. */
export function verifyTickVote(given: TickVote, council: Council, verifier: Verifier): boolean {
  const configuration = council.under(given.cfg);
  const key = configuration.voteKey(given.seed);
  if (key === undefined || !sameBytes(given.cfg, configuration.cfg)) return false;
  const { networkId, version } = configuration;
  return verifier.verify(key, tickStatement(given, networkId, version), given.signature);
}

/** Why `given` proves no time, or `undefined` when it does. At most n signature checks, none after the first bad one. */
export function verifyTick(
  { tick, cfg, votes }: TickCertificate,
  council: Council,
  verifier: Verifier,
): string | undefined {
  const configuration = council.under(cfg);
  const { quorum, size } = configuration;
  if (tick > council.timeEndsAt(cfg)) return "the time of a configuration that is over";
  if (votes.length < quorum || votes.length > size) return `${votes.length} votes, not ${quorum} to ${size}`;
  if (new Set(votes.map(({ seed }) => seed)).size < votes.length) return "a seed twice";
  return votes.every((one) => verifyTickVote({ cfg, tick, ...one }, configuration, verifier))
    ? undefined
    : "a vote that no seed of this configuration signed";
}

/** The votes for one tick, one a seed: at most n. Verifies no signature: the caller has done so. */
export class TickBallot {
  readonly tick: number;
  readonly #configuration: Council;
  readonly #votes = new Map<PeerId, TickVote>();

  /** @param configuration must stay the same meanwhile: votes of two never count together. */
  constructor(configuration: Council, tick: number) {
    this.#configuration = configuration;
    this.tick = tick;
  }

  /** Whether a vote of `seed` would change anything: cheap, to be asked before its signature is checked. */
  wants({ cfg, seed, tick }: Pick<TickVote, "cfg" | "seed" | "tick">): boolean {
    if (tick !== this.tick || !sameBytes(cfg, this.#configuration.cfg)) return false;
    return this.#configuration.has(seed) && !this.#votes.has(seed);
  }

  /** Counts a verified vote. */
  cast(vote: TickVote): void {
    if (this.wants(vote)) this.#votes.set(vote.seed, vote);
  }

  /** The certificate, with exactly q votes; `undefined` while there are fewer. */
  certificate(): TickCertificate | undefined {
    const { cfg, quorum } = this.#configuration;
    if (this.#votes.size < quorum) return undefined;
    const votes = [...this.#votes.values()].slice(0, quorum);
    return { tick: this.tick, cfg, votes: votes.map(({ seed, signature: by }) => ({ seed, signature: by })) };
  }
}
