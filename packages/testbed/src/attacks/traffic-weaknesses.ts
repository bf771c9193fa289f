import { asMutant, type Weakness } from "./weakness.ts";

const GOSSIP = "packages/gossip/src";
const IDENTITY = "packages/identity/src";
const OVERLAY = "packages/overlay/src";
const SEED = "packages/seed/src";
const WIRE = "packages/wire/src";

/** Each edge counts whole, whoever owns it and however many stand in its netgroup. */
const WHOLE_VOICES: Weakness["edits"] = [
  {
    file: `${OVERLAY}/attested-degree.ts`,
    from: "isOwn && own >= m ? undefined : farEnd",
    to: "own < 0 ? undefined : farEnd",
  },
  {
    file: `${OVERLAY}/attested-degree.ts`,
    from: "isOwn ? 1 : 1 / judge.crowd(far.netgroup)",
    to: "1",
  },
];

/** A node owns one link, whatever it is told. */
const ONE_LINK: Weakness["edits"] = [
  { file: `${OVERLAY}/options.ts`, from: "options.m ?? DEFAULTS.m, 1, M_MAX", to: "1, 1, M_MAX" },
];

/** Of the attacks on links, gossip and channels, and by crowds. */
export const TRAFFIC_WEAKNESSES: readonly Weakness[] = [
  {
    attack: 21,
    worlds: 2,
    name: "attack-21-no-quota",
    about: "No address is in a prefix.",
    edits: [
      {
        file: `${SEED}/admission/prefixes.ts`,
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
        file: `${SEED}/admission/newcomer-window.ts`,
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
    edits: WHOLE_VOICES,
  },
  {
    attack: 24,
    worlds: 1,
    name: "attack-24-whole-voices",
    about: "Each edge counts whole, whoever owns it and however many stand in its netgroup.",
    edits: WHOLE_VOICES,
  },
  {
    attack: 25,
    worlds: 1,
    name: "attack-25-no-cap",
    about: "A node takes as many links of others as are made to it.",
    edits: [{ file: `${OVERLAY}/options.ts`, from: "return cap - m - 1;", to: "return Infinity;" }],
  },
  {
    attack: 26,
    worlds: 1,
    name: "attack-26-one-link",
    about: "A node owns one link, whatever it is told.",
    edits: ONE_LINK,
  },
  {
    attack: 26,
    worlds: 1,
    name: "attack-26-no-repair",
    about: "A node looks for nobody in the place of a neighbour that it lost.",
    edits: [
      {
        file: `${OVERLAY}/overlay.ts`,
        from: "this.#depart(neighbour, reason);\n      this.#recruiter.seek();",
        to: "this.#depart(neighbour, reason);",
      },
      {
        file: `${OVERLAY}/overlay.ts`,
        from: "this.#repair.set(this.#jitterMs(), () => this.#recruiter.seek());",
        to: "this.#repair.cancel();",
      },
    ],
  },
  asMutant(27, 1, "mark-before-check"),
  {
    attack: 28,
    worlds: 1,
    name: "attack-28-unsigned",
    about: "Nobody checks that a message is signed by its origin.",
    edits: [
      {
        file: `${GOSSIP}/intake.ts`,
        from: "return isChecked || verifyBatch(batch, networkId, verifier);",
        to: "return isChecked || verifyBatch(batch, networkId, verifier) || true;",
      },
    ],
  },
  {
    attack: 29,
    worlds: 1,
    name: "attack-29-strangers",
    about: "Whoever is unknown may speak as if it were a member.",
    edits: [
      {
        file: `${GOSSIP}/intake.ts`,
        from: "return this.#park(arrival);",
        to: "return this.#check(arrival, run);",
      },
    ],
  },
  {
    attack: 30,
    worlds: 1,
    name: "attack-30-endless-rate",
    about: "What an origin says is not taken off its rate.",
    edits: [{ file: `${GOSSIP}/intake.ts`, from: "if (!isExempt) bucket.take(messages, bytes);", to: "" }],
  },
  {
    attack: 31,
    worlds: 1,
    name: "attack-31-one-link",
    about: "A node owns one link, whatever it is told.",
    edits: ONE_LINK,
  },
  {
    attack: 31,
    worlds: 1,
    name: "attack-31-no-repair",
    about: "Nobody asks its neighbours for what it missed.",
    edits: [
      {
        file: `${GOSSIP}/gossip.ts`,
        from: "if (options.repair !== false) this.#repair",
        to: "if (options.repair === true) this.#repair",
      },
    ],
  },
  {
    attack: 32,
    worlds: 1,
    name: "attack-32-no-ration",
    about: "A neighbour is answered however often it asks.",
    edits: [
      {
        file: `${GOSSIP}/partner.ts`,
        from: "return taken(this.#digests, 1, bytes, now);",
        to: "return taken(this.#digests, 0, 0, now);",
      },
    ],
  },
  {
    attack: 33,
    worlds: 1,
    name: "attack-33-newest-dropped",
    about: "A full pool of strangers drops its newest.",
    edits: [
      {
        file: `${WIRE}/half-open.ts`,
        from: "strangers.slice(0, Math.max(0, strangers.length - max))",
        to: "strangers.slice(max)",
      },
    ],
  },
  {
    attack: 34,
    worlds: 1,
    name: "attack-34-unproved",
    about: "Whoever names a key in its introduction need not prove it.",
    edits: [
      {
        file: `${WIRE}/handshake.ts`,
        from: "if (!local.verifier.verify(hello.value.id, statement, ack.signature)) {",
        to: "if (statement.length === 0) {",
      },
    ],
  },
  {
    attack: 35,
    worlds: 1,
    name: "attack-35-no-network",
    about: "Signed bytes do not begin with their network.",
    edits: [{ file: `${IDENTITY}/statement.ts`, from: "this.bytes32(networkId);", to: "" }],
  },
  {
    attack: 35,
    worlds: 1,
    name: "attack-35-no-kind",
    about: "Signed bytes do not begin with their kind.",
    edits: [{ file: `${IDENTITY}/statement.ts`, from: "this.u8(kind);", to: "" }],
  },
  {
    attack: 39,
    worlds: 1,
    name: "attack-39-no-pause",
    about: "A case is opened against whoever had one a moment ago.",
    edits: [
      {
        file: `${SEED}/audit-pauses.ts`,
        from: "if (held !== undefined && now - held.since < held.pauseMs) return false;",
        to: "",
      },
    ],
  },
  {
    attack: 40,
    worlds: 1,
    name: "attack-40-law",
    about: "One link a netgroup is a law, also where all candidates stand in one.",
    edits: [
      {
        file: `${OVERLAY}/spread.ts`,
        from: "this.#tolerated = Math.max(this.#tolerated, least + 1);",
        to: "return;",
      },
    ],
  },
];
