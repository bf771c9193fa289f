import type { Mutant } from "../mutant.ts";
import { mutantOf } from "../mutants.ts";

/** The sources without one defence, and the attack that has to succeed on them: what cannot fail proves nothing. */
export interface Weakness extends Pick<Mutant, "name" | "about" | "edits"> {
  /** The number of the attack. */
  readonly attack: number;
  /** So many worlds, from number 1 on, are enough. */
  readonly worlds: number;
}

/** The defences that these mutants lack. */
export function asMutant(attack: number, worlds: number, ...names: readonly string[]): Weakness {
  const mutants = names.map(mutantOf);
  return {
    attack,
    worlds,
    name: `attack-${attack}-${names.join("-")}`,
    about: mutants.map(({ about }) => about).join(" "),
    edits: mutants.flatMap(({ edits }) => edits),
  };
}
