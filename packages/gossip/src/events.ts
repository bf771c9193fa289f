import type { PeerId } from "@p2p/identity";
import type { Batch } from "./batch.ts";
import type { Message } from "./message.ts";

/** Names the messages that something happened to: `count` of them from `sequence` on. */
export interface Range {
  readonly origin: PeerId;
  readonly incarnation: number;
  readonly sequence: number;
  readonly count: number;
  /** The neighbour that brought them. */
  readonly from: PeerId;
}

/**
 * Why messages were not taken. `signature`: forged, and whoever brought them is cut off and barred. `unknown`: nobody
 * vouched for the origin in time. `crowded`: the origin is unknown and there was no place to wait. `former`: the origin
 * is no member any more. `overlap`: the batch covers numbers that came in another batch, which is not at hand. `busy`:
 * too much waits for the validator. `ignored`, `invalid`: the validator's verdict, for `invalid` whoever brought them is
 * cut off and barred. `timeout`: the validator took too long.
 */
export type RejectReason =
  | "signature"
  | "unknown"
  | "crowded"
  | "former"
  | "overlap"
  | "busy"
  | "ignored"
  | "invalid"
  | "timeout";

/** Numbers of one run that will not be told any more, `count` of them from `sequence` on. */
export interface Gap {
  readonly origin: PeerId;
  readonly incarnation: number;
  readonly sequence: number;
  readonly count: number;
}

/** What a validator made of a message that it should have judged. */
export interface ValidatorFailure {
  /** What it threw, or its promise was rejected with; a TypeError when it answered what is no verdict. */
  readonly error: unknown;
  readonly origin: PeerId;
  readonly incarnation: number;
  readonly sequence: number;
  /** The neighbour that brought the message. */
  readonly from: PeerId;
  /** How many more times it failed since the event before. */
  readonly untold: number;
}

/** Two batches of one run with a number in common and different contents, each with its origin's valid signature. */
export interface Evidence {
  readonly origin: PeerId;
  readonly incarnation: number;
  /** The one that was accepted, and the one that was not. */
  readonly batches: readonly [accepted: Batch, refused: Batch];
  /** The same as BATCH frames, for whoever wants to show them to others. Read only. */
  readonly frames: readonly [accepted: Uint8Array, refused: Uint8Array];
}

export interface GossipEvents {
  /** A message of somebody else: checked, forwarded, and never told again in this run of the process. */
  message: [message: Message];
  /** Messages were not taken. */
  rejected: [rejection: Range & { readonly why: RejectReason }];
  /** An origin is over its rate: not forwarded, not delivered, and not marked, so that repair can bring it later. */
  shed: [range: Range];
  /** Too old to say whether they were delivered: below the window, or of a run that is over. Dropped. */
  late: [range: Range];
  /** The origin is not known yet: kept for up to 5 s. */
  parked: [range: Range];
  /** An origin signed two different things under one number. Once for each run. */
  evidence: [evidence: Evidence];
  /** A neighbour reads too slowly and begins to lose messages, the oldest first. */
  lagged: [lag: { readonly peer: PeerId; readonly waitingBytes: number }];
  /** A neighbour that lagged has caught up; `dropped` frames never reached it from here. */
  caughtUp: [lag: { readonly peer: PeerId; readonly dropped: number }];
  /** With `order: "fifo"`: nobody brought these in time, and what follows them is told now. */
  gap: [gap: Gap];
  /**
   * The validator threw, or answered what is no verdict. The message counts as ignored, and nobody is to blame. The first
   * is told at once, then at most one a second: whoever may speak can send what a validator stumbles over.
   */
  validatorFailed: [failure: ValidatorFailure];
  /** An own message was held for 60 s and no neighbour came. Repair may still bring it, while the store has it. */
  lapsed: [message: { readonly incarnation: number; readonly sequence: number }];
}

/** The range of `batch`, brought by `from`. */
export function rangeOf({ origin, incarnation, firstSequence, payloads }: Batch, from: PeerId): Range {
  return { origin, incarnation, sequence: firstSequence, count: payloads.length, from };
}
