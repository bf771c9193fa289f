import type { Council, Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Cancel, every, jitter, type Lobby, pick } from "@p2p/wire";
import { ListReader, type Reading } from "./list-reader.ts";
import type { Newsroom } from "./newsroom.ts";
import type { SeedLinks } from "./seed-links.ts";
import type { ClientTiming } from "./timing.ts";

/** Members that a seed is asked about because its list lacks them, for each reading of it. */
const DOUBTS_MAX = 256;

/**
 * Keeps this peer's list whole. It gathers the union of the lists of ⌊n/2⌋+1 fresh seeds once, and later reads a list
 * again when a link is new, when news were passed over, and every so often. A list names no removed members, so a seed
 * that does not list somebody whom another seed lists, or whom this peer did before, is asked for what it holds of him.
 */
export class ListKeeper {
  readonly #lobby: Lobby;
  readonly #council: Council;
  readonly #links: SeedLinks;
  readonly #news: Newsroom;
  readonly #ledger: Ledger;
  readonly #timing: ClientTiming;
  readonly #reader: ListReader;
  #gathering: Gathering | undefined;
  #cancelKeeping: Cancel | undefined;
  #cancelRefresh: Cancel | undefined;

  constructor(
    lobby: Lobby,
    council: Council,
    links: SeedLinks,
    news: Newsroom,
    ledger: Ledger,
    timing: ClientTiming,
  ) {
    this.#lobby = lobby;
    this.#council = council;
    this.#links = links;
    this.#news = news;
    this.#ledger = ledger;
    this.#timing = timing;
    this.#reader = new ListReader(lobby, links, news, ledger, timing, (reading) => this.#finished(reading));
  }

  get isGathering(): boolean {
    return this.#gathering !== undefined;
  }

  /**
   * Begins to gather; {@link pursue} carries on.
   * @param done runs once the union is complete, with those that more than f seeds call grey.
   */
  gather(done: (grey: ReadonlySet<PeerId>) => void): void {
    this.#gathering = { readings: new Map(), triedAt: new Map(), done };
    this.pursue();
  }

  /** While gathering: reads the lists that are wanting, those that were stale again after a while. */
  pursue(): void {
    const gathering = this.#gathering;
    if (gathering === undefined) return;
    const { readings, triedAt } = gathering;
    const now = this.#lobby.local.clock.now();
    for (const seed of this.#links.linked) {
      const isEarly = now - (triedAt.get(seed) ?? Number.NEGATIVE_INFINITY) < this.#timing.askAgainMs;
      if (isEarly || readings.has(seed) || this.#reader.isReading(seed)) continue;
      triedAt.set(seed, now);
      this.#reader.read(seed);
    }
  }

  /** Reads a linked seed's list every so often from now on. */
  keep(): void {
    const { clock, random } = this.#lobby.local;
    this.#cancelKeeping ??= every(
      clock,
      () => jitter(this.#timing.listEveryMs, 0.3, random),
      () => this.#refreshAny(),
    );
  }

  /** Reads the list of `seed` again. */
  refresh(seed: PeerId): void {
    this.#reader.read(seed);
  }

  /** News were passed over: reads a linked seed's list again before long, once for however many calls. */
  refreshSoon(): void {
    const { clock } = this.#lobby.local;
    this.#cancelRefresh ??= clock.after(this.#timing.pollMinMs, () => {
      this.#cancelRefresh = undefined;
      this.#refreshAny();
    });
  }

  /** Ends it all; {@link gather} and {@link keep} begin anew. */
  close(): void {
    this.#gathering = undefined;
    this.#cancelKeeping?.();
    this.#cancelKeeping = undefined;
    this.#cancelRefresh?.();
    this.#cancelRefresh = undefined;
    this.#reader.close();
  }

  #refreshAny(): void {
    const seed = pick(this.#links.linked, this.#lobby.local.random);
    if (seed !== undefined) this.#reader.read(seed);
  }

  #finished(reading: Reading): void {
    if (!reading.isFresh) return;
    const gathering = this.#gathering;
    if (gathering === undefined) return this.#doubt(reading, [reading]);
    gathering.readings.set(reading.seed, reading);
    if (gathering.readings.size < this.#council.registrars) return;
    this.#gathering = undefined;
    const readings = [...gathering.readings.values()];
    for (const read of readings) this.#doubt(read, readings);
    gathering.done(this.#greyIn(readings));
  }

  #greyIn(readings: readonly Reading[]): ReadonlySet<PeerId> {
    const named = readings.flatMap(({ grey }) => [...grey]);
    const votesFor = (id: PeerId): number => readings.filter(({ grey }) => grey.has(id)).length;
    return new Set(named.filter((id) => votesFor(id) > this.#council.faulty));
  }

  /** Asks the seed about those that it did not list though it should have: it may hold their removal. */
  #doubt({ seed, listed }: Reading, readings: readonly Reading[]): void {
    const connection = this.#lobby.seeds.get(seed);
    if (connection === undefined) return;
    const unlisted = [...this.#ledger.memberIds()].filter(
      (id) => !listed.has(id) && id !== this.#lobby.local.id && isExpected(id, readings),
    );
    for (const peer of unlisted.slice(0, DOUBTS_MAX)) this.#news.ask(peer, connection);
  }
}

/** Whether another seed listed it as well, or this peer when it began to read. */
function isExpected(id: PeerId, readings: readonly Reading[]): boolean {
  return readings.some(({ listed, known }) => listed.has(id) || known.has(id));
}

interface Gathering {
  /** What was read to the end and is fresh: at most one a seed. */
  readonly readings: Map<PeerId, Reading>;
  readonly triedAt: Map<PeerId, number>;
  readonly done: (grey: ReadonlySet<PeerId>) => void;
}
