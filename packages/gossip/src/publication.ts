import type { PeerId } from "@p2p/identity";
import { PAYLOAD_BYTES_MAX } from "./batch.ts";
import type { Outbox, Passed } from "./outbox.ts";

/** What `publish` did with a message. If all lists are empty and it is not held, nobody will get it. */
export interface PublishResult {
  readonly incarnation: number;
  readonly sequence: number;
  /** Neighbours whose links took it at once, with nothing waiting before it. */
  readonly sent: readonly PeerId[];
  /** Neighbours for whom it waits. Who is in here again and again reads too slowly. */
  readonly queued: readonly Backlog[];
  /** There is no neighbour now: the first one within 60 s gets it. */
  readonly held: boolean;
  /** Neighbours who will not get it from here. `queue full`: it is longer than all that may wait for them. */
  readonly skipped: readonly { readonly id: PeerId; readonly why: "queue full" }[];
}

/** How far a neighbour is behind. */
export interface Backlog {
  readonly id: PeerId;
  /** Bytes that wait for it, this message included. */
  readonly bytes: number;
  /** Older messages dropped for it since it last kept up. */
  readonly dropped: number;
}

/** Writes down what becomes of one message. */
export class Publication implements PublishResult {
  readonly incarnation: number;
  readonly sequence: number;
  readonly sent: PeerId[] = [];
  readonly queued: Backlog[] = [];
  readonly skipped: { readonly id: PeerId; readonly why: "queue full" }[] = [];
  held = false;

  constructor({ incarnation, sequence }: { readonly incarnation: number; readonly sequence: number }) {
    this.incarnation = incarnation;
    this.sequence = sequence;
  }

  note({ connection: { id }, waitingBytes, dropped }: Outbox, passed: Passed): void {
    if (passed === "sent") this.sent.push(id);
    else if (passed === "queued") this.queued.push({ id, bytes: waitingBytes, dropped });
    else this.skipped.push({ id, why: "queue full" });
  }
}

const encoder = new TextEncoder();

/**
 * The bytes of what a caller wants to publish.
 * @throws TypeError unless it is text or bytes; RangeError above 256 KiB.
 */
export function payloadOf(content: string | Uint8Array): Uint8Array {
  const payload = typeof content === "string" ? encoder.encode(content) : content;
  if (!(payload instanceof Uint8Array)) throw new TypeError("a message is a string or a Uint8Array");
  if (payload.length > PAYLOAD_BYTES_MAX) {
    throw new RangeError(`a message has at most ${PAYLOAD_BYTES_MAX} bytes, not ${payload.length}`);
  }
  return payload;
}
