import type { Mutant } from "./mutant.ts";

const CONSENSUS = "packages/consensus/src";
const GOSSIP = "packages/gossip/src";
const OVERLAY = "packages/overlay/src";
const SEED = "packages/seed/src";

/** Every world of a mutant is small: it is run often. */
const SMALL = { peers: 3, pace: "lan", minutes: 1 } as const;

const VETO = "nobody is removed whom a quorum's veto could hear";

const OLD_VOTES = "old votes remove nobody who was heard since";

/** The bugs that the testbed has to catch. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "double-vote",
    about: "A seed votes for a second registration of a life for which it has voted already.",
    edits: [
      {
        file: `${SEED}/vote-log.ts`,
        from: 'return sameBytes(held.digest, fact.digest) ? "same" : "conflict";',
        to: 'return sameBytes(held.digest, fact.digest) ? "same" : "free";',
      },
    ],
    scope: { ...SMALL, seeds: 4, faulty: 0, faults: ["twins"] },
    rule: "votes and lists",
    words: "a seed voted twice",
    worlds: 3,
  },
  {
    name: "amnesia",
    about: "A seed that starts again has forgotten how it voted.",
    edits: [
      {
        file: `${SEED}/vote-log.ts`,
        from: "this.#entries.set(keyOf(vote.fact.kind, vote.fact.peer), { news: value.news, isDurable: true });",
        to: "",
      },
    ],
    scope: { ...SMALL, seeds: 4, faulty: 1, faults: ["twins", "seedCrash"] },
    rule: "votes and lists",
    words: "a seed voted twice",
    worlds: 5,
  },
  {
    name: "duplicate-counting",
    about: "Votes are counted, not seeds: one that votes again counts twice.",
    edits: [
      {
        file: `${CONSENSUS}/ballot.ts`,
        from: "this.#votes.set(vote.seed, vote);",
        to: "this.#votes.set(`${vote.seed}${held === undefined ? '' : this.#votes.size}` as PeerId, vote);",
      },
      {
        file: `${CONSENSUS}/ballot.ts`,
        from: "if (held !== undefined && vote.tick <= held.tick) return",
        to: "if (held !== undefined && vote.counter <= held.counter) return",
      },
      {
        file: `${CONSENSUS}/certificate.ts`,
        from: 'if (seats.has(seed)) return "a seed twice";',
        to: "",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["kill", "cable", "seedCrash"] },
    rule: "votes and lists",
    words: "certified by",
    worlds: 12,
  },
  {
    name: "wrong-quorum",
    about: "Half of the seeds pass for a majority.",
    edits: [
      {
        file: `${CONSENSUS}/quorum.ts`,
        from: "return Math.ceil((n + f + 1) / 2);",
        to: "return Math.ceil((n + f) / 2);",
      },
    ],
    scope: { ...SMALL, seeds: 5, faulty: 1, faults: [] },
    rule: "votes and lists",
    words: "certified by 3 of 5 seeds",
    worlds: 3,
  },
  {
    name: "no-dial-back",
    about: "A seed votes to add a peer that it has not reached.",
    edits: [
      {
        file: `${SEED}/registrar.ts`,
        from: "this.#dialling.set(registration.peer, application);",
        to: "this.#desk.voteAdd(registration);\n    this.#dialling.set(registration.peer, application);",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: [] },
    rule: "who is added was heard",
    words: "without an answer",
    worlds: 3,
  },
  {
    name: "no-own-probe",
    about: "A seed votes to remove who is accused without looking itself.",
    edits: [
      {
        file: `${SEED}/case.ts`,
        from: "if (this.#hasVoted) return undefined;",
        to: "return undefined;",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["cut", "deaf", "loss"] },
    rule: VETO,
    words: "was removed although",
    worlds: 12,
  },
  {
    name: "no-window",
    about: "Votes to remove a peer count together however long ago they were cast.",
    edits: [
      {
        file: `${CONSENSUS}/vote.ts`,
        from: "REMOVE_SPAN_TICKS = 1;",
        to: "REMOVE_SPAN_TICKS = 1_000_000_000;",
      },
    ],
    scope: { ...SMALL, minutes: 6, seeds: 5, faulty: 0, faults: ["split"] },
    rule: "votes and lists",
    words: "ticks apart",
    worlds: 12,
  },
  {
    name: "no-bump",
    about: "A peer that is shown votes against its life lives on as if nothing were.",
    edits: [
      {
        file: `${SEED}/client/tenure.ts`,
        from: "seeds.route(BUMP, ({ vote }) => this.#accused(vote));",
        to: "seeds.route(BUMP, () => undefined);",
      },
    ],
    scope: { ...SMALL, peers: 6, minutes: 5, seeds: 4, faulty: 1, faults: ["pocket", "cable", "seedCable"] },
    rule: OLD_VOTES,
    words: "was removed by votes of",
    worlds: 15,
  },
  {
    name: "late-bump",
    about: "A peer takes a new life after q − f votes against it, instead of q − max(f, 1).",
    edits: [
      {
        file: `${CONSENSUS}/quorum.ts`,
        from: "return quorumOf(n, f) - Math.max(f, 1);",
        to: "return quorumOf(n, f) - f;",
      },
    ],
    scope: { ...SMALL, peers: 6, minutes: 5, seeds: 3, faulty: 0, faults: ["pocket", "cable", "seedCable"] },
    rule: OLD_VOTES,
    words: "was removed by votes of",
    worlds: 6,
  },
  {
    name: "no-self-check",
    about: "A peer does not notice that it was removed.",
    edits: [
      {
        file: `${SEED}/client/tenure.ts`,
        from: 'case "removed":\n        return this.#ejected();',
        to: 'case "removed":\n        return undefined;',
      },
      {
        file: `${SEED}/client/tenure.ts`,
        from: "if (!this.isMember) return isIdle ? this.#ejected() : this.#lost();",
        to: "if (!this.isMember) return;",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["cable", "freeze"] },
    rule: "who lives is listed",
    words: "",
    worlds: 3,
  },
  {
    name: "mark-before-check",
    about:
      "A message is marked as seen before its signature is checked, so a forged copy hides the real one.",
    edits: [
      {
        file: `${GOSSIP}/intake.ts`,
        from: "if (!this.#isSigned(arrival)) return this.#forged(arrival);\n    if (!isExempt) bucket.take(messages, bytes);\n    const run = origins.enter(batch, known, bucket, now);",
        to: "const run = origins.enter(batch, known, bucket, now);\n    if (!this.#isSigned(arrival)) return this.#forged(arrival);\n    if (!isExempt) bucket.take(messages, bytes);",
      },
    ],
    scope: { ...SMALL, peers: 5, seeds: 3, faults: ["forger"] },
    rule: "what was accepted is delivered",
    words: "lacks",
    worlds: 3,
  },
  {
    name: "repair-by-both-ends",
    about: "Both ends of a lost link look for another neighbour, not its owner alone.",
    edits: [
      {
        file: `${OVERLAY}/neighbourhood.ts`,
        from: "if (!this.#near.delete(neighbour.id)) return;",
        to: "if (!this.#near.delete(neighbour.id)) return;\n    if (!neighbour.isOwn) this.lost++;",
      },
      {
        file: `${OVERLAY}/neighbourhood.ts`,
        from: "readonly #near = new Map<PeerId, Neighbour>();",
        to: "readonly #near = new Map<PeerId, Neighbour>();\n  lost = 0;",
      },
      {
        file: `${OVERLAY}/recruiter.ts`,
        from: "const missing = m - neighbourhood.owned;",
        to: "const missing = m + neighbourhood.lost - neighbourhood.owned;",
      },
      {
        file: `${OVERLAY}/overlay.ts`,
        from: "if (this.#neighbourhood.owned <= this.#settings.m) return;",
        to: "if (this.#neighbourhood.owned <= this.#settings.m + this.#neighbourhood.lost) return;",
      },
    ],
    scope: { ...SMALL, peers: 8, seeds: 3, faults: ["crash", "leave"] },
    rule: "nobody owns more than m links",
    words: "owns",
    worlds: 3,
  },
  {
    name: "one-look",
    about: "One refused look is enough for a vote, so who starts again is taken for dead.",
    edits: [
      {
        file: `${SEED}/case.ts`,
        from: "(this.#isRefused ? caseLooksMs : caseRoundsMs).find(",
        to: "(this.#isRefused ? caseLooksMs.slice(0, 1) : caseRoundsMs).find(",
      },
    ],
    scope: { ...SMALL, minutes: 3, seeds: 3, faults: ["restart"] },
    rule: VETO,
    words: "was removed although",
    worlds: 3,
  },
  {
    name: "replayed-life",
    about: "A proof of life counts whatever nonce it answers, so old ones do.",
    edits: [
      {
        file: `${CONSENSUS}/proof-of-life.ts`,
        from: "return proof.nonces.some((answered) => sameBytes(answered, nonce));",
        to: "return proof.nonces.length > 0 || sameBytes(nonce, nonce);",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["replayer", "kill"] },
    rule: "who is dead is gone",
    words: "lists",
    worlds: 3,
  },
  {
    name: "superseded-voter",
    about:
      "A seed goes on voting under the first configuration, with the key it had there, when operators have changed the seeds.",
    edits: [
      {
        file: `${SEED}/vote-desk.ts`,
        from: "const { configuration, lobby, voteSigner } = this.#office;",
        to: "const { configuration: now, lobby } = this.#office;\n    const configuration = 'first' in now ? (now.first as typeof now) : now;\n    const voteSigner = lobby.local.signer;",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["change", "crash"] },
    rule: "who is superseded votes no more",
    words: "voted under a configuration other than number",
    worlds: 3,
  },
  {
    name: "wall-clock",
    about: "Votes are dated, and leases end, by the wall clock of each seed.",
    edits: [
      {
        file: `${SEED}/vote-desk.ts`,
        from: "tick: this.#clock.tick,",
        to: "tick: Math.floor(lobby.local.clock.wallTime() / this.#office.timing.tickMs),",
      },
      {
        file: `${SEED}/seed.ts`,
        from: "const expired = this.ledger.advance(tick);",
        to: "const expired = this.ledger.advance(Math.floor(this.lobby.local.clock.wallTime() / this.#office.timing.tickMs));",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["clock", "kill"] },
    rule: "the seeds' lists are equal",
    words: "",
    worlds: 3,
  },
  {
    name: "not-sighted",
    about: "A seed that sees nobody votes everybody out.",
    edits: [
      {
        file: `${SEED}/sight.ts`,
        from: "done(isEnough || this.#isPatienceOver);",
        to: "done(true);",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: ["uplink"] },
    rule: "who sees nobody removes nobody",
    words: "was removed when no seed had heard any peer",
    worlds: 3,
  },
  {
    name: "twice-told",
    about: "A peer tells of what it knew already.",
    edits: [
      {
        file: `${SEED}/client/newsroom.ts`,
        from: "beats(certificate, held) ||",
        to: "certificate.votes.length > 0 ||",
      },
      {
        file: `${SEED}/client/newsroom.ts`,
        from: "if (isNews) this.#owner.changed(certificate, before);",
        to: 'if (isNews || answer === "known") this.#owner.changed(certificate, before);',
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: [] },
    rule: "one event for each change",
    words: "told add of",
    worlds: 3,
  },
  {
    name: "unread-gossip",
    about: "A message is told whoever signed it.",
    edits: [
      {
        file: `${GOSSIP}/intake.ts`,
        from: "return isChecked || verifyBatch(batch, networkId, verifier);",
        to: "return isChecked || batch.signature.length > 0 || verifyBatch(batch, networkId, verifier);",
      },
    ],
    scope: { ...SMALL, peers: 5, seeds: 3, faults: ["forger"] },
    rule: "only what was published is delivered",
    words: "got",
    worlds: 3,
  },
  {
    name: "same-number",
    about: "A peer numbers its messages from the beginning again after the third.",
    edits: [
      {
        file: `${GOSSIP}/own-messages.ts`,
        from: "incarnation === this.#incarnation ? this.#sequence + 1 : 1;",
        to: "incarnation === this.#incarnation ? (this.#sequence % 3) + 1 : 1;",
      },
    ],
    scope: { ...SMALL, seeds: 3, faults: [] },
    rule: "a message has one name",
    words: "twice",
    worlds: 3,
  },
  {
    name: "seen-again",
    about: "A message that was told is told again when repair brings it.",
    edits: [
      {
        file: `${GOSSIP}/intake.ts`,
        from: "if (copy !== undefined) {",
        to: "if (copy !== undefined && repairedAgeMs === undefined) {",
      },
      {
        file: `${GOSSIP}/intake.ts`,
        from: "return this.#compare(arrival, run, () => this.#counts.duplicates++);",
        to: "return arrival.repairedAgeMs === undefined ? undefined : this.#weigh(arrival, run);",
      },
    ],
    scope: { ...SMALL, peers: 5, seeds: 3, faults: ["cable", "restart"] },
    rule: "a message is delivered once",
    words: "again",
    worlds: 3,
  },
];

/** @throws RangeError that names them all, when there is none of this name. */
export function mutantOf(name: string): Mutant {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (mutant !== undefined) return mutant;
  throw new RangeError(
    `there is no mutant "${name}"; there are ${MUTANTS.map((one) => one.name).join(", ")}`,
  );
}
