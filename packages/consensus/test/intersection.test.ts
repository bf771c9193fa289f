import { describe, expect, test } from "vitest";
import {
  Ballot,
  type Certificate,
  conflicts,
  type Fact,
  type Registration,
  verifyCertificate,
} from "../src/index.ts";
import {
  addOf,
  ballotPaper,
  type Cast,
  castOf,
  credulous,
  product,
  registrationOf,
  signerOf,
} from "./cast.ts";

/** How one seed votes on two registrations of one incarnation. */
type Choice = readonly ("A" | "B")[];

/** An honest seed votes once, or not at all. */
const honest: readonly Choice[] = [[], ["A"], ["B"]];
/** A seed that forgets its vote in a restart may vote again, otherwise. */
const forgetful: readonly Choice[] = [...honest, ["A", "B"]];
/** The worst that a compromised seed can do: everything, each half to whom it likes. */
const liar: readonly Choice[] = [["A", "B"]];

interface Tally {
  /** Ways in which the honest seeds can vote. */
  sets: number;
  /** Those in which two holders hold certificates of different content. */
  split: number;
  /** Fewest honest votes in any certificate. */
  honestVotesMin: number;
}

/**
 * Every way the seeds can vote, the first `liars` of them for everything; for each, the certificates that a holder who
 * gets to see exactly the votes for one content can make.
 */
function enumerate(n: number, f: number, liars: number, others: readonly Choice[]): Tally {
  const cast = castOf(n, f);
  const alice = signerOf("alice");
  const contents = [
    registrationOf(cast, alice, 1),
    registrationOf(cast, alice, 1, "127.0.0.1:7002"),
  ] as const;
  const tally: Tally = { sets: 0, split: 0, honestVotesMin: n };
  for (const choices of product(Array.from({ length: n }, (_, seat) => (seat < liars ? liar : others)))) {
    const [a, b] = [certify(cast, choices, "A", contents[0]), certify(cast, choices, "B", contents[1])];
    tally.sets++;
    if (a && b && conflicts(a, b)) tally.split++;
    for (const { votes } of [a, b].filter((one) => one !== undefined)) {
      const seats = votes.map(({ seed }) => cast.configuration.seeds.findIndex(({ id }) => id === seed));
      tally.honestVotesMin = Math.min(tally.honestVotesMin, seats.filter((seat) => seat >= liars).length);
    }
  }
  return tally;
}

function certify(
  cast: Cast,
  choices: readonly Choice[],
  content: "A" | "B",
  registration: Registration,
): Certificate | undefined {
  const fact: Fact = addOf(cast, registration);
  const ballot = new Ballot(cast.configuration, fact);
  ballot.attachRegistration(registration);
  for (const [seat, choice] of choices.entries()) {
    if (choice.includes(content)) ballot.cast(ballotPaper(cast, seat, fact));
  }
  const certificate = ballot.certificate();
  if (certificate) expect(verifyCertificate(certificate, cast.configuration, credulous)).toBeUndefined();
  return certificate;
}

describe("no two certificates for one incarnation, whatever honest seeds vote", () => {
  test.each([
    [3, 0],
    [4, 0],
    [5, 0],
    [4, 1],
    [5, 1],
    [6, 1],
    [7, 2],
  ])("n = %i, f = %i", (n, f) => {
    const { sets, split, honestVotesMin } = enumerate(n, f, f, honest);
    expect(sets).toBe(3 ** (n - f));
    expect(split).toBe(0);
    expect(honestVotesMin).toBe(castOf(n, f).configuration.quorum - f);
  });

  test("and a plain majority of an even number bears one liar", () => {
    expect(enumerate(4, 0, 1, honest).split).toBe(0);
    expect(enumerate(6, 0, 1, honest).split).toBe(0);
  });
});

describe("the enumeration finds what is wrong", () => {
  test.each([
    // n, f as configured, liars in truth, bad sets of all: by counting on paper
    [3, 0, 1, 2, 9],
    [5, 0, 1, 6, 81],
    [7, 0, 1, 20, 729],
    [4, 1, 2, 2, 9],
  ])("more liars than configured: n = %i, f = %i, %i liars: %i of %i", (n, f, liars, split, sets) => {
    expect(enumerate(n, f, liars, honest)).toMatchObject({ split, sets });
  });

  test.each([
    [3, 0, 0, 16, 64],
    [4, 1, 1, 16, 64],
  ])("seeds that forget their votes: n = %i, f = %i: %i liars, %i of %i", (n, f, liars, split, sets) => {
    expect(enumerate(n, f, liars, forgetful)).toMatchObject({ split, sets });
  });
});
