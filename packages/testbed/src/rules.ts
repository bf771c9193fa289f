import { GossipWatch } from "./invariants/gossip.ts";
import { HearingWatch } from "./invariants/hearing.ts";
import { MembershipWatch } from "./invariants/membership.ts";
import { OverlayWatch } from "./invariants/overlay.ts";
import type { Observer } from "./observer.ts";

/** What the overlay of a network keeps to. */
export interface OverlayLimits {
  /** Links that each peer looks for. */
  readonly m: number;
  /** Links that a peer has at most. */
  readonly cap: number;
}

/** The invariants of every trial and every scenario. Another one is another observer in this list. */
export class Rules {
  readonly membership: MembershipWatch = new MembershipWatch();
  readonly gossip: GossipWatch = new GossipWatch();
  readonly observers: readonly Observer[];

  constructor({ m, cap }: OverlayLimits) {
    this.observers = [this.membership, new HearingWatch(), this.gossip, new OverlayWatch(m, cap)];
  }
}
