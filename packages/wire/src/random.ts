/** Chance, as handed in. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `count` fresh bytes, the caller's own. From the system these are fit for nonces and keys. */
  bytes(count: number): Uint8Array;
  /**
   * A stream of its own, so that one part's draws do not shift another's. In a simulated world the same label of
   * the same parent gives the same stream; the system has only one stream and returns itself.
   */
  fork(label: string): Random;
}

/** The system's generator, cryptographically strong. */
export const systemRandom: Random = {
  next() {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
  },
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  fork: () => systemRandom,
};

/** An integer in [0, `limit`). @throws RangeError unless `limit` is a positive integer. */
export function integerBelow(limit: number, random: Random): number {
  if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`not a positive integer: ${limit}`);
  return Math.floor(random.next() * limit);
}

/** One of `items`, all alike; `undefined` when there is none. */
export function pick<T>(items: readonly T[], random: Random): T | undefined {
  return items.length === 0 ? undefined : items[integerBelow(items.length, random)];
}

/** `items` in a random order: a new array. */
export function shuffle<T>(items: Iterable<T>, random: Random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = integerBelow(last + 1, random);
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** `count` different ones of `items`, or all of them when there are fewer; in random order. */
export function sample<T>(items: Iterable<T>, count: number, random: Random): T[] {
  return shuffle(items, random).slice(0, count);
}

/** `value`, more or less: uniform in [`value`·(1 − `share`), `value`·(1 + `share`)]. */
export function jitter(value: number, share: number, random: Random): number {
  return value * (1 + share * (2 * random.next() - 1));
}
