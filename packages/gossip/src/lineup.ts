import type { Cancel, Clock } from "@p2p/wire";
import type { Message } from "./message.ts";
import type { Run } from "./run.ts";

/** Most messages that wait for others before them, and most bytes of their payloads. */
const HELD_MESSAGES_MAX = 1024;
const HELD_BYTES_MAX: number = 4 * 1024 * 1024;

/** Where messages go once it is their turn. */
export interface LineupOptions {
  readonly clock: Clock;
  /** Longest wait of one message for those before it. */
  readonly holdMs: number;
  readonly tell: (message: Message) => void;
  /** Numbers that will not be told any more: `count` of them from `sequence` on, before `message`. */
  readonly gap: (message: Message, sequence: number, count: number) => void;
}

/** What came of one number: a message, or nothing that anybody shall hear of. */
interface Held {
  readonly line: Line;
  readonly sequence: number;
  readonly message: Message | undefined;
  readonly endsAt: number;
}

interface Line {
  next: number;
  readonly held: Map<number, Held>;
}

/**
 * Puts the messages of each run in order, from number 1: one that comes too early waits, at most `holdMs`; then those
 * before it are given up. At most 1 024 wait, and 4 MiB; beyond, the one that waits for longest is told at once.
 */
export class Lineup {
  readonly #options: LineupOptions;
  readonly #lines = new WeakMap<Run, Line>();
  readonly #waiting = new Set<Held>(); // in the order they came
  #bytes = 0;
  #overtaken = 0;
  #cancel: Cancel | undefined;

  constructor(options: LineupOptions) {
    this.#options = options;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Messages that came after their number had been given up. */
  get overtaken(): number {
    return this.#overtaken;
  }

  /** What came of one number of a run; without a message the number is taken for told. */
  add(run: Run, sequence: number, message: Message | undefined): void {
    const { clock, holdMs } = this.#options;
    const line = this.#lineOf(run);
    const held: Held = { line, sequence, message, endsAt: clock.now() + holdMs };
    if (sequence < line.next) this.#overtaken++;
    else if (sequence === line.next) this.#advance(held);
    else this.#hold(held);
  }

  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
    this.#bytes = 0;
  }

  #lineOf(run: Run): Line {
    let line = this.#lines.get(run);
    if (line === undefined) {
      line = { next: 1, held: new Map() };
      this.#lines.set(run, line);
    }
    return line;
  }

  #hold(held: Held): void {
    held.line.held.set(held.sequence, held);
    this.#waiting.add(held);
    this.#bytes += held.message?.byteLength ?? 0;
    this.#cancel ??= this.#options.clock.after(this.#options.holdMs, () => this.#expire());
    while (this.#waiting.size > HELD_MESSAGES_MAX || this.#bytes > HELD_BYTES_MAX) this.#giveUpOldest();
  }

  /** Tells what is next in its line, and all that waited for it. */
  #advance(first: Held): void {
    const { line } = first;
    for (let held: Held | undefined = first; held !== undefined; held = line.held.get(line.next)) {
      line.next = held.sequence + 1;
      this.#release(held);
      if (held.message !== undefined) this.#options.tell(held.message);
    }
  }

  #release(held: Held): void {
    if (!this.#waiting.delete(held)) return;
    held.line.held.delete(held.sequence);
    this.#bytes -= held.message?.byteLength ?? 0;
  }

  #expire(): void {
    const now = this.#options.clock.now();
    this.#cancel = undefined;
    for (const held of this.#waiting) {
      if (held.endsAt > now) break;
      this.#giveUpOldest();
    }
    const [oldest] = this.#waiting;
    if (oldest !== undefined)
      this.#cancel ??= this.#options.clock.after(oldest.endsAt - now, () => this.#expire());
  }

  /** Tells the one that has waited for longest and what is before it, without what never came. */
  #giveUpOldest(): void {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const { line, sequence } = oldest;
    while (line.next <= sequence) {
      const first = line.held.get(firstOf(line)) as Held;
      const { next } = line;
      line.next = first.sequence;
      const { message } = first;
      if (message !== undefined) this.#options.gap(message, next, first.sequence - next);
      this.#advance(first);
    }
  }
}

/** Lowest number that waits in a line. */
function firstOf({ held }: Line): number {
  let first = Number.POSITIVE_INFINITY;
  for (const sequence of held.keys()) first = Math.min(first, sequence);
  return first;
}
