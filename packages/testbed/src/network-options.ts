import type { GossipSettings } from "@p2p/gossip";
import type { Operators } from "@p2p/identity";
import type { Profile } from "@p2p/peer";
import type { AdmissionOptions, SeedTiming } from "@p2p/seed";
import type { WorldOptions } from "@p2p/sim";
import type { Observer } from "./observer.ts";

/** The two paces of the protocol. */
export type Pace = "assignment" | "lan";

/** How a network is built. */
export interface NetworkOptions extends WorldOptions {
  /** Default 3. */
  readonly seeds?: number | undefined;
  /** How many of the seeds may lie. Default 0. */
  readonly faulty?: number | undefined;
  /** Whom the seeds let in. Default: theirs. */
  readonly admission?: AdmissionOptions | undefined;
  /** Who may change the seeds. Default: nobody. */
  readonly operators?: Operators | undefined;
  /** Whether there is an {@link Operator} of its own, who may change the seeds. Default: no. */
  readonly hasOperator?: boolean | undefined;
  /** The highest version of signed bytes that all programs read in the beginning. Default: all that there are. */
  readonly reads?: number | undefined;
  /** Default 5. */
  readonly peers?: number | undefined;
  /** Default `"assignment"`. */
  readonly pace?: Pace | undefined;
  /** Links that a peer looks for itself. */
  readonly m?: number | undefined;
  /** What differs from the seeds' and the peers' pace. */
  readonly seedTiming?: Partial<SeedTiming> | undefined;
  readonly profile?: Profile | undefined;
  /** How peers gossip. What their validator throws is a failure of the host, like all that is thrown. */
  readonly gossip?: GossipSettings | undefined;
  /**
   * Whether a peer that the network does not let in is started again after five seconds, as a supervisor would do it.
   * Default: it is a failure.
   */
  readonly supervised?: boolean | undefined;
  /** Who watches. Frames are shown only if somebody wants to see them. */
  readonly observers?: readonly Observer[] | undefined;
}
