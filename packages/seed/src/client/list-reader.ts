import type { PeerId } from "@p2p/identity";
import type { Cancel, Connection, Lobby } from "@p2p/wire";
import { LIST, LIST_ASK, type List } from "../frames.ts";
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
  /** Whether the seed called its list fresh, on every page. */
  readonly isFresh: boolean;
}

/** Most pages, and most members, that are read of one list. */
const PAGES_MAX = 10_000;
const LISTED_MAX = 100_000;

/**
 * Reads seeds' Peer Lists, page by page, one page under way for each seed. What is listed is examined like any other
 * certificate. A seed that does not send the next page in time is given up.
 */
export class ListReader {
  readonly #lobby: Lobby;
  readonly #links: SeedLinks;
  readonly #news: Newsroom;
  readonly #timing: ClientTiming;
  readonly #finished: (reading: Reading) => void;
  readonly #readings = new Map<PeerId, OpenReading>();

  /** @param finished gets each list that was read to its end; not those that broke off. */
  constructor(
    lobby: Lobby,
    links: SeedLinks,
    news: Newsroom,
    timing: ClientTiming,
    finished: (reading: Reading) => void,
  ) {
    this.#lobby = lobby;
    this.#links = links;
    this.#news = news;
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
    const reading = new OpenReading(seed);
    this.#readings.set(seed, reading);
    this.#ask(reading);
  }

  close(): void {
    for (const seed of this.#readings.keys()) this.#drop(seed);
  }

  #ask(reading: OpenReading): void {
    const { clock } = this.#lobby.local;
    reading.cancelTimeout();
    reading.cancelTimeout = clock.after(this.#timing.answerTimeoutMs, () => this.#links.giveUp(reading.seed));
    this.#links.send(reading.seed, LIST_ASK.encode({ after: reading.after }));
  }

  #heard(page: List, from: Connection): void {
    const reading = this.#readings.get(from.id);
    if (reading === undefined) return;
    for (const certificate of page.certificates) if (!this.#news.take(certificate, from)) return;
    if (!from.isOpen) return;
    if (reading.turn(page)) return this.#ask(reading);
    this.#drop(reading.seed);
    this.#finished(reading);
  }

  #drop(seed: PeerId): void {
    this.#readings.get(seed)?.cancelTimeout();
    this.#readings.delete(seed);
  }
}

/** A list while it is read. */
class OpenReading implements Reading {
  readonly seed: PeerId;
  readonly listed = new Set<PeerId>();
  readonly grey = new Set<PeerId>();
  isFresh = true;
  /** The last id that was read. */
  after: PeerId | undefined;
  cancelTimeout: Cancel = () => undefined;
  #pages = 0;

  constructor(seed: PeerId) {
    this.seed = seed;
  }

  /** Takes a page. True when there is another one: it must go on where this ends, and the list must end somewhere. */
  turn({ certificates, next, fresh, grey }: List): boolean {
    this.#pages += 1;
    this.isFresh &&= fresh;
    for (const { fact } of certificates) if (fact.kind === "add") this.listed.add(fact.peer);
    for (const id of grey) if (this.listed.has(id)) this.grey.add(id);
    if (next === undefined || next <= (this.after ?? "") || certificates.length === 0) return false;
    this.after = next;
    return this.#pages < PAGES_MAX && this.listed.size < LISTED_MAX;
  }
}
