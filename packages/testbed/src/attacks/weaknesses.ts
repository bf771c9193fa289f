import type { Mutant } from "../mutant.ts";
import { mutantOf } from "../mutants.ts";

/** The sources without one defence, and the attack that has to succeed on them: what cannot fail proves nothing. */
export interface Weakness extends Pick<Mutant, "name" | "about" | "edits"> {
  /** The number of the attack. */
  readonly attack: number;
  /** So many worlds, from number 1 on, are enough. */
  readonly worlds: number;
}

const DEGREE = "packages/overlay/src/attested-degree.ts";

function asMutant(attack: number, worlds: number, ...names: readonly string[]): Weakness {
  const mutants = names.map(mutantOf);
  return {
    attack,
    worlds,
    name: `attack-${attack}-${names.join("-")}`,
    about: mutants.map(({ about }) => about).join(" "),
    edits: mutants.flatMap(({ edits }) => edits),
  };
}

/** One for each of the main attacks. */
export const WEAKNESSES: readonly Weakness[] = [
  asMutant(3, 3, "no-own-probe"),
  asMutant(4, 3, "no-own-probe"),
  asMutant(8, 3, "duplicate-counting"),
  asMutant(11, 5, "amnesia"),
  asMutant(12, 3, "no-window", "no-bump"),
  asMutant(13, 5, "no-bump"),
  asMutant(20, 3, "no-dial-back"),
  {
    attack: 21,
    worlds: 2,
    name: "attack-21-no-quota",
    about: "No address is in a prefix.",
    edits: [
      {
        file: "packages/seed/src/admission/prefixes.ts",
        from: "if (isExemptFromPrefixRules(address, this.#rules)) return [];",
        to: "return [];",
      },
    ],
  },
  {
    attack: 22,
    worlds: 2,
    name: "attack-22-no-window",
    about: "Newcomers of the last hour are forgotten.",
    edits: [
      {
        file: "packages/seed/src/admission/newcomer-window.ts",
        from: "this.#times.push(now);",
        to: "",
      },
    ],
  },
  {
    attack: 23,
    worlds: 3,
    name: "attack-23-whole-voices",
    about: "Each edge counts whole, whoever owns it and however many stand in its netgroup.",
    edits: [
      { file: DEGREE, from: "isOwn && own >= m ? undefined : farEnd", to: "own < 0 ? undefined : farEnd" },
      { file: DEGREE, from: "isOwn ? 1 : 1 / judge.crowd(far.netgroup)", to: "1" },
    ],
  },
  asMutant(27, 3, "mark-before-check"),
  {
    attack: 36,
    worlds: 2,
    name: "attack-36-kept-keys",
    about: "A seed keeps the key that it voted with in a configuration that is over.",
    edits: [
      {
        file: "packages/seed/src/vote-keys.ts",
        from: "const old = [...this.#keys.keys()].filter((one) => one < number);",
        to: "const old = [...this.#keys.keys()].filter((one) => one < number - 9);",
      },
    ],
  },
  {
    attack: 37,
    worlds: 6,
    name: "attack-37-two-choices",
    about: "A seed votes for every configuration of a number that is proposed.",
    edits: [
      {
        file: "packages/consensus/src/configuration-slot.ts",
        from: "return this.#choice === undefined || this.#choice === toHex(cfg);",
        to: "return cfg.length > 0;",
      },
    ],
  },
  asMutant(38, 2, "no-dial-back"),
];
