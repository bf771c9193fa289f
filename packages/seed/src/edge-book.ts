import { BUCKETS, bucketOf } from "@p2p/consensus";
import {
  EDGE_SPAN_MAX_MS,
  type Edge,
  edgeStatement,
  incarnationIn,
  type NetworkId,
  otherEnd,
  type PeerId,
  sha256,
} from "@p2p/identity";

/** What an {@link EdgeBook} may be told. */
export interface EdgeBookOptions {
  /** Most edges of one peer. Default: 256. */
  readonly perPeerMax?: number | undefined;
  /** Most edges in all, and most pairs remembered whose edge is over. Default: 65 536. */
  readonly edgesMax?: number | undefined;
}

/** What became of an edge. */
export type EdgeAnswer = "new" | "renewed" | "known" | "full";

interface Entry {
  readonly edge: Edge;
  readonly hash: Uint8Array;
  /** Monotonic milliseconds at which a chain of edges of this pair began. */
  readonly since: number;
  /** The same as wall time, so that it can be stored. */
  readonly seenAt: number;
  readonly expiresAt: number;
}

/** Both ends' word that an edge is over, and until when (monotonic) it is passed on. */
interface End {
  readonly edge: Edge;
  readonly until: number;
}

/**
 * Who is linked with whom, by both ends' signatures. Age and end are measured by this holder from the moment it first
 * saw an edge: what the ends wrote about time is only compared with what they wrote before. Takes verified edges only.
 * PROTOCOL.md §5.
 */
export class EdgeBook {
  readonly #networkId: NetworkId;
  readonly #perPeerMax: number;
  readonly #edgesMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byPeer = new Map<PeerId, Set<string>>();
  /** Until when, by their own word, edges were held that are over: an old copy must not begin again. */
  readonly #over = new Map<string, { readonly until: number; end: End | undefined }>();
  readonly #hashes: readonly Uint8Array[] = Array.from({ length: BUCKETS }, () => new Uint8Array(32));
  #version = 0;

  constructor(networkId: NetworkId, { perPeerMax = 256, edgesMax = 65_536 }: EdgeBookOptions = {}) {
    this.#networkId = networkId;
    this.#perPeerMax = perPeerMax;
    this.#edgesMax = edgesMax;
  }

  /** How many edges are held, those that lapsed unseen included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Changes whenever the book does. */
  get version(): number {
    return this.#version;
  }

  /** Whether an edge would change anything: cheap, to be asked before its signatures are checked. */
  wants(edge: Edge): boolean {
    const key = keyOf(edge);
    const until = this.#entries.get(key)?.edge.until ?? this.#over.get(key)?.until ?? -1;
    return edge.until > until;
  }

  /** Takes a verified edge. @param now monotonic, `wallTime` wall milliseconds. */
  add(edge: Edge, now: number, wallTime: number): EdgeAnswer {
    if (!this.wants(edge)) return "known";
    const key = keyOf(edge);
    const held = this.#entries.get(key);
    if (held === undefined && !this.#hasRoom(edge)) return "full";
    const isChain = held !== undefined && held.expiresAt > now;
    if (held !== undefined) this.#drop(key, held);
    const since = isChain ? held.since : now;
    this.#put(key, edge, since, isChain ? held.seenAt : wallTime, now + (edge.until - edge.since));
    return isChain ? "renewed" : "new";
  }

  /** Takes an edge from this seed's own disk; its age goes on, as far as the wall clock can be trusted. */
  restore(edge: Edge, seenAt: number, now: number, wallTime: number): void {
    const ageMs = Math.max(0, wallTime - seenAt);
    const key = keyOf(edge);
    const held = this.#entries.get(key);
    if (held !== undefined) this.#drop(key, held);
    else if (!this.#hasRoom(edge)) return;
    this.#put(key, edge, now - ageMs, seenAt, now + (edge.until - edge.since));
  }

  /** Whether the end of an edge would change anything: cheap, to be asked before its signatures are checked. */
  wantsEnd(edge: Edge): boolean {
    const key = keyOf(edge);
    const held = this.#entries.get(key);
    return held === undefined ? this.wants(edge) : held.edge.until <= edge.until;
  }

  /** Ends an edge by both ends' verified word, which is passed on for an hour. */
  end(edge: Edge, now: number): void {
    if (!this.wantsEnd(edge)) return;
    const key = keyOf(edge);
    const held = this.#entries.get(key);
    if (held !== undefined) this.#drop(key, held);
    this.#close(key, edge.until, { edge, until: now + EDGE_SPAN_MAX_MS });
  }

  /** Drops the edges of `peer` in lives below `incarnation`; of all its lives without one. */
  forget(peer: PeerId, incarnation: number = Number.POSITIVE_INFINITY): void {
    for (const key of this.#byPeer.get(peer) ?? []) {
      const entry = this.#entries.get(key) as Entry;
      if (incarnationIn(entry.edge, peer) < incarnation) this.#finish(key, entry);
    }
  }

  /** Drops what has lapsed. Looks at every edge. */
  expire(now: number): void {
    for (const [key, entry] of this.#entries) if (entry.expiresAt <= now) this.#finish(key, entry);
    for (const over of this.#over.values())
      if (over.end !== undefined && over.end.until <= now) over.end = undefined;
  }

  /** Those with whom `peer`, in this life, has had an edge for at least `ageMs`. */
  neighbours(peer: PeerId, incarnation: number, ageMs: number, now: number): PeerId[] {
    const keys = [...(this.#byPeer.get(peer) ?? [])];
    return keys
      .map((key) => this.#entries.get(key) as Entry)
      .filter(({ edge, since, expiresAt }) => {
        return incarnationIn(edge, peer) === incarnation && expiresAt > now && now - since >= ageMs;
      })
      .map(({ edge }) => otherEnd(edge, peer));
  }

  /** All edges, with the wall time at which their chain began. */
  *held(): Iterable<{ readonly edge: Edge; readonly seenAt: number }> {
    for (const { edge, seenAt } of this.#entries.values()) yield { edge, seenAt };
  }

  /** One hash for each bucket; two holders of the same edges have the same hashes. */
  bucketHashes(): readonly Uint8Array[] {
    return this.#hashes.map((hash) => Uint8Array.from(hash));
  }

  /** What is held in one bucket: edges, and edges that both ends ended. */
  inBucket(bucket: number): { readonly made: readonly Edge[]; readonly ended: readonly Edge[] } {
    const made = [...this.#entries.values()]
      .map(({ edge }) => edge)
      .filter(({ a }) => bucketOf(a) === bucket);
    const ended = [...this.#over.values()].flatMap(({ end }) =>
      end !== undefined && bucketOf(end.edge.a) === bucket ? [end.edge] : [],
    );
    return { made, ended };
  }

  #hasRoom({ a, b }: Edge): boolean {
    const degreeOf = (peer: PeerId): number => this.#byPeer.get(peer)?.size ?? 0;
    return this.size < this.#edgesMax && degreeOf(a) < this.#perPeerMax && degreeOf(b) < this.#perPeerMax;
  }

  #put(key: string, edge: Edge, since: number, seenAt: number, expiresAt: number): void {
    const hash = sha256(edgeStatement(edge, this.#networkId));
    this.#entries.set(key, { edge, hash, since, seenAt, expiresAt });
    this.#over.delete(key);
    for (const peer of [edge.a, edge.b]) {
      const keys = this.#byPeer.get(peer);
      if (keys === undefined) this.#byPeer.set(peer, new Set([key]));
      else keys.add(key);
    }
    this.#toggle(edge, hash);
  }

  #drop(key: string, { edge, hash }: Entry): void {
    this.#entries.delete(key);
    for (const peer of [edge.a, edge.b]) {
      const keys = this.#byPeer.get(peer) as Set<string>;
      keys.delete(key);
      if (keys.size === 0) this.#byPeer.delete(peer);
    }
    this.#toggle(edge, hash);
  }

  #finish(key: string, entry: Entry): void {
    this.#drop(key, entry);
    this.#close(key, entry.edge.until, undefined);
  }

  #close(key: string, until: number, end: End | undefined): void {
    this.#over.delete(key);
    if (this.#over.size >= this.#edgesMax) this.#over.delete(this.#over.keys().next().value as string);
    this.#over.set(key, { until, end });
  }

  #toggle({ a }: Edge, hash: Uint8Array): void {
    this.#version += 1;
    const bucket = this.#hashes[bucketOf(a)] as Uint8Array;
    for (const [index, byte] of hash.entries()) bucket[index] = (bucket[index] as number) ^ byte;
  }
}

function keyOf({ a, incarnationA, b, incarnationB }: Edge): string {
  return `${a}:${incarnationA}:${b}:${incarnationB}`;
}
