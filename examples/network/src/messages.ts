import type { PeerId } from "@p2p/identity";
import type { Address } from "@p2p/wire";

/** What one process uses of the machine. */
export interface Usage {
  readonly rssBytes: number;
  /** CPU seconds since its start. */
  readonly cpuSeconds: number;
  /** Share of one core since it was ready, in percent: start-up does not count. */
  readonly cpuPercent: number;
}

/** How a peer stands. */
export interface PeerStatus {
  readonly role: "peer";
  readonly id: PeerId;
  readonly address: Address;
  readonly usage: Usage;
  readonly neighbours: readonly PeerId[];
  /** Links it owns. */
  readonly owned: number;
  /** Members in its own list. */
  readonly listed: number;
  readonly published: number;
  readonly delivered: number;
  /** Frames that carried a message, duplicates included. */
  readonly copies: number;
}

/** How a seed stands. */
export interface SeedStatus {
  readonly role: "seed";
  readonly id: PeerId;
  readonly address: Address;
  readonly usage: Usage;
  readonly fresh: boolean;
  /** Its Peer List: `address id incarnation`, in order. */
  readonly members: readonly string[];
}

/** From a node's process to the launcher. Times are wall times in milliseconds. */
export type Notice =
  /** A seed listens and is fresh; a peer is a certified member. */
  | { readonly kind: "ready"; readonly id: PeerId; readonly address: Address }
  /** A peer has a neighbour for the first time. */
  | { readonly kind: "linked" }
  | { readonly kind: "published"; readonly message: string; readonly at: number }
  | { readonly kind: "delivered"; readonly message: string; readonly at: number }
  /** A seed's list lost a member. */
  | { readonly kind: "removed"; readonly peer: PeerId; readonly address: Address; readonly at: number }
  | { readonly kind: "status"; readonly status: PeerStatus | SeedStatus };

/** From the launcher to a node's process. */
export type Order =
  /** A peer begins to publish, at its pace. */
  | { readonly kind: "publish" }
  /** A peer publishes no more. */
  | { readonly kind: "hush" }
  | { readonly kind: "status" }
  /** Ends politely: a peer leaves, or only stops. */
  | { readonly kind: "stop"; readonly leave: boolean };

/** Sends a notice, if a launcher started this process. */
export function notify(notice: Notice): void {
  if (process.connected) process.send?.(notice);
}

/** Runs `handle` for each order of the launcher that started this process, if one did. */
export function onOrder(handle: (order: Order) => void): void {
  process.on("message", (order) => handle(order as Order));
}
