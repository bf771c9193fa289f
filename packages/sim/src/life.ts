import type { Address, Cancel } from "@p2p/wire";
import type { Moment, MomentOwner, Timeline } from "./timeline.ts";

/** What ends with a life, and wakes up with it: links, listening ports, files in use. */
export interface Belonging {
  /** The program is gone; nothing may be reported to it any more. */
  lost(): void;
  /** The program runs again after a freeze. */
  thawed(): void;
}

/** What a life reports to: the world it is lived in. */
export interface Witness {
  /** A callback of the program threw. */
  failed(host: string, error: unknown): void;
  /** Something happened; see `WorldOptions.trace`. */
  note(host: string, kind: string, detail: string): void;
  /** A link has taken a frame from the program; see `WorldOptions.frameSent`. */
  readonly sent: ((host: string, frame: Uint8Array, to: Address) => void) | undefined;
  /** Whether notes are wanted: making one costs more than most of what it tells. */
  readonly isTraced: boolean;
}

/**
 * One life of a host's program, from its boot to its crash or exit. Everything the program ordered belongs to it and
 * vanishes with it: a callback of a dead program never runs.
 */
export class Life implements MomentOwner {
  readonly host: string;
  readonly timeline: Timeline;
  readonly witness: Witness;
  /** Virtual milliseconds of the boot. */
  readonly since: number;
  over = false;
  frozen = false;
  pending = 0;
  readonly belongings: Set<Belonging> = new Set();
  /** Came due while frozen, in their order. */
  #held: Moment[] = [];

  constructor(host: string, timeline: Timeline, witness: Witness) {
    this.host = host;
    this.timeline = timeline;
    this.witness = witness;
    this.since = timeline.now;
  }

  /** Orders `task` for `delayMs` from now; it never runs once this life is over. */
  after(delayMs: number, task: () => void): Cancel {
    if (this.over) return () => undefined;
    const moment = this.timeline.after(delayMs, task, this);
    return () => this.timeline.cancel(moment);
  }

  /** Runs the program's code; what it throws goes to the witness. */
  call(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.witness.failed(this.host, error);
    }
  }

  /** A moment has come. While frozen it is kept for later. */
  run(moment: Moment): void {
    if (this.frozen) {
      this.#held.push(moment);
      return;
    }
    const { task } = moment;
    moment.task = undefined;
    if (task === undefined) return;
    if (this.witness.isTraced) this.witness.note(this.host, "task", "");
    this.call(task);
  }

  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    if (!this.frozen) return;
    this.frozen = false;
    for (const moment of this.#held.splice(0)) this.timeline.again(moment);
    for (const belonging of this.belongings) belonging.thawed();
  }

  /** The program is gone, all at once. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.frozen = false;
    this.#held = [];
    this.timeline.forget(this);
    for (const belonging of this.belongings) belonging.lost();
    this.belongings.clear();
  }
}
