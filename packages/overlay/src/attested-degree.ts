import { type Edge, incarnationIn, otherEnd, type PeerId } from "@p2p/identity";
import type { Candidate } from "./candidates.ts";

/** How far the clocks of two nodes may differ before an edge is taken for expired, or made in the future. */
const CLOCK_SKEW_MS = 60_000;

/** What edges are judged by. */
export interface EdgeJudge {
  /** Who is known under this id; the node that is judged included. */
  member(id: PeerId): Candidate | undefined;
  /** Wall time now, in milliseconds. */
  readonly wallTime: number;
  /** Whether both ends signed: costs two signature checks, and is asked last. */
  isSigned(edge: Edge): boolean;
}

/**
 * What `id`'s word about its links is worth: the number of distinct netgroups among the far ends of those edges that
 * count. Those do of which `id` is an end, the far end a known member, neither end's incarnation outlived, the time
 * not up, and both signatures good. So a crowd that vouches for itself from one prefix weighs as much as one link.
 * PROTOCOL.md §5.
 * @param max stops there: what is beyond would not be looked at, and checks are dear.
 */
export function attestedDegree(id: PeerId, edges: readonly Edge[], judge: EdgeJudge, max: number): number {
  const netgroups = new Set<string>();
  for (const edge of edges) {
    if (netgroups.size >= max) break;
    const far = farEnd(id, edge, judge);
    if (far === undefined || netgroups.has(far.netgroup)) continue;
    if (isCurrent(edge, judge.wallTime) && judge.isSigned(edge)) netgroups.add(far.netgroup);
  }
  return netgroups.size;
}

/** The known member at the other end of `edge`, if the edge is `id`'s and both ends still live the life they signed in. */
function farEnd(id: PeerId, edge: Edge, judge: EdgeJudge): Candidate | undefined {
  if (edge.a !== id && edge.b !== id) return undefined;
  const near = judge.member(id);
  const far = judge.member(otherEnd(edge, id));
  const lives = (end: Candidate | undefined): boolean =>
    // A higher incarnation than the known one is news that has not come yet, not a lie.
    end === undefined || incarnationIn(edge, end.id) >= end.incarnation;
  return lives(near) && lives(far) ? far : undefined;
}

function isCurrent(edge: Edge, wallTime: number): boolean {
  return edge.since <= wallTime + CLOCK_SKEW_MS && edge.until > wallTime - CLOCK_SKEW_MS;
}
