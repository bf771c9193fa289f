import { type Edge, incarnationIn, otherEnd, type PeerId } from "@p2p/identity";
import type { Candidate } from "./candidates.ts";

/** How far the clocks of two nodes may differ before an edge is taken for expired, or made in the future. */
const CLOCK_SKEW_MS = 60_000;

/** What edges are judged by. */
export interface EdgeJudge {
  /** Who is known under this id; the node that is judged included. */
  member(id: PeerId): Candidate | undefined;
  /** How many known members stand in a netgroup that one of them stands in. */
  crowd(netgroup: string): number;
  /** Wall time now, in milliseconds. */
  readonly wallTime: number;
  /** Whether both ends signed: costs two signature checks, and is asked last. */
  isSigned(edge: Edge): boolean;
}

/** How far the word of many is believed. */
export interface AttestedLimits {
  /** Links that a node owns. */
  readonly m: number;
  /** Stops there: what is beyond would not be looked at, and checks are dear. */
  readonly max: number;
}

/**
 * What `id`'s word about its links is worth. Each netgroup among the far ends of those edges that count has one voice:
 * whole if `id` owns the link, m of these at most, as everybody makes himself as many links as he likes; else divided
 * among all known members of the netgroup. So a crowd that vouches for itself from few prefixes gains little by it, and
 * nobody by dialling everybody. Those edges count of which `id` is an end, the far end a known member, neither end's
 * incarnation outlived, the time not up, and both signatures good. PROTOCOL.md §5.
 */
export function attestedDegree(
  id: PeerId,
  edges: readonly Edge[],
  judge: EdgeJudge,
  { m, max }: AttestedLimits,
): number {
  const netgroups = new Set<string>();
  let [degree, own] = [0, 0];
  for (const edge of edges) {
    if (degree >= max) break;
    const isOwn = edge.owner === id;
    const far = isOwn && own >= m ? undefined : farEnd(id, edge, judge);
    if (far === undefined || netgroups.has(far.netgroup)) continue;
    if (!isCurrent(edge, judge.wallTime) || !judge.isSigned(edge)) continue;
    netgroups.add(far.netgroup);
    if (isOwn) own++;
    degree += isOwn ? 1 : 1 / judge.crowd(far.netgroup);
  }
  return Math.min(max, degree);
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
