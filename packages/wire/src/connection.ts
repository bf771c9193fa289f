import type { PeerId } from "@p2p/identity";
import type { Offence } from "./blame.ts";
import { Malformed } from "./codec.ts";
import { GOODBYE, REFUSED } from "./hello.ts";
import type { Remote } from "./remote.ts";
import type { CloseReason, Link, LinkOwner } from "./transport.ts";

const BEHIND_BYTES = 128 * 1024;

/** Where a connection reports: the {@link LinkSet} it stands in. */
export interface Room {
  received(connection: Connection, frame: Uint8Array): void;
  drained(connection: Connection): void;
  ended(connection: Connection, reason: CloseReason): void;
  blamed(connection: Connection, offence: Offence, detail: string): void;
}

/** A link whose far end has said and proved who it is. Made by the {@link Lobby}, which puts it into its room. */
export class Connection implements LinkOwner {
  readonly remote: Remote;
  /** Monotonic time of its making. */
  readonly since: number;
  readonly #link: Link;
  readonly #room: Room;
  #ended = false;

  constructor(link: Link, remote: Remote, room: Room, since: number) {
    this.remote = remote;
    this.since = since;
    this.#link = link;
    this.#room = room;
    link.owner = this;
  }

  get id(): PeerId {
    return this.remote.id;
  }

  /** Whether this end dialled. */
  get dialled(): boolean {
    return this.#link.dialled;
  }

  /** Whether frames can still be exchanged. */
  get isOpen(): boolean {
    return !this.#ended;
  }

  /** See {@link Link.queuedBytes}. */
  get queuedBytes(): number {
    return this.#link.queuedBytes;
  }

  /**
   * Whether so much waits for the far end, more than 128 KiB, that a question of it had better stay unanswered: it asks
   * faster than it reads, and what it makes this end hold shall stay small.
   */
  get isBehind(): boolean {
    return this.queuedBytes > BEHIND_BYTES;
  }

  /** See {@link Link.send}: false when it was not taken. */
  send(frame: Uint8Array): boolean {
    return !this.#ended && this.#link.send(frame);
  }

  /** Stops the far end's frames from coming until {@link resume}: its queue fills instead. */
  pause(): void {
    this.#link.pause();
  }

  resume(): void {
    this.#link.resume();
  }

  /**
   * Ends the connection; it leaves its room before this returns. What was sent before still goes out, except after
   * "misbehaved". Closing again does nothing.
   */
  close(reason: CloseReason = { kind: "closed" }): void {
    if (this.#ended) return;
    this.#end(reason);
    this.#link.close(reason);
  }

  /**
   * The far end can be proved to have misbehaved: see {@link Lobby.blame}, which this is for the key at the far end. Over a
   * probe link, which anybody can have, nothing is remembered: what would bar by itself ends the link.
   * @param detail what it did, for operators, and for the far end itself when it calls again.
   */
  blame(offence: Offence, detail: string): void {
    this.#room.blamed(this, offence, detail);
  }

  /**
   * Says goodbye and closes.
   * @param scope `link`: only this link ends. `node`: this node leaves; nobody need suspect anything.
   * @param detail why, for the far end's log; at most 256 bytes.
   */
  goodbye(scope: "link" | "node", detail = ""): void {
    this.send(GOODBYE.encode({ scope, detail }));
    this.close({ kind: "closed", detail });
  }

  linkOpened(): void {
    // Already open when the lobby handed it over.
  }

  linkFrame(_link: Link, frame: Uint8Array): void {
    if (this.#ended) return;
    const farewell = readFarewell(frame);
    if (farewell instanceof Malformed) this.blame("malformed", farewell.detail);
    else if (farewell) this.close(farewell);
    else this.#room.received(this, frame);
  }

  linkDrained(): void {
    if (!this.#ended) this.#room.drained(this);
  }

  linkClosed(_link: Link, reason: CloseReason): void {
    if (this.#ended) return;
    this.#end(reason);
    if (reason.kind === "misbehaved") this.blame("oversize", reason.detail);
  }

  #end(reason: CloseReason): void {
    this.#ended = true;
    this.#room.ended(this, reason);
  }
}

/** The reason that a GOODBYE or a late REFUSED stands for; undefined for every other frame. */
function readFarewell(frame: Uint8Array): CloseReason | Malformed | undefined {
  if (frame[0] === GOODBYE.kind) {
    const goodbye = GOODBYE.decode(frame);
    return goodbye instanceof Malformed ? goodbye : { kind: "goodbye", ...goodbye };
  }
  if (frame[0] === REFUSED.kind) {
    const refusal = REFUSED.decode(frame);
    if (refusal instanceof Malformed) return refusal;
    return { kind: "rejected", code: refusal.code, detail: refusal.detail };
  }
  return undefined;
}
