import {
  type Certificate,
  type Council,
  certificateTick,
  cfgOf,
  type FactKind,
  knows,
  rank,
  type Vote,
} from "@p2p/consensus";
import { P2PError, type PeerId, sameBytes } from "@p2p/identity";
import { type Disk, type DiskDone, integer, Malformed, optional, read, record, write } from "@p2p/wire";
import { type VoteNews, voteNews } from "./frames.ts";
import { Journal, type RecordFault, readPayloads } from "./journal.ts";

/** Name of the file. */
export const VOTE_LOG_FILE = "votes.log";
/** Most peers with a vote of this seed that is not certified; beyond, it abstains from votes on further ones. */
const OPEN_VOTES_MAX = 100_000;

const FIX =
  "A seed that guesses may vote twice. Restore the file from a copy that is up to date; without one, this seed must not vote again under its key: give it a new key and change the configuration";

/** A line of the log: the counter so far, and the vote that took it there; none in the first line of a rewritten file. */
const line = record({ counter: integer(), news: optional(voteNews) });

/** Whether a seed may vote for something, by its own earlier votes alone. */
export type VoteGuard =
  /** Nothing speaks against it. */
  | "free"
  /** It has voted exactly so, or is about to. */
  | "same"
  /** It has voted for another content of the same life. */
  | "conflict"
  /** It has voted on a later life of the peer. */
  | "past"
  /** It has too many votes open. */
  | "full";

interface Entry {
  news: VoteNews;
  isDurable: boolean;
}

/**
 * Every vote of this seed that may still matter, on disk before it counts anywhere, so that a seed that was killed never
 * votes twice differently. For each peer and kind the vote on its latest life is enough, because earlier lives are not
 * voted on any more. PROTOCOL.md §10.
 */
export class VoteLog {
  readonly #journal: Journal;
  readonly #configuration: Council;
  readonly #self: PeerId;
  readonly #entries = new Map<string, Entry>();
  #counter = 0;

  constructor(disk: Disk, configuration: Council, self: PeerId) {
    this.#configuration = configuration;
    this.#self = self;
    this.#journal = new Journal({ disk, file: VOTE_LOG_FILE, fix: FIX, contents: () => this.#contents() });
  }

  /** Reads what is there; see {@link Journal.open}. */
  open(done: DiskDone): void {
    this.#journal.open((payload) => this.#load(payload), done);
  }

  /** Whether this seed may vote for `fact`, as far as its own votes go. */
  guard(fact: Vote["fact"]): VoteGuard {
    const held = this.#entries.get(keyOf(fact.kind, fact.peer))?.news.vote.fact;
    if (held === undefined) return this.#entries.size < OPEN_VOTES_MAX ? "free" : "full";
    if (held.incarnation !== fact.incarnation) return held.incarnation < fact.incarnation ? "free" : "past";
    return sameBytes(held.digest, fact.digest) ? "same" : "conflict";
  }

  /** The number of its newest vote, as far as it remembers; 0 before the first. */
  get counter(): number {
    return this.#counter;
  }

  /** Counts one more vote: its number. */
  nextCounter(): number {
    this.#counter += 1;
    return this.#counter;
  }

  /**
   * Takes a vote that {@link guard} allows. From this moment on nothing else may be voted for in its place, whatever
   * becomes of the write. `done` runs once it is on stable storage, or is not; then the seed abstains.
   */
  keep(news: VoteNews, done: DiskDone): void {
    const { fact, counter } = news.vote;
    const entry: Entry = { news, isDurable: false };
    this.#entries.set(keyOf(fact.kind, fact.peer), entry);
    this.#journal.append(write(line, { counter, news }), (error) => {
      entry.isDurable = error === undefined;
      done(error);
    });
  }

  /** The vote on `peer`, if it is on stable storage. */
  voteOn(kind: FactKind, peer: PeerId): VoteNews | undefined {
    const entry = this.#entries.get(keyOf(kind, peer));
    return entry?.isDurable === true ? entry.news : undefined;
  }

  /** Whether there is a vote on `peer`, or one on its way to the disk. */
  hasVoteOn(kind: FactKind, peer: PeerId): boolean {
    return this.#entries.has(keyOf(kind, peer));
  }

  /** All votes on stable storage. */
  *votes(): Iterable<VoteNews> {
    for (const { news, isDurable } of this.#entries.values()) if (isDurable) yield news;
  }

  /**
   * A certificate has come to hold: it guards, for two leases, what votes up to its rank guarded. But not for as long as a
   * vote to add that is younger than it has to be remembered, so such a one stays.
   */
  settled(certificate: Certificate): void {
    const { fact } = certificate;
    const tick = certificateTick(certificate, this.#configuration.under(cfgOf(certificate)).faulty);
    for (const kind of ["add", "remove"] as const) {
      const { vote } = this.#entries.get(keyOf(kind, fact.peer))?.news ?? {};
      if (vote === undefined || rank(vote.fact) > rank(fact)) continue;
      if (kind === "remove" || vote.tick <= tick) this.#entries.delete(keyOf(kind, fact.peer));
    }
  }

  /** Votes cast in `tick` or before guard nothing any more: everybody has forgotten what they could have led to. */
  forgetUntil(tick: number): void {
    for (const [key, { news }] of this.#entries) if (news.vote.tick <= tick) this.#entries.delete(key);
  }

  /** See {@link Journal.whenIdle}. */
  whenIdle(done: () => void): void {
    this.#journal.whenIdle(done);
  }

  #load(payload: Uint8Array): RecordFault | undefined {
    const value = read(line, payload);
    if (value instanceof Malformed) return value.detail;
    this.#counter = Math.max(this.#counter, value.counter);
    if (value.news === undefined) return undefined;
    const { vote } = value.news;
    if (vote.seed !== this.#self || !knows(this.#configuration, vote.cfg)) {
      return {
        foreign: "a vote of another seed or network, or under a configuration that is not known here",
      };
    }
    const guard = this.guard(vote.fact);
    if (guard === "conflict") return "two different votes on one life";
    if (guard === "past") return undefined;
    this.#entries.set(keyOf(vote.fact.kind, vote.fact.peer), { news: value.news, isDurable: true });
    return undefined;
  }

  *#contents(): Iterable<Uint8Array> {
    yield write(line, { counter: this.#counter, news: undefined });
    for (const { news } of this.#entries.values()) yield write(line, { counter: news.vote.counter, news });
  }
}

/**
 * The votes in a {@link VOTE_LOG_FILE}, in the order they were written; a torn last record is left out, as its seed would.
 * @throws P2PError `STORE_CORRUPT` where the seed would refuse the file for what is written in it.
 */
export function readVotes(bytes: Uint8Array): VoteNews[] {
  return readPayloads(VOTE_LOG_FILE, bytes).flatMap((payload) => {
    const value = read(line, payload);
    if (value instanceof Malformed) throw new P2PError("STORE_CORRUPT", `${VOTE_LOG_FILE}: ${value.detail}`);
    return value.news ?? [];
  });
}

function keyOf(kind: FactKind, peer: PeerId): string {
  return `${kind}:${peer}`;
}
