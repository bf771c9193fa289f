import type { PeerId, Verifier } from "@p2p/identity";
import { type Field, integer, list, peerId, record, SEEDS_MAX, signature } from "@p2p/wire";
import type { Configuration } from "./configuration.ts";
import { type ConfigurationVote, type Side, verifyConfigurationVote } from "./configuration-vote.ts";
import { examineProposal, type Proposal, proposal } from "./proposal.ts";

/** How many ticks the votes of one joint certificate may lie apart. */
export const CHANGE_SPAN_TICKS = 10;

/** A seed's place in a {@link JointCertificate}: the rest of the vote all have in common. */
export type ConfigurationSeat = Pick<ConfigurationVote, "tick" | "seed" | "signature">;

/**
 * What makes a configuration hold: the operators' word, the votes of a quorum of the seeds that decided before, and of a
 * quorum of those that decide from now on. Whoever has it may bring it to anybody. PROTOCOL.md §10.8.
 */
export interface JointCertificate {
  readonly proposal: Proposal;
  readonly old: readonly ConfigurationSeat[];
  readonly new: readonly ConfigurationSeat[];
}

const seats: Field<readonly ConfigurationSeat[]> = list(
  record({ seed: peerId, tick: integer(), signature }),
  SEEDS_MAX,
  1,
);

/** A {@link JointCertificate} on the wire: `[proposal, [[seed, tick, signature], …], [[seed, tick, signature], …]]`. */
export const jointCertificate: Field<JointCertificate> = record({ proposal, old: seats, new: seats });

/**
 * The configuration that `given` makes follow `current`; or why it does not. Cheap checks first, then the operators'
 * signatures and every vote: none may be bad.
 */
export function examineJointCertificate(
  given: JointCertificate,
  current: Configuration,
  verifier: Verifier,
): Configuration | string {
  const ticks = [...given.old, ...given.new].map(({ tick }) => tick);
  if (Math.max(...ticks) - Math.min(...ticks) > CHANGE_SPAN_TICKS)
    return `votes more than ${CHANGE_SPAN_TICKS} ticks apart`;
  const next = examineProposal(given.proposal, current, verifier);
  if (typeof next === "string") return next;
  return (
    faultOfSeats(given, "old", [current, next], verifier) ??
    faultOfSeats(given, "new", [current, next], verifier) ??
    next
  );
}

/**
 * When a change was decided, in ticks: the (f+1)-th largest tick among the new seeds' votes, so that f liars can make it
 * neither earlier nor later than honest seeds have it.
 * @param faulty f of the configuration that began then.
 */
export function changeTick({ new: votes }: Pick<JointCertificate, "new">, faulty: number): number {
  const newestFirst = votes.map(({ tick }) => tick).toSorted((a, b) => b - a);
  return newestFirst[Math.min(faulty, newestFirst.length - 1)] ?? 0;
}

function faultOfSeats(
  given: JointCertificate,
  side: Side,
  pair: readonly [Configuration, Configuration],
  verifier: Verifier,
): string | undefined {
  const council = pair[side === "old" ? 0 : 1];
  const votes = given[side];
  const { quorum, size } = council;
  if (votes.length < quorum || votes.length > size)
    return `${votes.length} votes of ${side} seeds, not ${quorum} to ${size}`;
  const seen = new Set<PeerId>();
  for (const { seed } of votes) {
    if (!council.has(seed)) return `a vote of somebody who is none of the ${side} seeds`;
    if (seen.has(seed)) return "a seed twice";
    seen.add(seed);
  }
  const isSigned = votes.every((seat) =>
    verifyConfigurationVote({ cfg: pair[1].cfg, side, ...seat }, pair, verifier),
  );
  return isSigned ? undefined : "a vote not signed by its seed";
}
