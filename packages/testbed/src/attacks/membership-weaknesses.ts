import { asMutant, type Weakness } from "./weakness.ts";

/** Of the attacks on who is a member: accusations, seeds, registrations and keys. */
export const MEMBERSHIP_WEAKNESSES: readonly Weakness[] = [
  asMutant(3, 3, "no-own-probe"),
  asMutant(4, 3, "no-own-probe"),
  asMutant(8, 3, "duplicate-counting"),
  asMutant(11, 5, "amnesia"),
  asMutant(12, 3, "no-window", "no-bump"),
  asMutant(13, 5, "no-bump"),
  asMutant(20, 3, "no-dial-back"),
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
