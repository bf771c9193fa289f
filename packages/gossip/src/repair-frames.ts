import type { PeerId } from "@p2p/identity";
import { type Field, FrameType, incarnation, integer, Kind, list, peerId, record, word } from "@p2p/wire";
import { SEEN_WINDOW, type SeenWindow } from "./seen-window.ts";

/** Most runs in one frame. */
export const LISTING_RUNS_MAX = 1024;

/** What a node has seen of one run. PROTOCOL.md §7.6. */
export interface RunSummary {
  readonly origin: PeerId;
  readonly incarnation: number;
  /** Highest number seen; 0 for none. */
  readonly highest: number;
  /**
   * Lengths of the stretches of numbers seen and not seen, by turns, from `highest` downwards; the last one, which goes
   * to the end of the window, is left out. So nothing stands here when all were seen.
   */
  readonly stretches: readonly number[];
}

/** The summary of what `window` has seen. */
export function summaryOf(origin: PeerId, incarnation: number, window: SeenWindow): RunSummary {
  return { origin, incarnation, highest: window.highest, stretches: window.stretches };
}

const runSummary: Field<RunSummary> = record({
  origin: peerId,
  incarnation,
  highest: integer(),
  stretches: list(integer(1, SEEN_WINDOW), SEEN_WINDOW),
});

const runs: Field<readonly RunSummary[]> = list(runSummary, LISTING_RUNS_MAX);

/** Opens an exchange, or only tells news. */
export interface Digest {
  /** Number that the answer repeats. */
  readonly round: number;
  /** Which runs are listed: some that have news, those that changed since the last exchange, or the first of all. */
  readonly scope: "news" | "changed" | "all";
  readonly runs: readonly RunSummary[];
}

/** Answers a digest, or such an answer. */
export interface Listing {
  /** That of the digest. */
  readonly round: number;
  readonly runs: readonly RunSummary[];
}

/** Says of the next BATCH that it repairs. */
export interface Age {
  /** For how long that has been under way. */
  readonly ageMs: number;
}

const digest: Field<Digest> = record({ round: integer(), scope: word("news", "changed", "all"), runs });
const listing: Field<Listing> = record({ round: integer(), runs });
const age: Field<Age> = record({ ageMs: integer() });

export const DIGEST: FrameType<Digest> = new FrameType(Kind.digest, "DIGEST", digest);
export const DIGEST_ANSWER: FrameType<Listing> = new FrameType(Kind.digestAnswer, "DIGEST_ANSWER", listing);
export const WANT: FrameType<Listing> = new FrameType(Kind.want, "WANT", listing);
export const REPAIR: FrameType<Age> = new FrameType(Kind.repair, "REPAIR", age);
