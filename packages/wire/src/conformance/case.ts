/** One sentence of a contract, and the story that shows whether it holds. Needs no test runner. */
export interface ConformanceCase<Kit> {
  /** The sentence. */
  readonly name: string;
  /** What the kit must be able to do; without it the sentence is not promised. */
  readonly needs?: "backpressure" | "unreachable";
  /** Tells the story; `done` runs once, with an error unless the sentence holds. Throws nothing. */
  readonly run: (kit: Kit, done: (failure?: Error) => void) => void;
}

/** Runs `body`; what it throws goes to `failed`. */
export function guarded(body: () => void, failed: (failure: Error) => void): void {
  try {
    body();
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)));
  }
}

/** @throws Error with `sentence` unless `holds`. */
export function expect(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

/** @throws Error that shows both unless `actual` is what was expected, compared as JSON. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [shown, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (shown !== wanted) throw new Error(`${what}: expected ${wanted}, got ${shown}`);
}
