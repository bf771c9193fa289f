import type { Member } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/** A member as it is listed. With seeds all three are certified; `Ledger.members()` yields them. */
export type Listed = Pick<Member, "peer" | "incarnation" | "address">;

/**
 * What a node has to know of the network to watch over its neighbours. Whoever composes a node answers from what it
 * has: a ledger of certificates and links to seeds, or only its links ({@link LinkDirectory}).
 */
export interface Directory {
  /** The member `id`, as it is listed now; `undefined` for strangers and for those removed. Nobody else is accused. */
  find(id: PeerId): Listed | undefined;
  /** All members, this node perhaps among them: any of them may be asked to look for a suspect. */
  members(): Iterable<Listed>;
  /**
   * Says who watches over `victim`: its monitors M(v), this node perhaps among them.
   * @param done to be called once, now or within two seconds. If no seed answers: with the directory's own view.
   */
  electorate(victim: PeerId, done: (monitors: readonly PeerId[]) => void): void;
  /** Whether `id` is a seed of this network: seeds may ask this node to look for members. */
  isSeed(id: PeerId): boolean;
  /** Sends `frame` to every seed, as far as it can be reached. The bytes never change afterwards. */
  tellSeeds(frame: Uint8Array): void;
}
