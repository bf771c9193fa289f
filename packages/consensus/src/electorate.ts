import { concatBytes, keyOfPeerId, type PeerId, sha256, toHex } from "@p2p/identity";

/** Fewest monitors of a member, as long as there are that many others. */
export const ELECTORATE_MIN = 5;
/** Most monitors of a member: 64 inbound neighbours and five more. Bounds a report. */
export const ELECTORATE_MAX = 69;

/**
 * Who watches over `victim`, and whose accusations against it count: its neighbours, topped up to
 * min({@link ELECTORATE_MIN}, others) by the members first in the order of {@link electorateRank}. Few neighbours
 * alone would be too few to ask: two of three make a majority. PROTOCOL.md §5.5.
 *
 * The same for everybody who knows the same edges and the same members. Hashes each member once if a top-up is needed.
 * @param neighbours those whose edge with `victim` is old enough (● 60 s). Who is no member is passed over; of more
 *   than {@link ELECTORATE_MAX} the first by rank are taken.
 * @param members ids of all members; whether `victim` is among them makes no difference.
 * @returns at most {@link ELECTORATE_MAX} ids in ascending order, never `victim`'s.
 */
export function electorate(
  victim: PeerId,
  neighbours: Iterable<PeerId>,
  members: Iterable<PeerId>,
): readonly PeerId[] {
  const others = new Set(members);
  others.delete(victim);
  const near = new Set([...neighbours].filter((id) => others.has(id)));
  const monitors = near.size > ELECTORATE_MAX ? firstByRank(victim, near, ELECTORATE_MAX) : [...near];
  if (monitors.length < ELECTORATE_MIN) {
    const far = [...others].filter((id) => !near.has(id));
    monitors.push(...firstByRank(victim, far, ELECTORATE_MIN - monitors.length));
  }
  return monitors.toSorted();
}

/** How many of an electorate are more than half of it: ⌊|M|/2⌋+1. */
export function majorityOf(monitors: { readonly length: number }): number {
  return Math.floor(monitors.length / 2) + 1;
}

/** Place of `candidate` in the order in which members are drawn to watch `victim`: SHA-256(victim ‖ candidate), in hex. */
export function electorateRank(victim: PeerId, candidate: PeerId): string {
  return toHex(sha256(concatBytes([keyOfPeerId(victim), keyOfPeerId(candidate)])));
}

function firstByRank(victim: PeerId, candidates: Iterable<PeerId>, count: number): PeerId[] {
  return [...candidates]
    .map((id) => ({ id, rank: electorateRank(victim, id) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ id }) => id);
}
