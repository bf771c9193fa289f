import { asMutant, type Weakness } from "./weakness.ts";

const DEGREE = "packages/overlay/src/attested-degree.ts";

/** Of the attacks on links, gossip and channels, and by crowds. */
export const TRAFFIC_WEAKNESSES: readonly Weakness[] = [
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
];
