import type { PeerId } from "@p2p/identity";
import type { Batch } from "./batch.ts";

/** How much is kept for neighbours that miss something. */
export interface StoreLimits {
  /** Most messages. Default 4 096: as many as are at hand for other reasons anyway. */
  readonly messagesMax: number;
  /** Most bytes of their frames. Default 4 MiB. */
  readonly bytesMax: number;
}

export const DEFAULT_STORE_LIMITS: StoreLimits = { messagesMax: 4096, bytesMax: 4 * 1024 * 1024 };

/**
 * The defaults with `change` in place.
 * @throws RangeError unless both are numbers of 0 or more.
 */
export function storeLimitsOf(change: Partial<StoreLimits> = {}): StoreLimits {
  const limits = { ...DEFAULT_STORE_LIMITS, ...change };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value >= 0)) throw new RangeError(`store: ${name} is not 0 or more: ${value}`);
  }
  return limits;
}

/** A batch that is kept: the bytes its origin signed, as they came. */
export interface Stored {
  readonly run: StoredRun;
  readonly firstSequence: number;
  readonly count: number;
  /** The BATCH frame. Never changes. */
  readonly frame: Uint8Array;
  /** Monotonic time since when it has been under way, here or elsewhere. */
  readonly since: number;
}

/** What is kept of one run of one origin. */
export interface StoredRun {
  readonly origin: PeerId;
  readonly incarnation: number;
  /** Number of the last change to the store that added to it. */
  readonly version: number;
  /** In the order they came. */
  readonly batches: ReadonlySet<Stored>;
}

interface OpenRun extends StoredRun {
  version: number;
  readonly batches: Set<Stored>;
  messages: number;
  bytes: number;
}

/** Names a run; for maps. */
export function runName(origin: PeerId, incarnation: number): string {
  return `${incarnation} ${origin}`;
}

/**
 * The newest messages, for neighbours that miss some: bounded in messages, bytes and age. When it is full, an origin
 * that has more than its even share loses its own oldest, any other one the oldest of all: who says much shortens
 * nobody else's memory. PROTOCOL.md §7.6.
 */
export class Store {
  readonly #limits: StoreLimits;
  readonly #lifeMs: number;
  readonly #runs = new Map<string, OpenRun>();
  readonly #batches = new Set<Stored>(); // in the order they came
  /** Those that came lately, for {@link settled}. */
  readonly #young: { readonly at: number; readonly version: number }[] = [];
  #settled = 0;
  #version = 0;
  #messages = 0;
  #bytes = 0;

  constructor(limits: StoreLimits, lifeMs: number) {
    this.#limits = limits;
    this.#lifeMs = lifeMs;
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Runs of which something is kept. */
  get runs(): number {
    return this.#runs.size;
  }

  /**
   * Keeps a batch whose signature was checked, unless it is too old or longer than all that may be kept.
   * @param frame its BATCH frame; must never change.
   * @param ageMs for how long it has been under way already.
   */
  add(batch: Batch, frame: Uint8Array, now: number, ageMs = 0): void {
    const count = batch.payloads.length;
    this.expire(now);
    if (ageMs >= this.#lifeMs || count > this.#limits.messagesMax || frame.length > this.#limits.bytesMax)
      return;
    this.#makeRoom(this.#runs.get(runName(batch.origin, batch.incarnation)), count, frame.length);
    const run = this.#open(batch);
    const stored: Stored = { run, firstSequence: batch.firstSequence, count, frame, since: now - ageMs };
    run.version = ++this.#version;
    run.batches.add(stored);
    run.messages += count;
    run.bytes += frame.length;
    this.#batches.add(stored);
    this.#messages += count;
    this.#bytes += frame.length;
    this.#young.push({ at: now, version: run.version });
    if (this.#young.length > this.#limits.messagesMax) this.#settleOldest();
  }

  /** What is kept of a run, in the order it came. */
  find(origin: PeerId, incarnation: number): StoredRun | undefined {
    return this.#runs.get(runName(origin, incarnation));
  }

  /** The runs that were added to after the change of that number, those that were added to last coming last. */
  since(version: number): StoredRun[] {
    return [...this.#runs.values()]
      .filter((run) => run.version > version)
      .toSorted((a, b) => a.version - b.version);
  }

  /** Number of the last change made `at` (monotonic milliseconds) or before. */
  settled(at: number): number {
    while (this.#young[0] !== undefined && this.#young[0].at <= at) this.#settleOldest();
    return this.#settled;
  }

  /** Lets go of what is too old. */
  expire(now: number): void {
    for (const stored of this.#batches) {
      if (stored.since + this.#lifeMs > now) break;
      this.#remove(stored);
    }
  }

  clear(): void {
    for (const stored of this.#batches) this.#remove(stored);
  }

  #settleOldest(): void {
    this.#settled = this.#young.shift()?.version ?? this.#settled;
  }

  #makeRoom(run: OpenRun | undefined, count: number, bytes: number): void {
    const { messagesMax, bytesMax } = this.#limits;
    while (this.#messages + count > messagesMax || this.#bytes + bytes > bytesMax) {
      const [own] = run !== undefined && this.#hasItsShare(run) ? run.batches : this.#batches;
      this.#remove(own as Stored);
    }
  }

  /** Whether a run has as much as each would have if all had the same. */
  #hasItsShare({ messages, bytes }: OpenRun): boolean {
    const { messagesMax, bytesMax } = this.#limits;
    return messages * this.#runs.size >= messagesMax || bytes * this.#runs.size >= bytesMax;
  }

  #open({ origin, incarnation }: Batch): OpenRun {
    const name = runName(origin, incarnation);
    let run = this.#runs.get(name);
    if (run === undefined) {
      run = { origin, incarnation, version: 0, batches: new Set(), messages: 0, bytes: 0 };
      this.#runs.set(name, run);
    }
    return run;
  }

  #remove(stored: Stored): void {
    const run = stored.run as OpenRun;
    this.#batches.delete(stored);
    this.#messages -= stored.count;
    this.#bytes -= stored.frame.length;
    run.batches.delete(stored);
    run.messages -= stored.count;
    run.bytes -= stored.frame.length;
    if (run.batches.size === 0) this.#runs.delete(runName(run.origin, run.incarnation));
  }
}
