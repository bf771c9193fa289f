import type { P2PError, PeerId } from "@p2p/identity";
import type { Address } from "./address.ts";

/** Bytes that each frame counts for in a queue beside its own: a stream transport's prefix. */
export const FRAME_PREFIX_BYTES = 4;

/** Why a link ended. The network's weather, and therefore never an exception. */
export type CloseReason =
  /** This end closed it, or the whole node stopped. */
  | { readonly kind: "closed"; readonly detail?: string }
  /** The far end said goodbye: to this link, or to the network altogether. */
  | { readonly kind: "goodbye"; readonly scope: "link" | "node"; readonly detail: string }
  /** It broke without a goodbye: reset, or end of stream. Evidence of a crash. */
  | { readonly kind: "broken"; readonly detail: string }
  /** Dialling: the machine answered that nobody listens there. Evidence of a crash. */
  | { readonly kind: "refused" }
  /** Dialling: no answer in time, no route, no such name. */
  | { readonly kind: "unreachable"; readonly detail: string }
  /** Somebody answered, but not as expected: silent in HELLO, another key than the one asked for, another protocol. */
  | { readonly kind: "mistaken"; readonly detail: string }
  /** The far end's lobby refused this link and said why. */
  | { readonly kind: "rejected"; readonly code: string; readonly detail: string }
  /** A newer or better link between the same two nodes took its place. */
  | { readonly kind: "replaced" }
  /** This end cut it for provable misbehaviour. Frames still queued are thrown away. */
  | { readonly kind: "misbehaved"; readonly detail: string };

/** What a channel proves that is secured below the frames (TLS). */
export interface Channel {
  /** Whose key the far end holds. */
  readonly id: PeerId;
  /** 32 bytes that the two ends of this very channel share with nobody: who relays between two channels has two others. */
  readonly binding: Uint8Array;
}

/** One way to reach other nodes: TLS, TCP, a simulated network, a stranger's. `@p2p/wire/conformance` is its contract. */
export interface Transport {
  /** Whose key its channels prove to others; it has to be the node's own. None where channels prove nothing. */
  readonly id?: PeerId | undefined;
  /**
   * Begins to accept links.
   * @param at where; port 0 asks for any free one.
   * @param owner first owner of every accepted link. It is told nothing before `done`.
   * @param done gets the bound address, or why not (`ADDRESS_IN_USE`, `ADDRESS_UNAVAILABLE`); never inside this call.
   * @throws TypeError when called a second time.
   */
  listen(at: Address, owner: LinkOwner, done: (bound: Address | P2PError) => void): void;
  /**
   * Starts a link. Never throws for what the network does: `linkOpened` follows, or `linkClosed` alone with
   * "refused", "unreachable", or, where the channel is secured, "mistaken", after `dialTimeoutMs` of the transport at the
   * latest. Neither runs inside this call. A link that opened at this end may still be refused by the far end.
   */
  dial(to: Address, owner: LinkOwner): Link;
  /**
   * Stops listening and closes every link with "closed"; `done` runs once all of them have been reported, never inside
   * this call. From then on a dial ends in "closed", and a listen in `STOPPED`. Closing again does that much.
   */
  close(done?: () => void): void;
}

/** Two ends that exchange whole frames, in order, each at most once. */
export interface Link {
  /** Who is told. Exactly one owner at a time; may be handed over at any moment. */
  owner: LinkOwner;
  /** Whether this end dialled. */
  readonly dialled: boolean;
  /** The far end of the pipe: what was dialled, or where the dial came from (its port is not a listening one). */
  readonly address: Address;
  /** What the channel itself has proved, from `linkOpened` on; a plain link proves nothing. */
  readonly channel: Channel | undefined;
  /** Bytes taken and not yet handed to the system. */
  readonly queuedBytes: number;
  /**
   * Takes a frame. False: not taken, because the link is not open or {@link queuedBytes} would exceed the transport's
   * limit (● 4 MiB). The bytes belong to the link afterwards and must never change.
   * @throws RangeError when the frame is empty or longer than the transport's limit (● 1 MiB).
   */
  send(frame: Uint8Array): boolean;
  /** Delivers no frame until {@link resume}; the sender's queue fills instead. An end of the link may be noticed late. */
  pause(): void;
  /** Goes on where {@link pause} stopped, not inside this call. */
  resume(): void;
  /**
   * Ends the link: nothing is delivered any more. What was taken before is still sent (at most ● 2 s), except for
   * "misbehaved". One `linkClosed` follows with `reason`, never inside this call; the far end sees "broken", unless it
   * was told or is closing, too. Closing again does nothing.
   */
  close(reason?: CloseReason): void;
}

/** Who a link reports to. A method that throws is the owner's own bug; the link goes on. */
export interface LinkOwner {
  /** Frames may be sent. Accepted links and successful dials report this once, before anything else. */
  linkOpened(link: Link): void;
  /** A whole frame arrived. `frame` is the owner's, never written to again; it may share memory with other frames. */
  linkFrame(link: Link, frame: Uint8Array): void;
  /** The queue went from refusing (a `send` returned false) back to half its limit. */
  linkDrained(link: Link): void;
  /** Over: reported exactly once for every link, and the last thing reported. */
  linkClosed(link: Link, reason: CloseReason): void;
  /** For who listens: somebody called from `address`, and was sent away before that was a link. */
  callerTurnedAway?(address: Address, reason: CloseReason): void;
}

/** Limits every transport keeps, in bytes and milliseconds. */
export interface LinkLimits {
  /** Longest frame, either way. Default 1 MiB. */
  readonly frameBytesMax: number;
  /** Most bytes queued for sending on one link. Default 4 MiB. */
  readonly queuedBytesMax: number;
  /** How long a dial may take, until the channel is secured. Default 4 000. */
  readonly dialTimeoutMs: number;
  /** How long a closing link may still flush. Default 2 000. */
  readonly flushTimeoutMs: number;
}

export const DEFAULT_LINK_LIMITS: LinkLimits = {
  frameBytesMax: 1024 * 1024,
  queuedBytesMax: 4 * 1024 * 1024,
  dialTimeoutMs: 4000,
  flushTimeoutMs: 2000,
};

/**
 * The defaults with `changes` in place: for those who write a transport.
 * @throws RangeError when a limit is no positive integer, or the queue is too short for the longest frame.
 */
export function linkLimitsOf(changes: Partial<LinkLimits> = {}): LinkLimits {
  const limits = { ...DEFAULT_LINK_LIMITS, ...changes };
  for (const [name, value] of Object.entries(limits)) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name} is not a positive integer: ${value}`);
  }
  const { frameBytesMax, queuedBytesMax } = limits;
  if (queuedBytesMax < frameBytesMax + FRAME_PREFIX_BYTES) {
    throw new RangeError(
      `queuedBytesMax ${queuedBytesMax} has no room for a frame of ${frameBytesMax} bytes`,
    );
  }
  return limits;
}
