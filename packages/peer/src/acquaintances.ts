import type { Member } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

/** Fewer others than this, and a newcomer takes the grey ones as well: it has to find somebody. */
const OTHERS_MIN = 16;

/**
 * Whom a newcomer may choose as a neighbour: those of whom seeds say nothing bad, as long as these are not too few.
 * PROTOCOL.md §8.2.
 * @param peers the Peer List, without the newcomer.
 * @param grey whom more than f seeds call grey.
 */
export function worthMeeting(peers: readonly Member[], grey: ReadonlySet<PeerId>): readonly Member[] {
  const others = peers.filter(({ peer }) => !grey.has(peer));
  return others.length >= OTHERS_MIN ? others : peers;
}
