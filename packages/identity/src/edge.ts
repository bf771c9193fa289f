import { isPeerId, type PeerId } from "./peer-id.ts";
import type { Signer, Verifier } from "./signer.ts";
import { type NetworkId, Statement, StatementKind } from "./statement.ts";

/**
 * Two neighbours' joint word that they are linked. Co-signed, so neither can claim a degree it does not have:
 * attachment and the electorate count these and nothing a node says of itself. PROTOCOL.md §5.1.
 */
export interface Edge {
  /** The two ends; `a` is the smaller id, so that one edge has one form. */
  readonly a: PeerId;
  readonly incarnationA: number;
  readonly b: PeerId;
  readonly incarnationB: number;
  /** The end that dialled and re-draws the link when it is lost: `a` or `b`. */
  readonly owner: PeerId;
  /** Wall time of the making in milliseconds; for display, since it can be backdated. */
  readonly since: number;
  /** Wall time in milliseconds at which the ends let it lapse. Holders measure the span `until − since` themselves. */
  readonly until: number;
  readonly signatureA: Uint8Array;
  readonly signatureB: Uint8Array;
}

/** The terms of an {@link Edge}, before anybody signed. */
export type EdgeTerms = Omit<Edge, "signatureA" | "signatureB">;

/** Highest incarnation of any node: 2^52 − 1, so that twice as much and one more is still a safe integer. */
export const INCARNATION_MAX: number = 2 ** 52 - 1;

/** Longest span an edge may claim: one hour, in milliseconds. */
export const EDGE_SPAN_MAX_MS: number = 60 * 60 * 1000;

/** An end of the edge between two nodes. */
export interface EdgeEnd {
  readonly id: PeerId;
  readonly incarnation: number;
}

/** Terms of an edge between `owner` and `other`, with the ends in their fixed order. */
export function edgeTerms(owner: EdgeEnd, other: EdgeEnd, since: number, until: number): EdgeTerms {
  const [a, b] = owner.id < other.id ? [owner, other] : [other, owner];
  return {
    a: a.id,
    incarnationA: a.incarnation,
    b: b.id,
    incarnationB: b.incarnation,
    owner: owner.id,
    since,
    until,
  };
}

/** The bytes both ends sign. */
export function edgeStatement(edge: EdgeTerms, networkId: NetworkId): Uint8Array {
  return writeEdge(StatementKind.edge, edge, networkId);
}

/** The bytes both ends sign to end an edge before it lapses. */
export function edgeEndStatement(edge: EdgeTerms, networkId: NetworkId): Uint8Array {
  return writeEdge(StatementKind.edgeEnd, edge, networkId);
}

/** `signer`'s half of an edge. */
export function signEdge(edge: EdgeTerms, networkId: NetworkId, signer: Signer): Uint8Array {
  return signer.sign(edgeStatement(edge, networkId));
}

/** Whether the terms make sense, whoever signed them: ordered ends, an owner among them, a span of at most an hour. */
export function edgeTermsAreSound(edge: EdgeTerms): boolean {
  return (
    isPeerId(edge.a) &&
    isPeerId(edge.b) &&
    edge.a < edge.b &&
    (edge.owner === edge.a || edge.owner === edge.b) &&
    edge.incarnationA <= INCARNATION_MAX &&
    edge.incarnationB <= INCARNATION_MAX &&
    edge.until > edge.since &&
    edge.until - edge.since <= EDGE_SPAN_MAX_MS
  );
}

/** Whether the terms are sound and both ends signed them. Two signature checks; none when the terms are unsound. */
export function verifyEdge(edge: Edge, networkId: NetworkId, verifier: Verifier): boolean {
  if (!edgeTermsAreSound(edge)) return false;
  const statement = edgeStatement(edge, networkId);
  return (
    verifier.verify(edge.a, statement, edge.signatureA) && verifier.verify(edge.b, statement, edge.signatureB)
  );
}

/** The end of `edge` that is not `id`. */
export function otherEnd(edge: EdgeTerms, id: PeerId): PeerId {
  return edge.a === id ? edge.b : edge.a;
}

/** The incarnation `id` has in `edge`. */
export function incarnationIn(edge: EdgeTerms, id: PeerId): number {
  return edge.a === id ? edge.incarnationA : edge.incarnationB;
}

function writeEdge(
  kind: typeof StatementKind.edge | typeof StatementKind.edgeEnd,
  edge: EdgeTerms,
  networkId: NetworkId,
): Uint8Array {
  return new Statement(kind, networkId)
    .id(edge.a)
    .u64(edge.incarnationA)
    .id(edge.b)
    .u64(edge.incarnationB)
    .id(edge.owner)
    .wallTime(edge.since)
    .wallTime(edge.until)
    .finish();
}
