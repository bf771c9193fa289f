import type { PublishResult } from "@p2p/gossip";
import type { Peer } from "@p2p/peer";
import type { Seed } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import type { Strike } from "./fault.ts";
import type { Network } from "./network.ts";
import type { Violation } from "./violation.ts";

/**
 * Sees what happens in a {@link Network}, from its first moment on. It must not act. A rule is an observer that tells
 * `network.findings` when it is broken.
 */
export interface Observer {
  /** The world stands, its seeds have hosts, and nobody has booted. */
  began?(network: Network): void;
  /** A seed was made, and has not done anything yet: the time to listen to it. */
  seedBooted?(host: Host, seed: Seed): void;
  /** A peer was made, and has not done anything yet. */
  peerBooted?(host: Host, peer: Peer): void;
  /** A link has taken a frame of a node. `to`: whose host it leads to, if anybody's. */
  sent?(host: Host, frame: Uint8Array, to: Host | undefined): void;
  /** A peer has published something. */
  published?(host: Host, result: PublishResult): void;
  /**
   * Another second has passed in a trial or scenario whose network has come together: the time to look at everybody.
   * Now and then it is less than a second.
   */
  secondPassed?(network: Network): void;
  /** Something is wrong. Not told again for the same thing. */
  found?(violation: Violation): void;
}

/** Sees besides what a trial does to its network. */
export interface TrialObserver extends Observer {
  /** A strike begins now. */
  struck?(strike: Strike): void;
  /** A strike that lasted is over. */
  mended?(strike: Strike): void;
}
