import type { Ledger } from "@p2p/consensus";
import { type Edge, edgeEndStatement, edgeTermsAreSound, type PeerId, verifyEdge } from "@p2p/identity";
import { Allowance, type Connection } from "@p2p/wire";
import type { Archive } from "./archive.ts";
import type { EdgeBook } from "./edge-book.ts";
import { EDGES, type Edges } from "./frames.ts";
import type { Office } from "./office.ts";

/** Edges and ends that one member may hand in within a minute. */
const EDGES_A_MINUTE = 512;

/** Takes edges from the members they are of, and from other seeds. PROTOCOL.md §5. */
export class EdgeDesk {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #book: EdgeBook;
  readonly #archive: Archive;
  readonly #allowance = new Allowance({ max: EDGES_A_MINUTE, perMs: 60_000 });

  constructor(office: Office, ledger: Ledger, book: EdgeBook, archive: Archive) {
    this.#office = office;
    this.#ledger = ledger;
    this.#book = book;
    this.#archive = archive;
    office.lobby.links.route(EDGES, (edges, from) => this.#fromMember(edges, from));
    office.lobby.seeds.route(EDGES, (edges, from) => this.take(edges, from));
  }

  /** Another tick has come: drops what has lapsed. */
  ticked(): void {
    this.#book.expire(this.#office.now(), this.#ledger.tick);
  }

  /** Takes what another seed holds. */
  take({ made, ended }: Edges, from: Connection): void {
    for (const edge of made) this.#make(edge, from);
    for (const edge of ended) this.#end(edge, from);
  }

  #fromMember(edges: Edges, from: Connection): void {
    const { made, ended } = edges;
    if (!this.#ledger.isMember(from.id)) return;
    if ([...made, ...ended].some(({ a, b }) => a !== from.id && b !== from.id)) {
      return this.#office.forged(from.id, "edge", "an edge of others");
    }
    if (this.#allowance.take(from.id, this.#office.now(), made.length + ended.length)) this.take(edges, from);
  }

  #make(edge: Edge, from: Connection): void {
    if (!this.#isOfMembers(edge) || !this.#book.wants(edge) || !this.#book.hasRoom(edge)) return;
    if (!this.#office.hears(from)) return;
    const { networkId, verifier } = this.#office.lobby.local;
    if (!verifyEdge(edge, networkId, verifier))
      return this.#office.blame(from, "edge", "not signed by both ends");
    const { timing } = this.#office;
    const time = { now: this.#office.now(), tick: this.#ledger.tick, tickMs: timing.tickMs };
    const answer = this.#book.add(edge, time);
    const stored = this.#book.stored(edge);
    if (answer === "full" || answer === "known" || stored === undefined) return;
    this.#archive.keepEdge(stored, (error) => {
      if (error !== undefined) this.#office.diskFailed(error);
    });
  }

  #end(edge: Edge, from: Connection): void {
    if (!edgeTermsAreSound(edge) || !this.#isOfMembers(edge) || !this.#book.wantsEnd(edge)) return;
    if (!this.#office.hears(from)) return;
    const { networkId, verifier } = this.#office.lobby.local;
    const statement = edgeEndStatement(edge, networkId);
    const isSigned = (id: PeerId, signature: Uint8Array): boolean =>
      verifier.verify(id, statement, signature);
    if (isSigned(edge.a, edge.signatureA) && isSigned(edge.b, edge.signatureB))
      this.#book.end(edge, this.#office.now());
    else this.#office.blame(from, "edge", "an end not signed by both ends");
  }

  #isOfMembers({ a, incarnationA, b, incarnationB }: Edge): boolean {
    return this.#ledger.isMember(a, incarnationA) && this.#ledger.isMember(b, incarnationB);
  }
}
