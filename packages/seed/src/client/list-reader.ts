import { CERTIFICATES_A_FRAME, type Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Cancel, Connection, Lobby } from "@p2p/wire";
import { LIST, LIST_ASK, type List, type ListAsk, type Listed } from "../frames.ts";
import type { Newsroom } from "./newsroom.ts";
import type { SeedLinks } from "./seed-links.ts";
import type { ClientTiming } from "./timing.ts";

/** One seed's Peer List, as far as it was read. */
export interface Reading {
  readonly seed: PeerId;
  /** Whom it listed. */
  readonly listed: ReadonlySet<PeerId>;
  /** Whom of these newcomers had better not choose. */
  readonly grey: ReadonlySet<PeerId>;
  /** Whom this peer listed when the reading began: who came later can be missing from a page that was read before. */
  readonly known: ReadonlySet<PeerId>;
  /** Whether the seed called its list fresh, on every page. */
  readonly isFresh: boolean;
}

/** Most questions that one list is worth, and most members that are read of it. */
const ASKS_MAX = 10_000;
const LISTED_MAX = 100_000;
/** Answers in a row with none of the certificates that were asked for, after which a list is not believed. */
const BARREN_MAX = 2;

/**
 * Reads seeds' Peer Lists, page by page, one page under way for each seed. Certificates are asked for only of those that
 * are not listed here yet, or in an earlier life, and of one seed at a time, a page of each in turn: most of what a
 * second seed lists, the first has proved by then. They are examined like any other. A seed that does not answer in time is given up.
 */
export class ListReader {
  readonly #lobby: Lobby;
  readonly #links: SeedLinks;
  readonly #news: Newsroom;
  readonly #ledger: Ledger;
  readonly #timing: ClientTiming;
  readonly #finished: (reading: Reading) => void;
  readonly #readings = new Map<PeerId, OpenReading>();
  /** Which of them asks for certificates now. */
  #asksForProofs: OpenReading | undefined;

  /** @param finished gets each list that was read to its end; not those that broke off. */
  constructor(
    lobby: Lobby,
    links: SeedLinks,
    news: Newsroom,
    ledger: Ledger,
    timing: ClientTiming,
    finished: (reading: Reading) => void,
  ) {
    this.#lobby = lobby;
    this.#links = links;
    this.#news = news;
    this.#ledger = ledger;
    this.#timing = timing;
    this.#finished = finished;
    lobby.seeds.route(LIST, (page, from) => this.#heard(page, from));
    lobby.seeds.on("left", ({ id }) => this.#drop(id));
  }

  isReading(seed: PeerId): boolean {
    return this.#readings.has(seed);
  }

  /** Reads the list of a linked seed, unless that is under way. */
  read(seed: PeerId): void {
    if (this.isReading(seed)) return;
    const reading = new OpenReading(seed, new Set(this.#ledger.memberIds()), (member) => this.#isNew(member));
    this.#readings.set(seed, reading);
    this.#ask(reading);
  }

  close(): void {
    this.#readings.forEach(({ cancelTimeout }) => cancelTimeout());
    this.#readings.clear();
    this.#asksForProofs = undefined;
  }

  #ask(reading: OpenReading): void {
    const { clock } = this.#lobby.local;
    reading.cancelTimeout();
    reading.cancelTimeout = clock.after(this.#timing.answerTimeoutMs, () => this.#links.giveUp(reading.seed));
    const ask = reading.next(this.#asksForProofs === reading ? CERTIFICATES_A_FRAME : 0);
    this.#links.send(reading.seed, LIST_ASK.encode(ask));
  }

  #heard(page: List, from: Connection): void {
    const reading = this.#readings.get(from.id);
    if (reading === undefined) return;
    for (const certificate of page.certificates) if (!this.#news.take(certificate, from)) return;
    if (!from.isOpen) return;
    reading.turn(page);
    if (reading.isBarren) return this.#links.giveUp(from.id);
    if (this.#asksForProofs === reading) this.#release(reading);
    if (reading.isDone) return this.#finish(reading);
    this.#serve();
    if (!reading.hasMore) return this.#asksForProofs === reading ? undefined : reading.cancelTimeout();
    if (!reading.isProved) this.#asksForProofs ??= reading;
    this.#ask(reading);
  }

  /** Its turn is over: of those that wait it is the last now. A seed that answers slowly keeps nobody waiting for ever. */
  #release(reading: OpenReading): void {
    this.#asksForProofs = undefined;
    this.#readings.delete(reading.seed);
    this.#readings.set(reading.seed, reading);
  }

  /** Of those that are read and wait for certificates: who has them all by now is done, and the first other asks. */
  #serve(): void {
    for (const waiting of this.#readings.values()) {
      if (waiting.hasMore || waiting === this.#asksForProofs) continue;
      if (waiting.isDone) this.#finish(waiting);
      else if (this.#asksForProofs === undefined) {
        this.#asksForProofs = waiting;
        this.#ask(waiting);
      }
    }
  }

  #finish(reading: OpenReading): void {
    this.#drop(reading.seed);
    this.#finished(reading);
  }

  #isNew({ peer, incarnation }: Listed): boolean {
    const held = this.#ledger.certificateOf(peer);
    return held === undefined || held.fact.incarnation < incarnation;
  }

  #drop(seed: PeerId): void {
    const reading = this.#readings.get(seed);
    reading?.cancelTimeout();
    this.#readings.delete(seed);
    if (this.#asksForProofs === reading) this.#asksForProofs = undefined;
    this.#serve();
  }
}

/** A list while it is read. */
class OpenReading implements Reading {
  readonly seed: PeerId;
  readonly listed = new Set<PeerId>();
  readonly grey = new Set<PeerId>();
  readonly known: ReadonlySet<PeerId>;
  isFresh = true;
  /** Whether further pages follow. A list must end somewhere. */
  hasMore = true;
  cancelTimeout: Cancel = () => undefined;
  /** The last id that was read. */
  #after: PeerId | undefined;
  /** Whose certificates were wanting when they were read; up to `#asked` they have been asked for, or are not any more. */
  readonly #unproved: Listed[] = [];
  readonly #isNew: (member: Listed) => boolean;
  #asked = 0;
  #asks = 0;
  /** Whose certificates the last question asked for, and how many answers in a row brought none of theirs. */
  #wanted: readonly Listed[] = [];
  #barren = 0;

  constructor(seed: PeerId, known: ReadonlySet<PeerId>, isNew: (member: Listed) => boolean) {
    this.seed = seed;
    this.known = known;
    this.#isNew = isNew;
  }

  /** Whether nobody's certificate is still to be asked for. */
  get isProved(): boolean {
    return this.#firstUnproved() === undefined;
  }

  /** Whether there is nothing left to ask. */
  get isDone(): boolean {
    return !this.hasMore && this.isProved;
  }

  /** What to ask next: the next page, and the certificates of so many at most. */
  next(wantedMax: number): ListAsk {
    this.#asks += 1;
    const wanted: Listed[] = [];
    for (let one = this.#firstUnproved(); one && wanted.length < wantedMax; one = this.#firstUnproved()) {
      wanted.push(one);
      this.#asked += 1;
    }
    this.#wanted = wanted;
    return { after: this.#after, wanted: wanted.map(({ peer }) => peer) };
  }

  /** Whether the seed lists members that it cannot prove, as one that makes them up does. */
  get isBarren(): boolean {
    return this.#barren >= BARREN_MAX;
  }

  /** Takes a page, whose certificates have been taken. It must go on where the last one ended. */
  turn({ members, next, fresh, grey }: List): void {
    this.isFresh &&= fresh;
    if (this.#wanted.length > 0) this.#barren = this.#wanted.every(this.#isNew) ? this.#barren + 1 : 0;
    if (!this.hasMore) return;
    for (const member of members) {
      if (!this.listed.has(member.peer)) this.#unproved.push(member);
      this.listed.add(member.peer);
    }
    for (const id of grey) if (this.listed.has(id)) this.grey.add(id);
    const isLater = next !== undefined && next > (this.#after ?? "");
    this.hasMore = isLater && this.listed.size < LISTED_MAX && this.#asks < ASKS_MAX;
    this.#after = next ?? members.at(-1)?.peer ?? this.#after;
  }

  /** Skips those that are known by now. */
  #firstUnproved(): Listed | undefined {
    while (this.#asked < this.#unproved.length && !this.#isNew(this.#unproved[this.#asked] as Listed))
      this.#asked += 1;
    return this.#unproved[this.#asked];
  }
}
