import type { Mutant } from "../mutant.ts";
import { MUTANTS } from "../mutants.ts";

/** Those of the testbed's that concern one seed, whatever others do. */
const OF_ONE_SEED = [
  "double-vote",
  "amnesia",
  "duplicate-counting",
  "no-dial-back",
  "no-own-probe",
  "no-window",
  "not-sighted",
];

const BEARINGS = "packages/seed/src/bearings.ts";

/** Bugs that make a real seed do something else than the model's in one of the traces that are kept. */
export const REPLAY_MUTANTS: readonly Pick<Mutant, "name" | "about" | "edits">[] = [
  ...MUTANTS.filter(({ name }) => OF_ONE_SEED.includes(name)),
  {
    name: "half",
    about: "Half of the seeds pass for a quorum.",
    edits: [
      {
        file: "packages/consensus/src/quorum.ts",
        from: "return Math.ceil((n + f + 1) / 2);",
        to: "return Math.floor((n + f) / 2);",
      },
    ],
  },
  {
    name: "next-tick",
    about: "One tick after meeting a quorum a seed takes its tick for young.",
    edits: [{ file: BEARINGS, from: "const TICKS_LATER = 3;", to: "const TICKS_LATER = 1;" }],
  },
  {
    name: "second-tick",
    about: "Two ticks after meeting a quorum a seed takes its tick for young.",
    edits: [{ file: BEARINGS, from: "const TICKS_LATER = 3;", to: "const TICKS_LATER = 2;" }],
  },
  {
    name: "no-time-needed",
    about: "What a seed once knew about the time is good for ever.",
    edits: [{ file: BEARINGS, from: "now - fix.at <= this.#goodForMs", to: "now >= fix.at" }],
  },
];
