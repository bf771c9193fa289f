import { type Disk, type DiskDone, P2PError } from "@p2p/wire";
import type { Belonging, Life } from "./life.ts";
import type { DiskOperation, Platter } from "./platter.ts";
import type { SeededRandom, Span } from "./seeded-random.ts";

/** How long a disk takes. */
export interface DiskPace {
  /** Every operation but a sync. Default 0.05 to 0.5 ms. */
  readonly callMs: Span;
  /** What is on stable storage afterwards: sync, truncate, replace. Default 1 to 10 ms. */
  readonly syncMs: Span;
}

export const DEFAULT_DISK_PACE: DiskPace = {
  callMs: { minMs: 0.05, maxMs: 0.5 },
  syncMs: { minMs: 1, maxMs: 10 },
};

/** The disk as one life of a program has it. The files are on the {@link Platter}, and stay. */
export class SimDisk implements Disk, Belonging {
  readonly #life: Life;
  readonly #platter: Platter;
  readonly #pace: DiskPace;
  readonly #random: SeededRandom;
  /** For each file what was asked for and is not done, in order. */
  readonly #queues = new Map<string, (() => boolean)[]>();
  readonly #freeAt = new Map<string, number>();
  /** Files that nothing more is written to, as on a real disk: after a failed write their end is unknown. */
  readonly #faults = new Map<string, P2PError>();
  #isClosed = false;

  constructor(life: Life, platter: Platter, pace: DiskPace, random: SeededRandom) {
    this.#life = life;
    this.#platter = platter;
    this.#pace = pace;
    this.#random = random;
    life.belongings.add(this);
  }

  read(file: string, done: (error: P2PError | undefined, bytes: Uint8Array | undefined) => void): void {
    let bytes: Uint8Array | undefined;
    const apply = (): boolean => {
      bytes = this.#platter.bytesOf(file);
      return true;
    };
    this.#order("read", file, apply, (error) => done(error, error === undefined ? bytes : undefined));
  }

  append(file: string, bytes: Uint8Array, done: DiskDone): void {
    const copy = bytes.slice();
    this.#order("append", file, () => this.#platter.append(file, copy), done);
  }

  sync(file: string, done: DiskDone): void {
    const apply = (): boolean => {
      this.#platter.sync(file);
      return true;
    };
    this.#order("sync", file, apply, done);
  }

  truncate(file: string, length: number, done: DiskDone): void {
    const apply = (): boolean => {
      this.#platter.truncate(file, length);
      return true;
    };
    this.#order("truncate", file, apply, done);
  }

  replace(file: string, bytes: Uint8Array, done: DiskDone): void {
    const copy = bytes.slice();
    this.#order("replace", file, () => this.#platter.replace(file, copy), done);
  }

  close(): void {
    this.#isClosed = true;
    this.#queues.clear();
    this.#life.belongings.delete(this);
  }

  /** Whether this one is of no use any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Of what was under way a first part still happened. */
  lost(): void {
    for (const queue of this.#queues.values()) {
      for (const apply of queue.slice(0, Math.floor(this.#random.next() * (queue.length + 1)))) apply();
    }
  }

  thawed(): void {
    // What was done while the program stood still is reported by the moments it comes back to.
  }

  #order(operation: DiskOperation, file: string, apply: () => boolean, done: DiskDone): void {
    if (!/^[\w-][\w.-]*$/.test(file)) throw new TypeError(`not a plain file name: "${file}"`);
    if (this.#isClosed || this.#life.over) return;
    const { timeline } = this.#life;
    const isQuick = operation === "read" || operation === "append";
    const tookMs = this.#random.between(isQuick ? this.#pace.callMs : this.#pace.syncMs);
    const at = Math.max(timeline.now, this.#freeAt.get(file) ?? 0) + tookMs;
    this.#freeAt.set(file, at);
    this.#queueOf(file).push(apply);
    timeline.at(at, () => this.#complete(operation, file, apply, done), this.#life);
  }

  #complete(operation: DiskOperation, file: string, apply: () => boolean, done: DiskDone): void {
    if (this.#isClosed) return;
    this.#queues.get(file)?.shift();
    const fault = this.#try(operation, file, apply);
    this.#life.witness.note(
      this.#life.host,
      "disk",
      `${operation} ${file}${fault === undefined ? "" : " failed"}`,
    );
    done(fault);
  }

  #try(operation: DiskOperation, file: string, apply: () => boolean): P2PError | undefined {
    const known = operation === "read" || operation === "replace" ? undefined : this.#faults.get(file);
    if (known !== undefined) return known;
    if (this.#platter.fails(operation) || !apply()) {
      const fault = new P2PError("DISK_FAILED", `cannot ${operation} ${file}`);
      if (operation !== "read" && operation !== "replace") this.#faults.set(file, fault);
      return fault;
    }
    if (operation === "replace") this.#faults.delete(file);
    return undefined;
  }

  #queueOf(file: string): (() => boolean)[] {
    const queue = this.#queues.get(file) ?? [];
    this.#queues.set(file, queue);
    return queue;
  }
}
