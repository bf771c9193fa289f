import {
  type Edge,
  type EdgeTerms,
  edgeEndStatement,
  edgeStatement,
  edgeTerms,
  edgeTermsAreSound,
  incarnationIn,
  type PeerId,
  verifyEdge,
} from "@p2p/identity";
import { type Connection, jitter, type LinkSet, type Random } from "@p2p/wire";
import { EDGE_END, EDGE_OFFER, EDGE_SIGNED, type EdgeEnding, type EdgeOffer } from "./frames.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Neighbourhood } from "./neighbourhood.ts";
import { refusalChance } from "./stampede.ts";
import type { OverlayTiming } from "./timing.ts";

/** An edge that both ends have ended: the terms of it, and both signatures over its end. */
export type EndedEdge = Edge;

/** What a {@link Notary} knows of the node it works for. */
export interface NotaryOptions {
  readonly links: LinkSet;
  readonly neighbourhood: Neighbourhood;
  readonly m: number;
  readonly timing: OverlayTiming;
  readonly random: Random;
  /** This node's own incarnation. */
  incarnation(): number;
  /** The highest incarnation that is known of a member; 0 for a stranger. */
  incarnationOf(id: PeerId): number;
  /** An edge was signed by both ends, the first or one that renews it. */
  signed(neighbour: Neighbour, edge: Edge): void;
  /** An edge was ended by both ends. */
  ended(neighbour: Neighbour, end: EndedEdge): void;
}

/**
 * Sees to it that every link has an edge that both ends signed. Only the owner of a link offers edges, so they come in
 * one order; the other end signs, refuses, or tells the incarnation that the owner did not know. PROTOCOL.md §5.
 */
export class Notary {
  readonly #options: NotaryOptions;
  readonly #links: LinkSet;
  #isStopped = false;

  constructor(options: NotaryOptions) {
    this.#options = options;
    this.#links = options.links;
    this.#links.route(EDGE_OFFER, (offer, from) => this.#heardOffer(offer, from));
    this.#links.route(EDGE_SIGNED, ({ edge }, from) => this.#heardSigned(edge, from));
    this.#links.route(EDGE_END, (ending, from) => this.#heardEnd(ending, from));
  }

  /** Hears no neighbour any more: an edge signed now would have to be watched over. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Starts with a new link: an edge has to come within the time. */
  expectEdge(neighbour: Neighbour): void {
    neighbour.deadline.set(this.#options.timing.edgeTimeoutMs, () => this.#lapse(neighbour));
  }

  /**
   * Offers an edge to a neighbour whose link this node owns; asks the owner for an offer where it does not.
   * @param degreeSeen edges that it showed when it was drawn.
   */
  offer(neighbour: Neighbour, degreeSeen?: number): void {
    const { clock, signer, id, networkId } = this.#links.local;
    // Later than the edge before it, whatever the clock does: seeds take the later one.
    const since = Math.max(clock.wallTime(), (neighbour.edge?.since ?? -1) + 1);
    const until = since + this.#options.timing.edgeLifeMs;
    // A neighbour may have put the edge before where time ends. Nothing comes after it: it lapses.
    if (!Number.isSafeInteger(until)) return;
    const self = { id, incarnation: this.#options.incarnation() };
    const other = { id: neighbour.id, incarnation: this.#knownIncarnation(neighbour) };
    const terms = neighbour.isOwn
      ? edgeTerms(self, other, since, until)
      : edgeTerms(other, self, since, until);
    neighbour.offered = terms;
    const signature = signer.sign(edgeStatement(terms, networkId));
    neighbour.connection?.send(EDGE_OFFER.encode({ terms, signature, degreeSeen }));
  }

  /** Ends the edge of a link that is not wanted any more. */
  end(neighbour: Neighbour, { a, b, incarnationA, incarnationB, owner, since, until }: Edge): void {
    const terms = { a, incarnationA, b, incarnationB, owner, since, until };
    neighbour.connection?.send(EDGE_END.encode({ terms, signature: this.#signEnd(terms) }));
  }

  #heardOffer(offer: EdgeOffer, from: Connection): void {
    const { terms, signature } = offer;
    const neighbour = this.#neighbourOn(from);
    if (neighbour === undefined || neighbour.isEnding) return;
    if (!this.#isBetween(terms, from)) return from.blame("malformed", "offered somebody else's edge");
    const { networkId, verifier, id } = this.#links.local;
    if (!verifier.verify(from.id, edgeStatement(terms, networkId), signature)) {
      return from.blame("forged", "offered an edge with a bad signature");
    }
    // Each end takes itself for the owner, or neither does: without an edge the link ends, and takes the error along.
    if ((terms.owner === id) !== neighbour.isOwn) return;
    if (neighbour.isOwn) this.#heardCorrection(neighbour, incarnationIn(terms, from.id));
    else this.#consider(neighbour, offer, from);
  }

  /** The other end lives in an incarnation that this one did not know when it made its offer. */
  #heardCorrection(neighbour: Neighbour, incarnation: number): void {
    if (incarnation < this.#options.incarnationOf(neighbour.id)) return;
    const latest = neighbour.offered ?? neighbour.edge;
    if (latest !== undefined && incarnationIn(latest, neighbour.id) === incarnation) return;
    neighbour.incarnation = incarnation;
    this.offer(neighbour);
  }

  #consider(neighbour: Neighbour, { terms, signature, degreeSeen }: EdgeOffer, from: Connection): void {
    const { id, signer, networkId } = this.#links.local;
    if (incarnationIn(terms, id) !== this.#options.incarnation()) return this.offer(neighbour);
    const incarnation = incarnationIn(terms, from.id);
    if (incarnation < this.#options.incarnationOf(from.id)) return;
    if (neighbour.edge === undefined && this.#isCrowded(degreeSeen)) return from.goodbye("link", "crowded");
    const own = signer.sign(edgeStatement(terms, networkId));
    const [signatureA, signatureB] = terms.a === id ? [own, signature] : [signature, own];
    const edge = { ...terms, signatureA, signatureB };
    neighbour.incarnation = incarnation;
    from.send(EDGE_SIGNED.encode({ edge }));
    this.#take(neighbour, edge);
  }

  #heardSigned(edge: Edge, from: Connection): void {
    const neighbour = this.#neighbourOn(from);
    if (neighbour?.offered === undefined || !neighbour.isOwn || !sameTerms(neighbour.offered, edge)) return;
    const { networkId, verifier } = this.#links.local;
    if (!verifyEdge(edge, networkId, verifier)) return from.blame("forged", "signed an edge badly");
    neighbour.offered = undefined;
    this.#take(neighbour, edge);
  }

  #heardEnd({ terms, signature }: EdgeEnding, from: Connection): void {
    const neighbour = this.#neighbourOn(from);
    if (neighbour?.edge === undefined || !sameTerms(neighbour.edge, terms)) return;
    const { id, networkId, verifier } = this.#links.local;
    if (!verifier.verify(from.id, edgeEndStatement(terms, networkId), signature)) {
      return from.blame("forged", "ended an edge with a bad signature");
    }
    const own = this.#signEnd(terms);
    const [signatureA, signatureB] = terms.a === id ? [own, signature] : [signature, own];
    neighbour.edge = undefined;
    neighbour.renewal.cancel();
    this.expectEdge(neighbour);
    if (!neighbour.isEnding) from.send(EDGE_END.encode({ terms, signature: own }));
    this.#options.ended(neighbour, { ...terms, signatureA, signatureB });
  }

  #take(neighbour: Neighbour, edge: Edge): void {
    neighbour.edge = edge;
    // Measured from now: the other end's clock may show anything.
    const lifeMs = edge.until - edge.since;
    neighbour.deadline.set(lifeMs, () => this.#lapse(neighbour));
    if (neighbour.isOwn) this.#renewIn(neighbour, jitter(lifeMs / 2, 0.05, this.#options.random), lifeMs / 8);
    this.#options.signed(neighbour, edge);
  }

  #renewIn(neighbour: Neighbour, delayMs: number, againMs: number): void {
    neighbour.renewal.set(delayMs, () => {
      this.#renewIn(neighbour, againMs, againMs);
      this.offer(neighbour);
    });
  }

  /** No edge came in time, or the last one ran out. */
  #lapse(neighbour: Neighbour): void {
    neighbour.edge = undefined;
    neighbour.renewal.cancel();
    this.#options.neighbourhood.forgetAway(neighbour.id);
    neighbour.connection?.goodbye("link", "no edge");
  }

  #neighbourOn(from: Connection): Neighbour | undefined {
    return this.#isStopped ? undefined : this.#options.neighbourhood.on(from);
  }

  #isBetween(terms: EdgeTerms, from: Connection): boolean {
    const { id } = this.#links.local;
    const [a, b] = id < from.id ? [id, from.id] : [from.id, id];
    return edgeTermsAreSound(terms) && terms.a === a && terms.b === b;
  }

  #isCrowded(degreeSeen: number | undefined): boolean {
    const { m, neighbourhood, random } = this.#options;
    const chance = refusalChance(degreeSeen, neighbourhood.degree, m);
    return chance > 0 && random.next() < chance;
  }

  #knownIncarnation(neighbour: Neighbour): number {
    return Math.max(neighbour.incarnation, this.#options.incarnationOf(neighbour.id));
  }

  #signEnd(terms: EdgeTerms): Uint8Array {
    const { signer, networkId } = this.#links.local;
    return signer.sign(edgeEndStatement(terms, networkId));
  }
}

function sameTerms(one: EdgeTerms, other: EdgeTerms): boolean {
  return (
    one.a === other.a &&
    one.incarnationA === other.incarnationA &&
    one.b === other.b &&
    one.incarnationB === other.incarnationB &&
    one.owner === other.owner &&
    one.since === other.since &&
    one.until === other.until
  );
}
