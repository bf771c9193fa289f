import {
  BUCKETS,
  CERTIFICATES_A_FRAME,
  type Certificate,
  certificateDigest,
  type Ledger,
  type Vote,
} from "@p2p/consensus";
import { type Edge, type PeerId, sameBytes, toHex } from "@p2p/identity";
import { Allowance, type Cancel, type Connection, jitter, pick } from "@p2p/wire";
import type { Archive } from "./archive.ts";
import type { EdgeBook } from "./edge-book.ts";
import {
  type Edges,
  ITEMS_A_FRAME,
  SYNC,
  SYNC_DELTA,
  type SyncDelta,
  type Sync as SyncOpening,
  type VoteNews,
} from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";

/** What an exchange takes and gives beside certificates and hashes. */
export interface SyncRooms {
  readonly ledger: Ledger;
  readonly edges: EdgeBook;
  readonly archive: Archive;
  readonly freshness: Freshness;
  /** This seed's own votes that are not certified, and all that contradict each other. */
  readonly openVotes: () => Iterable<VoteNews>;
  readonly takeCertificates: (certificates: readonly Certificate[], from: Connection) => void;
  readonly takeVote: (news: VoteNews, from: Connection) => void;
  readonly takeEdges: (edges: Edges, from: Connection) => void;
  /** The newest vote of a seed that this one has seen, to remind it of. */
  readonly newestVoteOf: (seed: PeerId) => Vote | undefined;
  /** Somebody shows a vote that is said to be this seed's own. */
  readonly takeOwnVote: (vote: Vote, from: Connection) => void;
  /** Tells what time it is: what is over by then need not be compared. */
  readonly tellTime: (to: Connection) => void;
  /**
   * An exchange is over, and the partner's time has been heard.
   * @param at when this seed had the last word: what the partner said of its time is no older than an exchange may take.
   */
  readonly met: (seed: PeerId, at: number) => void;
}

/** Certificates that one side says in one exchange, at least one bucket; the rest waits for the next exchange. */
const CERTIFICATES_AN_EXCHANGE = 1024;
/** Votes and edges that one side says in one exchange. */
const ITEMS_AN_EXCHANGE = 1024;
/** Exchanges in a row with one seed. */
const TURNS_MAX = 128;
/** Pause before the next exchange when one was not enough. */
const MORE_AFTER_MS = 50;

/** An exchange that this seed opened. */
interface Exchange {
  readonly openedAt: number;
  readonly cancelTimeout: Cancel;
  /** What the partner has shown that it holds. */
  readonly told: Set<string>;
}

/**
 * Keeps seeds in step: two compare hashes of their buckets and tell each other what is in those that differ. Soon after
 * a link is up, and with one at random again and again. It also finds links that carry nothing any more. PROTOCOL.md §9.
 */
export class Sync {
  readonly #office: Office;
  readonly #rooms: SyncRooms;
  readonly #fresh: () => void;
  readonly #exchanges = new Map<Connection, Exchange>();
  /** When this seed told its part of an exchange that a partner opened and has not answered yet. */
  readonly #toldAt = new Map<Connection, number>();
  /** Exchanges that one seed may open or have follow at once: as many as the longest list takes, and then four an interval. */
  readonly #turns: Allowance;

  /** @param fresh runs when this seed has caught up: once, and again after the seeds have changed. */
  constructor(office: Office, rooms: SyncRooms, fresh: () => void) {
    this.#office = office;
    this.#rooms = rooms;
    this.#fresh = fresh;
    this.#turns = new Allowance({ max: TURNS_MAX, perMs: (TURNS_MAX / 4) * office.timing.syncMs });
    const { seeds } = office.lobby;
    seeds.route(SYNC, (opening, from) => this.#answer(opening, from));
    seeds.route(SYNC_DELTA, (delta, from) => this.#hear(delta, from));
    seeds.on("joined", (connection) => {
      if (connection.dialled) this.#open(connection);
    });
    seeds.on("left", (connection) => this.#left(connection));
  }

  start(): void {
    const { agenda, lobby, timing } = this.#office;
    const { random } = lobby.local;
    agenda.every(
      () => jitter(timing.syncMs, 0.3, random),
      () => {
        const partner = pick([...lobby.seeds], random);
        if (partner !== undefined) this.#open(partner);
      },
    );
  }

  /** Compares itself with `partner` now, unless that is under way. */
  open(partner: Connection): void {
    this.#open(partner);
  }

  #open(partner: Connection): void {
    if (this.#exchanges.has(partner) || !partner.isOpen) return;
    const { agenda, timing } = this.#office;
    const cancelTimeout = agenda.after(3 * timing.syncMs, () => {
      partner.close({ kind: "broken", detail: "no answer to SYNC" });
    });
    this.#exchanges.set(partner, { openedAt: this.#office.now(), cancelTimeout, told: new Set() });
    this.#rooms.tellTime(partner);
    partner.send(SYNC.encode({ buckets: this.#hashes(), fresh: this.#rooms.freshness.isFresh }));
  }

  #close(partner: Connection): void {
    this.#exchanges.get(partner)?.cancelTimeout();
    this.#exchanges.delete(partner);
  }

  #left(partner: Connection): void {
    this.#close(partner);
    this.#toldAt.delete(partner);
  }

  #answer({ buckets }: SyncOpening, from: Connection): void {
    if (!this.#turns.take(from.id, this.#office.now())) return;
    this.#rooms.tellTime(from);
    const own = this.#hashes();
    const differing = own.flatMap((hash, index) => (sameHash(hash, buckets[index]) ? [] : [index]));
    const covered = this.#portion(differing);
    const isPart = covered.length < differing.length;
    this.#tell(from, covered, new Set(), { answer: false, more: isPart });
    this.#toldAt.set(from, this.#office.now());
  }

  #hear(delta: SyncDelta, from: Connection): void {
    const exchange = this.#exchanges.get(from);
    const spokeAt = delta.answer ? this.#toldAt.get(from) : exchange?.openedAt;
    if (spokeAt === undefined) return;
    if (delta.yours !== undefined) this.#rooms.takeOwnVote(delta.yours, from);
    for (const certificate of delta.certificates) exchange?.told.add(toHex(certificateDigest(certificate)));
    this.#rooms.takeCertificates(delta.certificates, from);
    for (const vote of delta.votes) this.#rooms.takeVote(vote, from);
    this.#rooms.takeEdges(delta.edges, from);
    if (delta.last) this.#finish(delta, from, exchange, spokeAt);
  }

  #finish(delta: SyncDelta, from: Connection, exchange: Exchange | undefined, spokeAt: number): void {
    const { archive, freshness, met } = this.#rooms;
    if (delta.answer) this.#toldAt.delete(from);
    else if (exchange !== undefined) {
      this.#close(from);
      this.#tell(from, this.#portion(delta.buckets), exchange.told, { answer: true, more: delta.more });
      if (delta.more && this.#turns.take(from.id, this.#office.now()))
        this.#office.agenda.after(MORE_AFTER_MS, () => this.#open(from));
    }
    if (delta.more) return;
    // What the partner told counts once it is on disk.
    archive.whenIdle(() => {
      met(from.id, spokeAt);
      if (freshness.sync(from.id)) this.#fresh();
    });
  }

  /** So many of the buckets as one exchange may cover, beginning anywhere: a bucket that never agrees blocks no other. */
  #portion(buckets: readonly number[]): readonly number[] {
    const first = Math.floor(this.#office.lobby.local.random.next() * buckets.length);
    const turned = [...buckets.slice(first), ...buckets.slice(0, first)];
    let count = 0;
    return turned.filter((bucket, index) => {
      count += bucket < BUCKETS ? this.#rooms.ledger.inBucket(bucket).length : 0;
      return index === 0 || count <= CERTIFICATES_AN_EXCHANGE;
    });
  }

  #tell(
    to: Connection,
    buckets: readonly number[],
    told: ReadonlySet<string>,
    { answer, more }: { readonly answer: boolean; readonly more: boolean },
  ): void {
    const { ledger, edges, openVotes, freshness, newestVoteOf } = this.#rooms;
    const wanted = [...new Set(buckets)];
    const certificates = wanted
      .filter((bucket) => bucket < BUCKETS)
      .flatMap((bucket) => ledger.inBucket(bucket))
      .filter((certificate) => !told.has(toHex(certificateDigest(certificate))));
    const parts = wanted
      .filter((bucket) => bucket >= BUCKETS && bucket < 2 * BUCKETS)
      .map((bucket) => edges.inBucket(bucket - BUCKETS));
    const pages = paged({
      certificates,
      votes: [...openVotes()].slice(0, ITEMS_AN_EXCHANGE),
      made: parts.flatMap(({ made }) => made).slice(0, ITEMS_AN_EXCHANGE),
      ended: parts.flatMap(({ ended }) => ended).slice(0, ITEMS_AN_EXCHANGE),
    });
    for (const [index, page] of pages.entries()) {
      const last = index === pages.length - 1;
      const yours = last ? newestVoteOf(to.id) : undefined;
      to.send(SYNC_DELTA.encode({ buckets, ...page, yours, answer, last, more, fresh: freshness.isFresh }));
    }
  }

  #hashes(): readonly Uint8Array[] {
    return [...this.#rooms.ledger.bucketHashes(), ...this.#rooms.edges.bucketHashes()];
  }
}

type Page = Pick<SyncDelta, "certificates" | "votes" | "edges">;

/** Everything in as few frames as it takes, one at least. */
function paged(all: {
  readonly certificates: readonly Certificate[];
  readonly votes: readonly VoteNews[];
  readonly made: readonly Edge[];
  readonly ended: readonly Edge[];
}): readonly Page[] {
  const { certificates, votes, made, ended } = all;
  const count = Math.max(
    1,
    Math.ceil(certificates.length / CERTIFICATES_A_FRAME),
    ...[votes, made, ended].map((items) => Math.ceil(items.length / ITEMS_A_FRAME)),
  );
  return Array.from({ length: count }, (_, page) => ({
    certificates: slice(certificates, page, CERTIFICATES_A_FRAME),
    votes: slice(votes, page, ITEMS_A_FRAME),
    edges: { made: slice(made, page, ITEMS_A_FRAME), ended: slice(ended, page, ITEMS_A_FRAME) },
  }));
}

function slice<T>(items: readonly T[], page: number, size: number): readonly T[] {
  return items.slice(page * size, (page + 1) * size);
}

function sameHash(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && sameBytes(a, b);
}
