import { asMutant, type Weakness } from "./weakness.ts";

/** Of the attacks on who is a member: accusations, seeds, registrations and keys. */
export const MEMBERSHIP_WEAKNESSES: readonly Weakness[] = [
  {
    attack: 1,
    worlds: 1,
    name: "attack-1-unread-signatures",
    about: "Whoever is said to accuse is believed to.",
    edits: [
      {
        file: "packages/seed/src/complaints.ts",
        from: 'return verifyAccusation(accusation, networkId, verifier) ? "new" : "forged";',
        to: 'return "new";',
      },
    ],
  },
  {
    attack: 2,
    worlds: 1,
    name: "attack-2-any-life",
    about: "An accusation of any life of its victim and of any age counts against the present one.",
    edits: [
      {
        file: "packages/seed/src/complaints.ts",
        from: "if (last === undefined || at > last.at) {",
        to: "if (last === undefined || at > 0) {",
      },
      {
        file: "packages/seed/src/complaints.ts",
        from: "if (!ledger.isMember(victim, incarnation)) {",
        to: "if (!ledger.isMember(victim)) {",
      },
      {
        file: "packages/seed/src/complaints.ts",
        from: 'if (certificate === undefined || rank(certificate.fact) <= rank({ kind: "add", incarnation }))',
        to: "if (certificate === undefined || rank(certificate.fact) >= 0)",
      },
      {
        file: "packages/seed/src/complaints.ts",
        from: "if (!ledger.isMember(victim, incarnation) || cases.has(victim)) return false;",
        to: "if (!ledger.isMember(victim) || cases.has(victim)) return false;",
      },
      {
        file: "packages/seed/src/case-book.ts",
        from: "const address = ledger.isMember(victim, incarnation) ? ledger.addressOf(victim) : undefined;",
        to: "const address = ledger.addressOf(victim);",
      },
    ],
  },
  asMutant(3, 3, "no-own-probe"),
  asMutant(4, 3, "no-own-probe"),
  {
    attack: 5,
    worlds: 1,
    name: "attack-5-no-audits",
    about: "An audit that reaches nobody has no consequence.",
    edits: [
      {
        file: "packages/seed/src/audit.ts",
        from: 'if (kind === "refused" || kind === "silent") complaints',
        to: 'if (kind === "busy") complaints',
      },
    ],
  },
  {
    attack: 6,
    worlds: 3,
    name: "attack-6-one-list",
    about: "A newcomer is content with the first list.",
    edits: [
      {
        file: "packages/seed/src/client/list-keeper.ts",
        from: "if (gathering.readings.size < this.#council.registrars) return;",
        to: "",
      },
    ],
  },
  {
    attack: 7,
    worlds: 1,
    name: "attack-7-unread-leaves",
    about: "A leave that came with a vote counts, whoever signed it.",
    edits: [
      {
        file: "packages/seed/src/tally.ts",
        from: "if (!verifyLeave(leave, networkId, verifier)) return",
        to: "if (leave.signature.length === 0) return",
      },
    ],
  },
  asMutant(8, 3, "duplicate-counting"),
  {
    attack: 9,
    worlds: 2,
    name: "attack-9-half",
    about: "Half of the seeds are a quorum.",
    edits: [
      {
        file: "packages/consensus/src/quorum.ts",
        from: "return Math.ceil((n + f + 1) / 2);",
        to: "return Math.floor((n + f) / 2);",
      },
    ],
  },
  {
    attack: 9,
    worlds: 1,
    name: "attack-9-no-evidence",
    about: "Two votes that contradict each other are no news.",
    edits: [
      {
        file: "packages/seed/src/dossier.ts",
        from: "if (this.#proofs.has(seed) || !this.#contradict(first, second)) return;",
        to: "if (this.#proofs.has(seed) || this.#contradict(first, second)) return;",
      },
    ],
  },
  asMutant(10, 3, "double-vote"),
  asMutant(11, 5, "amnesia"),
  asMutant(12, 3, "no-window", "no-bump"),
  asMutant(13, 5, "no-bump"),
  {
    attack: 14,
    worlds: 1,
    name: "attack-14-silent-seeds",
    about: "A seed passes on no certificate, and lists nobody as removed when it compares its list.",
    edits: [
      {
        file: "packages/seed/src/herald.ts",
        from: 'if (from?.remote.role !== "seed") this.#forSeeds.add(certificate, undefined);',
        to: "",
      },
      {
        file: "packages/seed/src/sync.ts",
        from: "this.#rooms.takeCertificates(delta.certificates, from);",
        to: "",
      },
    ],
  },
  {
    attack: 15,
    worlds: 1,
    name: "attack-15-no-tombstones",
    about: "Who was removed is forgotten at once.",
    edits: [
      {
        file: "packages/consensus/src/ledger.ts",
        from: "return this.#members.get(peer) ?? this.#past.get(peer);",
        to: "return this.#members.get(peer);",
      },
    ],
  },
  {
    attack: 16,
    worlds: 1,
    name: "attack-16-no-tombstones",
    about: "Who was removed is forgotten at once.",
    edits: [
      {
        file: "packages/consensus/src/ledger.ts",
        from: "return this.#members.get(peer) ?? this.#past.get(peer);",
        to: "return this.#members.get(peer);",
      },
    ],
  },
  {
    attack: 17,
    worlds: 1,
    name: "attack-17-any-number",
    about: "Any incarnation will do.",
    edits: [
      {
        file: "packages/consensus/src/fact.ts",
        from: "return certified === undefined ? life < FIRST_INCARNATION_LIMIT : life <= certified + INCARNATION_STEP_MAX;",
        to: "return life > (certified ?? -1);",
      },
    ],
  },
  {
    attack: 18,
    worlds: 1,
    name: "attack-18-follows",
    about: "A seed votes for the next tick as soon as another one does.",
    edits: [
      {
        file: "packages/seed/src/quorum-clock.ts",
        from: "if (verifyTickVote(vote, configuration, lobby.local.verifier)) this.#count(vote);",
        to: "if (verifyTickVote(vote, configuration, lobby.local.verifier)) this.#count(vote), this.#own ?? this.#vote();",
      },
    ],
  },
  {
    attack: 19,
    worlds: 1,
    name: "attack-19-one-word",
    about: "One seed that shows a vote is enough for a new life.",
    edits: [
      {
        file: "packages/seed/src/client/shown-votes.ts",
        from: "this.#enough = Math.max(1, bumpersOf(size, faulty));",
        to: "this.#enough = Math.min(1, bumpersOf(size, faulty));",
      },
    ],
  },
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
