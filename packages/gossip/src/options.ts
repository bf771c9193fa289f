import type { LinkSet } from "@p2p/wire";
import type { Strategy } from "./flood.ts";
import type { Membership } from "./membership.ts";
import type { Rate } from "./rate.ts";

export interface GossipOptions {
  /** The neighbours. One Gossip for each set: it takes the route of BATCH frames. */
  readonly links: LinkSet;
  /** Who may originate. Default: whoever signs. */
  readonly membership?: Membership | undefined;
  /**
   * Names this run of the node: an integer that grows from run to run and never comes again. When it changes, own
   * messages are numbered from 1 again. Default: the second in which this object was made.
   */
  readonly incarnation?: (() => number) | undefined;
  /** What one origin may send through here; the rest of {@link Rate} keeps its defaults. */
  readonly rate?: Partial<Rate> | undefined;
  /** Origins remembered; beyond, the one silent for longest is forgotten. Default 10 000. */
  readonly originsMax?: number | undefined;
  /** Bytes that wait for one slow neighbour on top of what its link takes; beyond, the oldest go. Default 1 MiB. */
  readonly queuedBytesMax?: number | undefined;
  /** How a batch travels on. Default: to everybody but who brought it. */
  readonly strategy?: Strategy | undefined;
}

/** Sums since the start, of messages unless it says otherwise. */
export interface GossipCounts {
  /** Own ones. */
  readonly published: number;
  /** Those of others that were told. */
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
}
