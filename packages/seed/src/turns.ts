/**
 * What waits, by who brought it: bringers are served in turn, each his oldest first, so that whoever brings much keeps
 * nobody else waiting. Holds at most `max` in all.
 */
export class Turns<T> {
  readonly #max: number;
  /** Who is served next comes first. */
  readonly #queues = new Map<string, T[]>();
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns what had to go in its place, and whose it was: when all is full, the newest of whoever has most. */
  add(bringer: string, item: T): readonly [bringer: string, item: T] | undefined {
    const queue = this.#queues.get(bringer);
    if (queue === undefined) this.#queues.set(bringer, [item]);
    else queue.push(item);
    this.#size += 1;
    return this.#size > this.#max ? this.#shorten() : undefined;
  }

  /** Whose turn it is; nothing when nobody waits. */
  next(): T | undefined {
    const [first] = this.#queues;
    if (first === undefined) return undefined;
    const [bringer, queue] = first;
    const item = queue.shift();
    this.#queues.delete(bringer);
    if (queue.length > 0) this.#queues.set(bringer, queue);
    this.#size -= 1;
    return item;
  }

  #shorten(): readonly [bringer: string, item: T] | undefined {
    let longest: [bringer: string, queue: T[]] | undefined;
    for (const entry of this.#queues) if (entry[1].length >= (longest?.[1].length ?? 0)) longest = entry;
    const [bringer, queue] = longest as [string, T[]];
    if (queue.length === 1) this.#queues.delete(bringer);
    this.#size -= 1;
    return [bringer, queue.pop() as T];
  }
}
