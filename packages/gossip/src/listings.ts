import type { PeerId } from "@p2p/identity";
import type { Clock, Connection } from "@p2p/wire";
import type { Knowledge } from "./knowledge.ts";
import { LISTING_RUNS_MAX, type RunSummary, summaryOf } from "./repair-frames.ts";
import { SeenWindow } from "./seen-window.ts";
import { runName, type Store, type Stored } from "./store.ts";

/** For how long others are not asked for what one neighbour was asked for, as a share of the interval. */
const ASKED = 1 / 5;
/** What came within this share of the interval may still be on its way by itself. */
const YOUNG = 1 / 10;
/** Most runs remembered as asked for; beyond, the oldest are forgotten. */
const ASKED_MAX = 4096;
/** Bytes of summaries after which a listing ends, about, and bytes of a summary without its stretches. */
const LISTING_BYTES: number = 64 * 1024;
const SUMMARY_BYTES = 48;
/** Most origins a neighbour is asked to vouch for, for one listing. */
const VOUCH_MAX = 16;

/** What {@link Listings} are drawn up from. */
export interface ListingsOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly knowledge: Knowledge;
  /** Asks a neighbour to vouch for an origin. */
  readonly vouch: (origin: PeerId, incarnation: number, from: Connection) => void;
  /** The interval of repair, in milliseconds. */
  readonly everyMs: number;
}

/** The name of a run. */
export interface RunId {
  readonly origin: PeerId;
  readonly incarnation: number;
}

/** Part of what is kept, told to somebody. */
export interface Page {
  readonly runs: readonly RunSummary[];
  /** Up to which change of the store it tells everything. */
  readonly upTo: number;
}

/** What is asked of somebody. */
export interface Wants {
  readonly runs: readonly RunSummary[];
  /** Whether that is all one could ask of him. */
  readonly isWhole: boolean;
}

/** Draws up what a node tells its neighbours, asks of them and gives them. PROTOCOL.md §7.6. */
export class Listings {
  readonly #options: ListingsOptions;
  readonly #askedAt = new Map<string, number>(); // oldest first

  constructor(options: ListingsOptions) {
    this.#options = options;
  }

  /** What was kept since the change `told`, without the runs in `known`. */
  page(told: number, known?: Listed): Page {
    const { clock, store, everyMs } = this.#options;
    const changed = store.since(told);
    const runs: RunSummary[] = [];
    const listed = this.#fill(runs, changed, known);
    // The newest may be on its way by itself, and then nobody asks for it: that counts as told once it is settled.
    const settled = store.settled(clock.now() - everyMs * YOUNG);
    const last = listed === changed.length ? undefined : changed[listed - 1];
    return { runs, upTo: Math.min(settled, last?.version ?? settled) };
  }

  /** Summaries of runs, as many as one frame may have. */
  summaries(ids: readonly RunId[]): readonly RunSummary[] {
    const runs: RunSummary[] = [];
    this.#fill(runs, ids);
    return runs;
  }

  /**
   * Of the runs that a neighbour has seen, those of which this node misses something, as far as it has seen them.
   * @param isNews whether others offer the same at this time: then only one of them is asked.
   */
  wants(theirs: Listed, from: Connection, isNews: boolean): Wants {
    const runs: RunSummary[] = [];
    let [bytes, vouched, isWhole] = [0, 0, true];
    for (const [name, theirRun] of theirs) {
      if (bytes >= LISTING_BYTES) return { runs, isWhole: isNews };
      const mine = this.#missing(theirRun);
      if (mine === "unknown") {
        isWhole = false;
        if (vouched++ < VOUCH_MAX) this.#options.vouch(theirRun.origin, theirRun.incarnation, from);
      } else if (mine !== undefined) {
        if ((isNews || mine.highest === 0) && this.#wasAskedFor(name)) isWhole &&= isNews;
        else bytes += bytesOf(push(runs, mine));
      }
    }
    return { runs, isWhole };
  }

  /** What is kept here that whoever has seen `theirs` has not, oldest first, without what is on its way by itself. */
  missedBy(theirs: Listed): Stored[] {
    const { clock, store, everyMs } = this.#options;
    const youngSince = clock.now() - everyMs * YOUNG;
    const missed: Stored[] = [];
    for (const { origin, incarnation, highest, stretches } of theirs.values()) {
      const run = store.find(origin, incarnation);
      if (run === undefined) continue;
      const window = SeenWindow.of(highest, stretches);
      for (const stored of run.batches) {
        const { firstSequence, count, since } = stored;
        // Who has nothing of a run was told that there is something, and shall get it.
        const isDue = highest === 0 || since <= youngSince;
        if (isDue && window.look(firstSequence, count) === "new") missed.push(stored);
      }
    }
    return missed.toSorted((a, b) => a.since - b.since);
  }

  /** Puts summaries of `ids` into `runs`. Answers how many of `ids` that was, those left out included. */
  #fill(runs: RunSummary[], ids: readonly RunId[], known?: Listed): number {
    let bytes = 0;
    for (const [index, { origin, incarnation }] of ids.entries()) {
      if (runs.length === LISTING_RUNS_MAX || bytes >= LISTING_BYTES) return index;
      const window = this.#options.knowledge.seen(origin, incarnation, this.#options.clock.now());
      if (window === undefined || known?.has(runName(origin, incarnation))) continue;
      bytes += bytesOf(push(runs, summaryOf(origin, incarnation, window)));
    }
    return ids.length;
  }

  /** What was seen here of a run, if less than what `theirs` has, and if the rest would be taken. */
  #missing({ origin, incarnation, highest, stretches }: RunSummary): RunSummary | "unknown" | undefined {
    const { clock, knowledge } = this.#options;
    const mine = knowledge.wanted(origin, incarnation, clock.now());
    if (mine === "unknown" || mine === undefined) return mine;
    const isLess = mine.lacksSomeOf(SeenWindow.of(highest, stretches));
    return isLess ? summaryOf(origin, incarnation, mine) : undefined;
  }

  /** Whether somebody was asked for a run a moment ago; if not, somebody is now. */
  #wasAskedFor(name: string): boolean {
    const { clock, everyMs } = this.#options;
    const at = this.#askedAt.get(name);
    if (at !== undefined && clock.now() - at < everyMs * ASKED) return true;
    this.#askedAt.delete(name);
    if (this.#askedAt.size >= ASKED_MAX) this.#askedAt.delete(this.#askedAt.keys().next().value as string);
    this.#askedAt.set(name, clock.now());
    return false;
  }
}

/** What is seen of each run that is listed; of one listed twice the last word counts. */
export type Listed = ReadonlyMap<string, RunSummary>;

export function byName(runs: readonly RunSummary[]): Listed {
  return new Map(runs.map((run) => [runName(run.origin, run.incarnation), run]));
}

/** Bytes that a summary takes in a frame, about. */
function bytesOf({ stretches }: RunSummary): number {
  return SUMMARY_BYTES + 2 * stretches.length;
}

function push<T>(items: T[], item: T): T {
  items.push(item);
  return item;
}
