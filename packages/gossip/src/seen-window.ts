/** How many of the newest sequence numbers of one run a {@link SeenWindow} can tell apart. */
export const SEEN_WINDOW = 1024;

/**
 * What a range of numbers is to a window: all of it new, all of it seen, too old to say, or some seen and some not,
 * which no honest origin's batch is.
 */
export type Sighting = "new" | "seen" | "late" | "overlap";

/**
 * Which messages of one run of one origin were seen: the highest number and one bit for each of the {@link SEEN_WINDOW}
 * up to it. 128 bytes, whatever numbers are thrown at it. PROTOCOL.md §7.3.
 *
 * On first contact only what arrived is marked: older ones within the window are still taken.
 */
export class SeenWindow {
  readonly #bits: Uint32Array = new Uint32Array(SEEN_WINDOW / 32);
  #highest: number;

  /** A window that has just met `first`, and marks it. */
  constructor(first: number) {
    this.#highest = first;
    this.#set(first);
  }

  /**
   * The window of which {@link stretches} were told; an empty one if `highest` is 0. Never throws: what goes beyond the
   * window's end is ignored.
   */
  static of(highest: number, stretches: readonly number[]): SeenWindow {
    const window = new SeenWindow(highest);
    if (highest === 0) window.#bits.fill(0);
    if (highest >= SEEN_WINDOW && stretches.length === 0) {
      window.#bits.fill(0xffffffff); // the usual case, and the shortest way
      return window;
    }
    let next = highest;
    for (const [index, length] of [...stretches, SEEN_WINDOW].entries()) {
      const end = Math.max(next - length, window.#floor);
      if (index % 2 === 0) for (; next > end; next--) window.#set(next);
      next = end;
    }
    return window;
  }

  /** Highest number marked. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether all numbers in the window were seen. */
  get isFull(): boolean {
    let seen = 0;
    for (const word of this.#bits) seen += bitsIn(word);
    return seen === this.#highest - this.#floor;
  }

  /**
   * Lengths of the stretches of numbers seen and not seen, by turns, from the highest downwards, without the last one,
   * which goes to the window's end: nothing if all were seen.
   */
  get stretches(): number[] {
    if (this.isFull) return [];
    const lengths: number[] = [];
    let [isSeen, length] = [true, 0];
    for (let sequence = this.#highest; sequence > this.#floor; sequence--) {
      if (this.has(sequence) !== isSeen) {
        lengths.push(length);
        [isSeen, length] = [!isSeen, 0];
      }
      length++;
    }
    return lengths;
  }

  /** Whether `other` has seen a number that this window has not, and could still mark. */
  lacksSomeOf(other: SeenWindow): boolean {
    if (other.#highest > this.#highest) return true;
    if (this.isFull) return false;
    for (let sequence = other.#highest; sequence > this.#floor; sequence--) {
      if (other.has(sequence) && !this.has(sequence)) return true;
    }
    return false;
  }

  /** The number before the window's first. */
  get #floor(): number {
    return Math.max(0, this.#highest - SEEN_WINDOW);
  }

  /** What the `count` numbers from `first` on are. A range of which any is too old is late. */
  look(first: number, count = 1): Sighting {
    if (first <= this.#highest - SEEN_WINDOW) return "late";
    let seen = 0;
    for (let sequence = first; sequence < first + count; sequence++) if (this.has(sequence)) seen++;
    if (seen === 0) return "new";
    return seen === count ? "seen" : "overlap";
  }

  /** Whether `sequence` is marked; never true of what is too old. */
  has(sequence: number): boolean {
    if (sequence > this.#highest || sequence <= this.#highest - SEEN_WINDOW) return false;
    const bit = sequence % SEEN_WINDOW;
    return ((this.#bits[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }

  /** Marks `sequence`, moving the window up to it if need be. What is too old is let be. */
  mark(sequence: number): void {
    if (sequence <= this.#highest - SEEN_WINDOW) return;
    if (sequence > this.#highest) this.#moveTo(sequence);
    this.#set(sequence);
  }

  #moveTo(sequence: number): void {
    if (sequence - this.#highest >= SEEN_WINDOW) this.#bits.fill(0);
    else for (let passed = this.#highest + 1; passed < sequence; passed++) this.#clear(passed);
    this.#highest = sequence;
  }

  #set(sequence: number): void {
    const bit = sequence % SEEN_WINDOW;
    (this.#bits[bit >>> 5] as number) |= 1 << (bit & 31);
  }

  #clear(sequence: number): void {
    const bit = sequence % SEEN_WINDOW;
    (this.#bits[bit >>> 5] as number) &= ~(1 << (bit & 31));
  }
}

/** How many bits of 32 are set. */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
