import {
  ASSIGNMENT_TIMING as GOSSIP_ASSIGNMENT,
  LAN_TIMING as GOSSIP_LAN,
  type GossipTiming,
} from "@p2p/gossip";
import {
  ASSIGNMENT_TIMING as LIVENESS_ASSIGNMENT,
  LAN_TIMING as LIVENESS_LAN,
  type LivenessTiming,
} from "@p2p/liveness";
import {
  ASSIGNMENT_TIMING as OVERLAY_ASSIGNMENT,
  LAN_TIMING as OVERLAY_LAN,
  type OverlayTiming,
} from "@p2p/overlay";
import {
  type ClientTiming,
  ASSIGNMENT_TIMING as SEEDS_ASSIGNMENT,
  LAN_TIMING as SEEDS_LAN,
} from "@p2p/seed/client";

/**
 * How fast a peer goes: one protocol at different paces. All nodes of a network should have the same one, its seeds
 * included. PROTOCOL.md §11.
 */
export interface Profile {
  readonly overlay: OverlayTiming;
  readonly gossip: GossipTiming;
  readonly liveness: LivenessTiming;
  readonly seeds: ClientTiming;
}

/** The pace of the assignment, and the default: a crash is known everywhere in some ten seconds, a silence in a minute. */
export const ASSIGNMENT: Profile = {
  overlay: OVERLAY_ASSIGNMENT,
  gossip: GOSSIP_ASSIGNMENT,
  liveness: LIVENESS_ASSIGNMENT,
  seeds: SEEDS_ASSIGNMENT,
};

/**
 * For networks whose round trips take a few milliseconds: everything in seconds. Their seeds take `LAN_TIMING` of
 * `@p2p/seed`.
 */
export const LAN: Profile = {
  overlay: OVERLAY_LAN,
  gossip: GOSSIP_LAN,
  liveness: LIVENESS_LAN,
  seeds: SEEDS_LAN,
};
