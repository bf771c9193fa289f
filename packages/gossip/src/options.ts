import type { LinkSet } from "@p2p/wire";
import type { Strategy } from "./flood.ts";
import type { Membership } from "./membership.ts";
import type { Validator } from "./question.ts";
import type { Rate } from "./rate.ts";
import type { StoreLimits } from "./store.ts";
import type { GossipTiming } from "./timing.ts";

/** What the application chooses, also where something else makes the `Gossip`, as `Peer` of `@p2p/peer` does. */
export interface GossipSettings {
  /** What one origin may send through here; the rest of {@link Rate} keeps its defaults. */
  readonly rate?: Partial<Rate> | undefined;
  /** Origins remembered; beyond, the one silent for longest is forgotten. Default 10 000. */
  readonly originsMax?: number | undefined;
  /** Bytes that wait for one slow neighbour on top of what its link takes; beyond, the oldest go. Default 1 MiB. */
  readonly queuedBytesMax?: number | undefined;
  /** Whether messages that were lost on the way are asked for, and given to those who ask. Default true. */
  readonly repair?: boolean | undefined;
  /** How much is kept for neighbours that miss it; the rest of {@link StoreLimits} keeps its defaults. */
  readonly store?: Partial<StoreLimits> | undefined;
  /**
   * `"arrival"` (default): messages are told as they come. `"fifo"`: those of one run of an origin in their order, from
   * number 1; what is missing is waited for, up to `holdMs`, and then given up with the event `gap`.
   */
  readonly order?: "arrival" | "fifo" | undefined;
  /** Judges each message of others, once its signature was checked. Default: all are accepted. */
  readonly validate?: Validator | undefined;
  /** How a batch travels on. Default: to everybody but who brought it. */
  readonly strategy?: Strategy | undefined;
}

/** What a `Gossip` is made of. */
export interface GossipOptions extends GossipSettings {
  /** The neighbours. One Gossip for each set: it takes the route of BATCH frames. */
  readonly links: LinkSet;
  /** Who may originate. Default: whoever signs. */
  readonly membership?: Membership | undefined;
  /**
   * Names this run of the node: an integer that grows from run to run and never comes again. When it changes, own
   * messages are numbered from 1 again. Default: the second in which this object was made.
   */
  readonly incarnation?: (() => number) | undefined;
  /** The pace of repair, and how long things wait; the rest keeps the values of `ASSIGNMENT_TIMING`. */
  readonly timing?: Partial<GossipTiming> | undefined;
}

/** Sums since the start, of messages unless it says otherwise. */
export interface GossipCounts {
  /** Own ones. */
  readonly published: number;
  /** Those of others that were taken. */
  readonly delivered: number;
  /** Frames passed to neighbours, own ones included. */
  readonly passed: number;
  /** Frames that brought nothing new. */
  readonly duplicates: number;
  /** Frames that brought an own message back. */
  readonly returned: number;
  readonly late: number;
  readonly shed: number;
  readonly rejected: number;
  /** Frames dropped because a neighbour was too slow. */
  readonly dropped: number;
  /** Origins forgotten for want of room. */
  readonly evicted: number;
  /** Those of `delivered` that repair brought. */
  readonly repaired: number;
  /** Batches given to neighbours that missed them. */
  readonly resent: number;
  /** Exchanges of digests begun here. */
  readonly exchanges: number;
  /** Frames of repair that were not looked at: unasked for, or more than one neighbour may send. */
  readonly ignored: number;
  /** With `order: "fifo"`: those that came after they had been given up. */
  readonly overtaken: number;
  /** Times that the validator threw, or answered what is no verdict. */
  readonly validatorFailures: number;
}
