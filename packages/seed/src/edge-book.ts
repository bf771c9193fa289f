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
import { EdgeShares } from "./edge-shares.ts";

/** What an {@link EdgeBook} may be told. */
export interface EdgeBookOptions {
  /** Most edges of one peer. Default: 256. */
  readonly perPeerMax?: number | undefined;
  /**
   * Most edges in all, and most pairs remembered whose edge is over. Default: 65 536. Beyond, a new edge takes the place of
   * one whose owner has at least two more than its own: so all owners have as many as there are places for each, however
   * many some make among themselves.
   */
  readonly edgesMax?: number | undefined;
}

/** What became of an edge. */
export type EdgeAnswer = "new" | "renewed" | "known" | "full";

/** An edge as it is stored. */
export interface HeldEdge {
  readonly edge: Edge;
  /** The tick in which a chain of edges of this pair began. */
  readonly sinceTick: number;
  /** The tick in which this one was first seen. */
  readonly seenTick: number;
}

interface Entry extends HeldEdge {
  readonly hash: Uint8Array;
  /** Monotonic milliseconds at which the chain began. */
  readonly since: number;
  /** The tick in which it lapses. */
  readonly untilTick: number;
}

/** What time it is for an {@link EdgeBook}: the age of an edge counts in milliseconds, its life in ticks. */
export interface EdgeTime {
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly tick: number;
  readonly tickMs: number;
}

/** Both ends' word that an edge is over, and until when (monotonic) it is passed on. */
interface End {
  readonly edge: Edge;
  readonly until: number;
}

/**
 * Who is linked with whom, by both ends' signatures. Age and end are measured by this holder from when it first saw an
 * edge, the end in ticks of quorum time: what the ends wrote is only compared with what they wrote before. Takes verified edges only.
 * PROTOCOL.md §5.
 */
export class EdgeBook {
  readonly #networkId: NetworkId;
  readonly #perPeerMax: number;
  readonly #edgesMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #byPeer = new Map<PeerId, Set<string>>();
  readonly #shares = new EdgeShares();
  /** Until when, by their own word, edges were held that are over: an old copy must not begin again. */
  readonly #over = new Map<string, { readonly until: number; end: End | undefined }>();
  /** Keys of entries and of ends, by the bucket of `a`. */
  readonly #byBucket: readonly Set<string>[] = Array.from({ length: BUCKETS }, () => new Set<string>());
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

  /** Takes a verified edge. */
  add(edge: Edge, time: EdgeTime): EdgeAnswer {
    if (!this.wants(edge)) return "known";
    const key = keyOf(edge);
    const held = this.#entries.get(key);
    if (held === undefined && !this.#makeRoom(edge)) return "full";
    const { now, tick } = time;
    const isChain = held !== undefined && held.untilTick > tick;
    if (held !== undefined) this.#drop(key, held);
    const sinceTick = isChain ? held.sinceTick : tick;
    this.#put(key, { edge, sinceTick, seenTick: tick }, isChain ? held.since : now, time.tickMs);
    return isChain ? "renewed" : "new";
  }

  /** Takes an edge from this seed's own disk. It is at least as old as whole ticks have passed since it was seen. */
  restore(stored: HeldEdge, now: number, tick: number, tickMs: number): void {
    const key = keyOf(stored.edge);
    const held = this.#entries.get(key);
    if (held !== undefined) this.#drop(key, held);
    else if (!this.#makeRoom(stored.edge)) return;
    this.#put(key, stored, now - Math.max(0, tick - stored.sinceTick - 1) * tickMs, tickMs);
  }

  /** What is held of the same two lives as `edge`, as it is stored. */
  stored(edge: Edge): HeldEdge | undefined {
    const entry = this.#entries.get(keyOf(edge));
    return entry && { edge: entry.edge, sinceTick: entry.sinceTick, seenTick: entry.seenTick };
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

  /** Drops what has lapsed. Looks at every edge. @param now monotonic milliseconds. */
  expire(now: number, tick: number): void {
    for (const [key, entry] of this.#entries) if (entry.untilTick <= tick) this.#finish(key, entry);
    for (const [key, over] of this.#over) {
      if (over.end === undefined || over.end.until > now) continue;
      this.#bucket(over.end.edge).delete(key);
      over.end = undefined;
    }
  }

  /** Those with whom `peer`, in this life, has had an edge for at least `ageMs`. */
  neighbours(peer: PeerId, incarnation: number, ageMs: number, now: number): PeerId[] {
    const keys = [...(this.#byPeer.get(peer) ?? [])];
    return keys
      .map((key) => this.#entries.get(key) as Entry)
      .filter(({ edge, since }) => incarnationIn(edge, peer) === incarnation && now - since >= ageMs)
      .map(({ edge }) => otherEnd(edge, peer));
  }

  /** All edges, as they are stored. */
  *held(): Iterable<HeldEdge> {
    for (const { edge, sinceTick, seenTick } of this.#entries.values()) yield { edge, sinceTick, seenTick };
  }

  /** One hash for each bucket; two holders of the same edges have the same hashes. */
  bucketHashes(): readonly Uint8Array[] {
    return this.#hashes.map((hash) => Uint8Array.from(hash));
  }

  /** What is held in one bucket: edges, and edges that both ends ended. */
  inBucket(bucket: number): { readonly made: readonly Edge[]; readonly ended: readonly Edge[] } {
    const keys = [...(this.#byBucket[bucket] ?? [])];
    return {
      made: keys.flatMap((key) => this.#entries.get(key)?.edge ?? []),
      ended: keys.flatMap((key) => this.#over.get(key)?.end?.edge ?? []),
    };
  }

  /** Whether there is a place for an edge, or it has one already: cheap, to be asked before its signatures are checked. */
  hasRoom(edge: Edge): boolean {
    if (this.#entries.has(keyOf(edge))) return true;
    const { a, b, owner } = edge;
    const degreeOf = (peer: PeerId): number => this.#byPeer.get(peer)?.size ?? 0;
    if (degreeOf(a) >= this.#perPeerMax || degreeOf(b) >= this.#perPeerMax) return false;
    return this.size < this.#edgesMax || this.#shares.mayYield(owner);
  }

  #makeRoom(edge: Edge): boolean {
    if (!this.hasRoom(edge)) return false;
    if (this.size < this.#edgesMax) return true;
    const key = this.#shares.spare as string;
    this.#drop(key, this.#entries.get(key) as Entry);
    return true;
  }

  #put(key: string, held: HeldEdge, since: number, tickMs: number): void {
    const { edge, seenTick } = held;
    const hash = sha256(edgeStatement(edge, this.#networkId));
    const untilTick = seenTick + Math.ceil((edge.until - edge.since) / tickMs);
    this.#entries.set(key, { ...held, hash, since, untilTick });
    this.#over.delete(key);
    this.#bucket(edge).add(key);
    for (const peer of [edge.a, edge.b]) {
      const keys = this.#byPeer.get(peer);
      if (keys === undefined) this.#byPeer.set(peer, new Set([key]));
      else keys.add(key);
    }
    this.#shares.add(edge.owner, key);
    this.#toggle(edge, hash);
  }

  #drop(key: string, { edge, hash }: Entry): void {
    this.#entries.delete(key);
    this.#bucket(edge).delete(key);
    for (const peer of [edge.a, edge.b]) {
      const keys = this.#byPeer.get(peer) as Set<string>;
      keys.delete(key);
      if (keys.size === 0) this.#byPeer.delete(peer);
    }
    this.#shares.delete(edge.owner, key);
    this.#toggle(edge, hash);
  }

  #finish(key: string, entry: Entry): void {
    this.#drop(key, entry);
    this.#close(key, entry.edge.until, undefined);
  }

  #close(key: string, until: number, end: End | undefined): void {
    this.#over.delete(key);
    if (this.#over.size >= this.#edgesMax) this.#forgetOver(this.#over.keys().next().value as string);
    this.#over.set(key, { until, end });
    if (end !== undefined) this.#bucket(end.edge).add(key);
  }

  #forgetOver(key: string): void {
    const end = this.#over.get(key)?.end;
    this.#over.delete(key);
    if (end !== undefined) this.#bucket(end.edge).delete(key);
  }

  #bucket({ a }: Edge): Set<string> {
    return this.#byBucket[bucketOf(a)] as Set<string>;
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
