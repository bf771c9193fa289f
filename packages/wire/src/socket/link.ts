import type { Socket } from "node:net";
import type { Address } from "../address.ts";
import { Malformed } from "../codec.ts";
import type { Channel, CloseReason, Link, LinkLimits, LinkOwner } from "../transport.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter } from "./frame-writer.ts";

export interface SocketLinkOptions {
  readonly socket: Socket;
  readonly owner: LinkOwner;
  readonly address: Address;
  readonly dialled: boolean;
  readonly limits: LinkLimits;
}

/** Frames over one socket. The socket's "close" is the one place where the end of a link is reported. */
export class SocketLink implements Link {
  owner: LinkOwner;
  readonly dialled: boolean;
  readonly address: Address;
  readonly #socket: Socket;
  readonly #limits: LinkLimits;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  #channel: Channel | undefined;
  #isOpen = false;
  #isPaused = false;
  /** Why the link is ending; set by the first cause, later ones change nothing. */
  #reason: CloseReason | undefined;
  /** What it means when nothing comes of a dial. */
  #silence: CloseReason;
  /** Ends a dial that nobody answers; later, a close that nobody reads. */
  #deadline: NodeJS.Timeout | undefined;

  constructor({ socket, owner, address, dialled, limits }: SocketLinkOptions) {
    this.owner = owner;
    this.dialled = dialled;
    this.address = address;
    this.#socket = socket;
    this.#limits = limits;
    this.#silence = { kind: "unreachable", detail: `no answer in ${limits.dialTimeoutMs} ms` };
    this.#reader = new FrameReader(limits.frameBytesMax);
    this.#writer = new FrameWriter(socket, limits.queuedBytesMax, () => this.#drained());
    if (dialled) this.#deadline = setTimeout(() => this.fail(this.#silence), limits.dialTimeoutMs);
    socket.on("data", (chunk) => this.#received(chunk));
    socket.on("end", () => this.fail({ kind: "broken", detail: this.#endedHow() }));
    socket.on("error", (error) => this.fail(this.#isOpen ? brokenBy(error) : notReached(error)));
    socket.on("close", () => this.#over());
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  get channel(): Channel | undefined {
    return this.#channel;
  }

  /** The machine has answered, and the channel is being secured: if nothing more comes, it was for the reason `silence`. */
  reached(silence: CloseReason): void {
    this.#silence = silence;
  }

  /** Frames may flow: reports so. A socket that was destroyed meanwhile never gets here. */
  open(channel?: Channel): void {
    clearTimeout(this.#deadline);
    this.#channel = channel;
    this.#isOpen = true;
    this.#tell(() => this.owner.linkOpened(this));
  }

  send(frame: Uint8Array): boolean {
    const { frameBytesMax } = this.#limits;
    if (frame.length === 0 || frame.length > frameBytesMax) {
      throw new RangeError(`a frame has 1 to ${frameBytesMax} bytes, not ${frame.length}`);
    }
    return this.#isOpen && this.#reason === undefined && this.#writer.send(frame);
  }

  pause(): void {
    if (this.#reason !== undefined) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // What was already read comes first, and not inside this call.
    setImmediate(() => this.#catchUp());
  }

  close(reason: CloseReason = { kind: "closed" }): void {
    if (this.#reason !== undefined) return;
    if (!this.#isOpen || reason.kind === "misbehaved") {
      this.fail(reason);
      return;
    }
    this.#reason = reason;
    this.#deadline = setTimeout(() => this.#socket.destroy(), this.#limits.flushTimeoutMs);
    this.#writer.end();
    // Closing a socket that still holds unread bytes sends a reset, which may overtake what was just flushed.
    this.#socket.resume();
  }

  /** Ends the link at once, for `reason` unless it was ending already. */
  fail(reason: CloseReason): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  #received(chunk: Uint8Array): void {
    if (this.#reason !== undefined) return;
    this.#reader.push(chunk);
    this.#deliver();
  }

  #deliver(): void {
    while (!this.#isPaused && this.#reason === undefined) {
      const frame = this.#reader.next();
      if (frame === undefined) return;
      if (frame instanceof Malformed) this.close({ kind: "misbehaved", detail: frame.detail });
      else this.#hand(frame);
    }
  }

  #hand(frame: Uint8Array): void {
    try {
      this.owner.linkFrame(this, frame);
    } catch (error) {
      rethrow(error);
    }
  }

  #catchUp(): void {
    this.#deliver();
    if (!this.#isPaused) this.#socket.resume();
  }

  #drained(): void {
    this.#tell(() => this.owner.linkDrained(this));
  }

  #endedHow(): string {
    return this.#reader.isMidFrame ? "end of stream inside a frame" : "end of stream";
  }

  #over(): void {
    clearTimeout(this.#deadline);
    this.#writer.discard();
    const reason = (this.#reason ??= { kind: "broken", detail: "the socket closed" });
    this.#tell(() => this.owner.linkClosed(this, reason));
  }

  #tell(news: () => void): void {
    try {
      news();
    } catch (error) {
      rethrow(error);
    }
  }
}

/** An owner's error is his own: it must be seen, and must not stop the link. */
function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** By the code where it is OpenSSL's: its texts hold addresses of memory. */
function brokenBy({ code = "", message }: NodeJS.ErrnoException): CloseReason {
  return { kind: "broken", detail: code.startsWith("ERR_SSL_") ? code : message };
}

/** Several errors when a name has several addresses: one machine that answered is an answer. */
function notReached(error: Error): CloseReason {
  const errors: readonly NodeJS.ErrnoException[] = error instanceof AggregateError ? error.errors : [error];
  if (errors.some(({ code }) => code === "ECONNREFUSED")) return { kind: "refused" };
  return { kind: "unreachable", detail: errors.map(({ message }) => message).join(", ") };
}
