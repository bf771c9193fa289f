import type { PeerId } from "@p2p/identity";
import { type Cancel, type Connection, type FrameType, jitter, type LinkSet, Malformed } from "@p2p/wire";
import { unread } from "./batch.ts";
import type { Knowledge } from "./knowledge.ts";
import { byName, type Listed, Listings, type RunId } from "./listings.ts";
import { Offer } from "./offer.ts";
import { ANEW_EVERY, Partner } from "./partner.ts";
import {
  DIGEST,
  DIGEST_ANSWER,
  type Digest,
  LISTING_RUNS_MAX,
  REPAIR,
  type RunSummary,
  WANT,
} from "./repair-frames.ts";
import { runName, type Store } from "./store.ts";
import { Turns } from "./turns.ts";

/** Shares of the interval: when a new neighbour is asked, */
const SOON = 1 / 10;
/** when the next one is asked if one did not answer, */
const SILENT = 1 / 5;
/** and for how long news of what repair brought is collected before the other neighbours hear of it. */
const NEWS = 1 / 20;
/** Most runs that such news is about; what is beyond has to wait for an exchange. */
const NEWS_MAX = 1024;
/** How often a delivery tries again while its link is under pressure, in milliseconds. */
const PUMP_MS = 50;

/** What repair stands on. */
export interface RepairOptions {
  readonly links: LinkSet;
  readonly store: Store;
  readonly knowledge: Knowledge;
  /** Asks a neighbour to vouch for an origin. */
  readonly vouch: (origin: PeerId, incarnation: number, from: Connection) => void;
  /** See `GossipTiming`. */
  readonly everyMs: number;
}

interface News extends RunId {
  /** Who brought it; nobody if several did. */
  readonly from: Connection | undefined;
}

/**
 * Pull anti-entropy: every so often a node and one neighbour tell each other what they have seen, and each gives the
 * other what it misses. What came so is not flooded: the other neighbours are told that it is there. PROTOCOL.md §7.6.
 */
export class Repair {
  readonly #options: RepairOptions;
  readonly #partners = new Map<Connection, Partner>();
  readonly #turns: Turns;
  readonly #listings: Listings;
  readonly #news = new Map<string, News>(); // oldest first
  readonly #counts = { exchanges: 0, resent: 0, ignored: 0 };
  #round = 0;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancelTick: Cancel | undefined;
  #cancelSilence: Cancel | undefined;
  #cancelNews: Cancel | undefined;
  #cancelPump: Cancel | undefined;

  constructor(options: RepairOptions) {
    const { links } = options;
    this.#options = options;
    this.#listings = new Listings({ clock: links.local.clock, ...options });
    this.#turns = new Turns(links.local.random.fork("repair"));
    this.#route(DIGEST, (partner, frame) => this.#digested(partner, frame));
    this.#route(DIGEST_ANSWER, (partner, frame) => this.#answered(partner, frame));
    this.#route(WANT, (partner, frame) => this.#wanted(partner, frame));
    links.route(REPAIR, ({ ageMs }, from) => this.#expect(from, ageMs));
  }

  /** Exchanges begun here, batches given to others, and frames that were not looked at. */
  get counts(): { readonly exchanges: number; readonly resent: number; readonly ignored: number } {
    return this.#counts;
  }

  /** A neighbour is there. Whoever dialled asks soon: it may be a latecomer. */
  joined(connection: Connection): void {
    const { everyMs } = this.#options;
    this.#partners.set(connection, new Partner(connection, everyMs, this.#now()));
    this.#arm(connection.dialled ? everyMs * SOON : everyMs);
  }

  left(connection: Connection): void {
    this.#partners.delete(connection);
    if (this.#partners.size === 0) this.stop();
  }

  /** A batch of so many bytes came: for how long it has been under way, if `from` repairs with it. Called once for each. */
  ageOf(from: Connection, bytes: number): number | undefined {
    const partner = this.#partners.get(from);
    if (partner === undefined) return undefined;
    partner.broughtBytes += bytes;
    const ageMs = partner.expectedAgeMs;
    if (ageMs === undefined) return undefined;
    partner.expectedAgeMs = undefined;
    partner.repairedAt = this.#now();
    return ageMs;
  }

  /** Whether `from` may bring so much that goes beyond what an origin may say. */
  mayBring(from: Connection, messages: number, bytes: number): boolean {
    return this.#partners.get(from)?.mayBring(messages, bytes, this.#now()) ?? false;
  }

  /** A batch of `from` could not be taken now: it will have to come again. */
  refused(from: Connection): void {
    const partner = this.#partners.get(from);
    if (partner !== undefined) partner.owesAll = true;
  }

  /** `from` repaired something of a run: the others may miss it, too. */
  repaired(origin: PeerId, incarnation: number, from: Connection): void {
    const name = runName(origin, incarnation);
    const known = this.#news.get(name);
    if (known === undefined && this.#news.size >= NEWS_MAX) return;
    const only = known === undefined || known.from === from ? from : undefined;
    this.#news.set(name, { origin, incarnation, from: only });
    this.#cancelNews ??= this.#after(this.#options.everyMs * NEWS, () => this.#announce());
  }

  /** Lets go of all neighbours; goes on with the next one that joins. */
  stop(): void {
    for (const cancel of [this.#cancelTick, this.#cancelSilence, this.#cancelNews, this.#cancelPump])
      cancel?.();
    this.#cancelNews = this.#cancelPump = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#news.clear();
    this.#partners.clear();
  }

  // ── asking ──

  /** Sees to it that the next exchange begins in about `inMs`, or earlier. */
  #arm(inMs: number): void {
    const { clock, random } = this.#options.links.local;
    const waitMs = jitter(inMs, 0.3, random);
    if (this.#dueAt <= clock.now() + waitMs) return;
    this.#cancelTick?.();
    this.#dueAt = clock.now() + waitMs;
    this.#cancelTick = clock.after(waitMs, () => this.#tick());
  }

  #tick(): void {
    const { everyMs, store } = this.#options;
    store.expire(this.#now());
    this.#dueAt = Number.POSITIVE_INFINITY;
    const partner = this.#turns.next(this.#partners);
    const isMore = [...this.#partners.values()].some(
      (other) => other !== partner && other.exchanges === 0 && other.connection.dialled,
    );
    this.#arm(isMore ? everyMs * SOON : everyMs);
    if (partner !== undefined) this.#open(partner);
  }

  #open(partner: Partner): void {
    partner.exchanges++;
    if (partner.opens++ % ANEW_EVERY === 0) partner.owesAll = true;
    if (partner.owesAll) partner.told = 0;
    const { runs, upTo } = this.#listings.page(partner.told);
    partner.opened = { number: ++this.#round, upTo };
    this.#counts.exchanges++;
    const scope = partner.owesAll ? "all" : "changed";
    partner.connection.send(DIGEST.encode({ round: this.#round, scope, runs }));
    this.#cancelSilence?.();
    this.#cancelSilence = this.#after(this.#options.everyMs * SILENT, () => {
      if (partner.opened !== undefined && this.#partners.size > 1) this.#tick();
    });
  }

  #announce(): void {
    this.#cancelNews = undefined;
    const news = [...this.#news.values()];
    this.#news.clear();
    for (const partner of this.#partners.values()) {
      if (!partner.isFree) continue;
      const runs = this.#listings.summaries(news.filter(({ from }) => from !== partner.connection));
      if (runs.length === 0) continue;
      partner.announced = ++this.#round;
      partner.connection.send(DIGEST.encode({ round: this.#round, scope: "news", runs }));
    }
  }

  // ── answering ──

  #digested(partner: Partner, frame: Uint8Array): boolean {
    return this.#read(DIGEST, partner, frame, (digest) => this.#answer(partner, digest));
  }

  #answer(partner: Partner, { round, scope, runs }: Digest): void {
    const theirs = byName(runs);
    const isNews = scope === "news";
    if (scope === "all") partner.told = 0;
    const isWhole = partner.delivery.order(this.#listings.missedBy(theirs), this.#now());
    const wants = this.#wantsOf(partner, theirs, isNews);
    if (!isNews) this.#tell(partner, round, wants, theirs, isWhole);
    else if (wants.length > 0) partner.connection.send(DIGEST_ANSWER.encode({ round, runs: wants }));
    this.#pump();
  }

  /** Answers with what is wanted, and what is here besides. */
  #tell(
    partner: Partner,
    round: number,
    wants: readonly RunSummary[],
    theirs: Listed,
    isWhole: boolean,
  ): void {
    const page = this.#listings.page(partner.told, theirs);
    const runs = [...wants, ...page.runs].slice(0, LISTING_RUNS_MAX);
    const isTold = isWhole && runs.length === wants.length + page.runs.length;
    partner.exchanges++;
    partner.answered = { number: round, upTo: isTold ? page.upTo : undefined };
    partner.connection.send(DIGEST_ANSWER.encode({ round, runs }));
  }

  #answered(partner: Partner, frame: Uint8Array): boolean {
    const { opened, announced } = partner;
    if (opened === undefined && announced === undefined) return false;
    return this.#read(DIGEST_ANSWER, partner, frame, ({ round, runs }) => {
      if (round === announced) {
        partner.announced = undefined;
        return this.#give(partner, runs);
      }
      if (round !== opened?.number) return this.#ignore();
      partner.opened = undefined;
      partner.owesAll = false;
      this.#give(partner, runs, opened.upTo);
      const wants = this.#wantsOf(partner, byName(runs), false);
      partner.connection.send(WANT.encode({ round, runs: wants }));
    });
  }

  #wanted(partner: Partner, frame: Uint8Array): boolean {
    const { answered } = partner;
    if (answered === undefined) return false;
    return this.#read(WANT, partner, frame, ({ round, runs }) => {
      if (round !== answered.number) return this.#ignore();
      partner.answered = undefined;
      this.#give(partner, runs, answered.upTo);
    });
  }

  #give(partner: Partner, runs: readonly RunSummary[], upTo?: number): void {
    partner.delivery.order(this.#listings.missedBy(byName(runs)), this.#now(), upTo);
    this.#pump();
  }

  #wantsOf(partner: Partner, theirs: Listed, isNews: boolean): readonly RunSummary[] {
    const { runs, isWhole } = this.#listings.wants(theirs, partner.connection, isNews);
    if (!isWhole) partner.owesAll = true;
    // Of news it gives only what is asked for before the next ones: that proves nothing.
    if (!isNews) this.#weigh(partner, runs);
    return runs;
  }

  /** What became of the neighbour's last offer? The one in `wants` is the next to be kept. */
  #weigh(partner: Partner, wants: readonly RunSummary[]): void {
    const { everyMs } = this.#options;
    const { offer, connection } = partner;
    if (offer !== undefined && !offer.isDue(this.#now(), everyMs)) return;
    partner.offer = Offer.in(wants, this.#now(), partner.broughtBytes);
    if (offer?.isBroken((run) => this.#lacks(run), partner, everyMs))
      connection.blame("unfollowed", "offered messages by repair and gave none");
  }

  /** Whether nothing of a run was seen here, and it would be taken. */
  #lacks({ origin, incarnation }: RunId): boolean {
    const window = this.#options.knowledge.wanted(origin, incarnation, this.#now());
    return typeof window === "object" && window.highest === 0;
  }

  // ── plumbing ──

  #route<T>(type: FrameType<T>, handle: (partner: Partner, frame: Uint8Array) => boolean): void {
    this.#options.links.route(unread(type), (frame, from) => {
      const partner = this.#partners.get(from);
      if (partner === undefined || !handle(partner, frame)) this.#ignore();
    });
  }

  #read<T>(type: FrameType<T>, partner: Partner, frame: Uint8Array, take: (value: T) => void): boolean {
    if (partner.isExcessive(frame.length, this.#now()))
      partner.connection.blame("excess", "more listings than exchanges need");
    if (!partner.mayAsk(frame.length, this.#now())) return false;
    const value = type.decode(frame);
    if (value instanceof Malformed) partner.connection.blame("malformed", value.detail);
    else take(value);
    return true;
  }

  #expect(from: Connection, ageMs: number): void {
    const partner = this.#partners.get(from);
    if (partner !== undefined) partner.expectedAgeMs = ageMs;
  }

  #ignore(): void {
    this.#counts.ignored++;
  }

  #pump(): void {
    this.#cancelPump?.();
    this.#cancelPump = undefined;
    for (const partner of this.#partners.values()) this.#pumpOne(partner);
  }

  #pumpOne(partner: Partner): void {
    const before = partner.delivery.sent;
    partner.pump(this.#now());
    this.#counts.resent += partner.delivery.sent - before;
    if (!partner.isFree) this.#cancelPump ??= this.#after(PUMP_MS, () => this.#pump());
  }

  #after(delayMs: number, task: () => void): Cancel {
    return this.#options.links.local.clock.after(delayMs, task);
  }

  #now(): number {
    return this.#options.links.local.clock.now();
  }
}
