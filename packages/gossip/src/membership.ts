import type { PeerId } from "@p2p/identity";
import type { Connection } from "@p2p/wire";

/**
 * What is known of one incarnation of an origin: it is the one that counts; it was, until a later one or its removal;
 * or nothing.
 */
export type Standing = "member" | "former" | "unknown";

/**
 * Who may originate messages. Both methods are called inside a protocol step: they answer at once and from memory.
 * When something is learnt, call {@link Gossip.reconsider}. PROTOCOL.md §7.4.
 */
export interface Membership {
  /** Asked for every message that is new. */
  standing(origin: PeerId, incarnation: number): Standing;
  /** A message of an unknown origin waits: ask `from`, who brought it, how it came to know him. Once for each of both. */
  ask(origin: PeerId, incarnation: number, from: Connection): void;
}

/** A plain embedding: whoever signs may speak. */
export const EVERYBODY: Membership = {
  standing: () => "member",
  ask: () => undefined,
};
