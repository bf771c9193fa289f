import type { Edge, EdgeTerms } from "@p2p/identity";
import {
  edge,
  edgeTerms,
  type Field,
  FrameType,
  integer,
  Kind,
  list,
  optional,
  record,
  signature,
} from "@p2p/wire";

/** Most edges in one answer: 64 inbound neighbours, the owned ones, and room. A frame of some 30 KiB. */
export const DEGREE_EDGES_MAX = 128;

/** "Which links have you, and who vouches for them?" Over a probe link. */
export type DegreeAsk = Readonly<Record<string, never>>;

/** The answer to a {@link DegreeAsk}, over the same link. */
export interface Degree {
  /** The sender's current edges, as both ends signed them. */
  readonly edges: readonly Edge[];
}

/**
 * Half an edge. From the owner of the link: sign this, too. From the other end (the terms name the receiver as
 * owner): offer again with my incarnation, which is this one.
 */
export interface EdgeOffer {
  readonly terms: EdgeTerms;
  /** The sender's, over the terms. */
  readonly signature: Uint8Array;
  /** How many edges the receiver showed when it was drawn; nil when nobody was asked. */
  readonly degreeSeen: number | undefined;
}

/** The answer to an {@link EdgeOffer}: the whole edge. */
export interface EdgeSigned {
  readonly edge: Edge;
}

/** Half the end of an edge; the receiver answers with the other half. */
export interface EdgeEnding {
  readonly terms: EdgeTerms;
  /** The sender's, over the end of these terms. */
  readonly signature: Uint8Array;
}

const ask: Field<DegreeAsk> = record({});
const degree: Field<Degree> = record({ edges: list(edge, DEGREE_EDGES_MAX) });
const offer: Field<EdgeOffer> = record({ terms: edgeTerms, signature, degreeSeen: optional(integer()) });
const signed: Field<EdgeSigned> = record({ edge });
const ending: Field<EdgeEnding> = record({ terms: edgeTerms, signature });

/** Over probe links. PROTOCOL.md §5. */
export const DEGREE_ASK: FrameType<DegreeAsk> = new FrameType(Kind.degreeAsk, "DEGREE_ASK", ask);
/** Over probe links. PROTOCOL.md §5. */
export const DEGREE: FrameType<Degree> = new FrameType(Kind.degree, "DEGREE", degree);
/** Over member links. PROTOCOL.md §5. */
export const EDGE_OFFER: FrameType<EdgeOffer> = new FrameType(Kind.edgeOffer, "EDGE_OFFER", offer);
/** Over member links. PROTOCOL.md §5. */
export const EDGE_SIGNED: FrameType<EdgeSigned> = new FrameType(Kind.edgeSigned, "EDGE_SIGNED", signed);
/** Over member links. PROTOCOL.md §5. */
export const EDGE_END: FrameType<EdgeEnding> = new FrameType(Kind.edgeEnd, "EDGE_END", ending);
