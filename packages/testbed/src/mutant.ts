import type { Scope } from "./plan.ts";

/** One change of one source. */
interface Edit {
  /** Its path in this repository. */
  readonly file: string;
  /** A piece of its text that is there exactly once. */
  readonly from: string;
  /** What stands there instead. */
  readonly to: string;
}

/**
 * A bug that somebody could write, as data: the sources stay as they are, and the test's build of them has the bug. A
 * checker that does not catch it would not catch its like either.
 */
export interface Mutant {
  readonly name: string;
  /** What it does wrong, as a sentence without its subject. */
  readonly about: string;
  readonly edits: readonly Edit[];
  /** The worlds in which it shows. What is missing is drawn. */
  readonly scope: Scope;
  /** The rule that catches it, and words that what is found has to have in it. */
  readonly rule: string;
  readonly words: string;
  /**
   * So many worlds, from number 1 on, are enough: about three times the mean of what it took when this was written
   * (`npm run sim -- --mutant NAME --swarm 20`).
   */
  readonly worlds: number;
}

/**
 * The source of `file` as the mutant has it.
 * @throws RangeError when what the mutant changes is not there exactly once: then the source has changed, and the mutant
 *   has to follow it.
 */
export function mutate(
  { name, edits }: Pick<Mutant, "name" | "edits">,
  file: string,
  source: string,
): string {
  return edits
    .filter((edit) => edit.file === file)
    .reduce((text, edit) => replaced(name, edit, text), source);
}

function replaced(mutant: string, { file, from, to }: Edit, source: string): string {
  const [before = "", after, ...more] = source.split(from);
  if (after === undefined || more.length > 0)
    throw new RangeError(
      `mutant "${mutant}": ${file} has its piece of text ${more.length + (after === undefined ? 0 : 1)} times, not once: ${from}`,
    );
  return before + to + after;
}
