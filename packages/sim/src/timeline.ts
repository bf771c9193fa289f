/** Whose doing a {@link Moment} is: it may be suspended, and it may die before the moment comes. */
export interface MomentOwner {
  /** Dead: its moments never come. */
  readonly over: boolean;
  /** How many of its moments are still to come. Kept by the timeline. */
  pending: number;
  /** The moment has come. */
  run(moment: Moment): void;
}

/** Something that will happen, once, unless it is cancelled. */
export class Moment {
  /** Virtual milliseconds. */
  at: number;
  /** Breaks ties: of two moments at one time the one ordered first comes first. */
  sequence: number;
  /** What happens; `undefined` once it has happened or was cancelled. */
  task: (() => void) | undefined;
  readonly owner: MomentOwner | undefined;

  constructor(at: number, sequence: number, task: () => void, owner: MomentOwner | undefined) {
    this.at = at;
    this.sequence = sequence;
    this.task = task;
    this.owner = owner;
  }
}

/** Dead moments kept in the heap before it is swept. */
const STALE_MIN = 1024;

/**
 * Virtual time: the one queue that drives a world. A heap by time, then by order of the calls; of four branches and
 * with the times apart, because with ten thousand hosts most of the work is waiting for memory.
 */
export class Timeline {
  /** Virtual milliseconds since the world began. */
  now = 0;
  #heap: Moment[] = [];
  /** When the moment at the same place of the heap comes. */
  #times: Float64Array = new Float64Array(1024);
  #sequence = 0;
  #stale = 0;

  /** Orders `task` for `delayMs` from now. */
  after(delayMs: number, task: () => void, owner?: MomentOwner): Moment {
    return this.at(this.now + delayMs, task, owner);
  }

  /** Orders `task` for the time `at`, or for now if that is past. */
  at(at: number, task: () => void, owner?: MomentOwner): Moment {
    const moment = new Moment(Math.max(at, this.now), this.#sequence++, task, owner);
    if (owner !== undefined) owner.pending += 1;
    this.#push(moment);
    return moment;
  }

  /** Orders a moment that had come while its owner was suspended, for now. */
  again(moment: Moment): void {
    if (moment.task === undefined) return;
    moment.at = this.now;
    moment.sequence = this.#sequence++;
    if (moment.owner !== undefined) moment.owner.pending += 1;
    this.#push(moment);
  }

  /** Takes a moment back. Twice, or too late, does nothing. */
  cancel(moment: Moment): void {
    if (moment.task === undefined) return;
    moment.task = undefined;
    if (moment.owner !== undefined) moment.owner.pending -= 1;
    this.#wilt(1);
  }

  /** To be told when an owner has died: its moments are dead weight from now on. */
  forget(owner: MomentOwner): void {
    this.#wilt(owner.pending);
  }

  /** When the next moment comes; Infinity when none will. */
  get nextAt(): number {
    this.#prune();
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Moves to the next moment and lets it happen. False when there is none. */
  step(): boolean {
    this.#prune();
    const moment = this.#pop();
    if (moment === undefined) return false;
    this.now = moment.at;
    if (moment.owner !== undefined) {
      moment.owner.pending -= 1;
      moment.owner.run(moment);
      return true;
    }
    const { task } = moment;
    moment.task = undefined;
    task?.();
    return true;
  }

  #prune(): void {
    while (this.#heap.length > 0 && isDead(this.#heap[0] as Moment)) {
      this.#pop();
      this.#stale -= 1;
    }
  }

  #wilt(count: number): void {
    this.#stale += count;
    if (this.#stale > STALE_MIN && this.#stale * 2 > this.#heap.length) this.#sweep();
  }

  #sweep(): void {
    const alive = this.#heap.filter((moment) => !isDead(moment));
    this.#stale = 0;
    this.#heap = [];
    for (const moment of alive) this.#push(moment);
  }

  #push(moment: Moment): void {
    const heap = this.#heap;
    let index = heap.push(moment) - 1;
    if (index >= this.#times.length) this.#times = doubled(this.#times);
    const times = this.#times;
    while (index > 0) {
      const above = (index - 1) >> 2;
      const time = times[above] as number;
      if (time < moment.at || (time === moment.at && (heap[above] as Moment).sequence < moment.sequence))
        break;
      heap[index] = heap[above] as Moment;
      times[index] = time;
      index = above;
    }
    heap[index] = moment;
    times[index] = moment.at;
  }

  #pop(): Moment | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length > 0 && last !== undefined) this.#sink(last);
    return first;
  }

  /** Puts `moment` in the place of the first one, and lets it sink to where it belongs. */
  #sink(moment: Moment): void {
    const heap = this.#heap;
    const times = this.#times;
    let index = 0;
    for (let child = 1; child < heap.length; child = 4 * index + 1) {
      const below = this.#firstOfFour(child);
      const time = times[below] as number;
      if (moment.at < time || (moment.at === time && moment.sequence < (heap[below] as Moment).sequence))
        break;
      heap[index] = heap[below] as Moment;
      times[index] = time;
      index = below;
    }
    heap[index] = moment;
    times[index] = moment.at;
  }

  #firstOfFour(from: number): number {
    const heap = this.#heap;
    const times = this.#times;
    const end = Math.min(from + 4, heap.length);
    let first = from;
    for (let index = from + 1; index < end; index++) {
      const time = times[index] as number;
      const best = times[first] as number;
      if (
        time < best ||
        (time === best && (heap[index] as Moment).sequence < (heap[first] as Moment).sequence)
      ) {
        first = index;
      }
    }
    return first;
  }
}

function doubled(times: Float64Array): Float64Array {
  const larger = new Float64Array(2 * times.length);
  larger.set(times);
  return larger;
}

function isDead(moment: Moment): boolean {
  return moment.task === undefined || moment.owner?.over === true;
}
