import type { SeedEntry } from "@p2p/consensus";
import type { Cancel, CloseReason, Connection } from "@p2p/wire";

/** Frames that wait for one seed's link; beyond, the oldest is dropped. */
const FRAMES_WAITING_MAX = 64;

/** What a peer knows of its way to one seed: the link or the dial, what waits for it, and when to try again. */
export class SeedLink {
  readonly entry: SeedEntry;
  connection: Connection | undefined;
  /** Gives up the dial under way. */
  cancelDial: Cancel | undefined;
  /** Whether the link is to last; else it goes when its errand is done. */
  isKept = false;
  /** How often in a row nobody was reached or a link broke soon, and what came of the last dial. */
  misses = 0;
  miss: CloseReason | undefined;
  /** Monotonic time before which it is not dialled. */
  notBefore: number = Number.NEGATIVE_INFINITY;
  /** Monotonic time of the last frame that was sent. */
  usedAt: number = Number.NEGATIVE_INFINITY;
  #waiting: Uint8Array[] = [];

  constructor(entry: SeedEntry) {
    this.entry = entry;
  }

  get isLinked(): boolean {
    return this.connection !== undefined;
  }

  /** Whether it may be dialled at `now`: no link, no dial, no pause. */
  isIdle(now: number): boolean {
    return this.connection === undefined && this.cancelDial === undefined && now >= this.notBefore;
  }

  /** Holds a frame until there is a link, or until that fails. */
  hold(frame: Uint8Array): void {
    this.#waiting = [...this.#waiting, frame].slice(-FRAMES_WAITING_MAX);
  }

  /** The link stands. */
  opened(connection: Connection, now: number): void {
    this.connection = connection;
    this.miss = undefined;
    for (const frame of this.#waiting.splice(0)) this.send(frame, now);
  }

  /** The link is gone. @param isMiss whether that counts as if it had never stood; else all misses are forgotten. */
  lost(isMiss: boolean): void {
    this.connection = undefined;
    this.isKept = false;
    this.misses = isMiss ? this.misses + 1 : 0;
  }

  /** A dial came to nothing, and so did what waited for it. */
  missed(miss: CloseReason): void {
    this.cancelDial = undefined;
    this.isKept = false;
    this.miss = miss;
    this.misses += 1;
    this.#waiting = [];
  }

  /** False when there is no link that takes it. */
  send(frame: Uint8Array, now: number): boolean {
    this.usedAt = now;
    return this.connection?.send(frame) ?? false;
  }
}
