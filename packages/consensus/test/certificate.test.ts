import { keyOfPeerId, sha256, type Verifier, verifier } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import {
  beats,
  type Certificate,
  certificateDigest,
  certificateTick,
  conflicts,
  signLeave,
  type Vote,
  verifyCertificate,
} from "../src/index.ts";
import {
  additionOf,
  addOf,
  castOf,
  credulous,
  hash,
  idFrom,
  registrationOf,
  removalOf,
  removeOf,
  signerOf,
  voteOf,
} from "./cast.ts";

const cast = castOf(4, 1);
const { configuration } = cast;
const alice = signerOf("alice");
const registration = registrationOf(cast, alice, 7);
const addition = additionOf(cast, registration);
const removal = removalOf(cast, alice.id, 7);
const leave = signLeave({ peer: alice.id, incarnation: 7 }, configuration.networkId, alice);
const votesAt = (...ticks: number[]): Vote[] =>
  ticks.map((tick, seat) => voteOf(cast, seat, removal.fact, tick));
const additionVotesAt = (...ticks: number[]): Vote[] =>
  ticks.map((tick, seat) => voteOf(cast, seat, addition.fact, tick));

test("q good votes and the registration prove an ADD; q votes close together, or a LEAVE, a REMOVE", () => {
  expect(verifyCertificate(addition, configuration, verifier)).toBeUndefined();
  expect(verifyCertificate(removal, configuration, verifier)).toBeUndefined();
  expect(verifyCertificate({ ...removal, leave }, configuration, verifier)).toBeUndefined();
});

test("and so do all n votes", () => {
  const votes = [0, 1, 2, 3].map((seat) => voteOf(cast, seat, addition.fact));
  expect(verifyCertificate({ ...addition, votes }, configuration, verifier)).toBeUndefined();
});

const [first, second, third] = addition.votes as [Vote, Vote, Vote];
const rival = registrationOf(cast, alice, 7, "127.0.0.1:7002");
const byBob = registrationOf(cast, signerOf("bob"), 7);
const forgedRegistration = { ...registration, signature: rival.signature };
const forgedVote = { ...third, signature: first.signature };

describe("refused", () => {
  test.each<[string, Certificate]>([
    ["2 votes, not 3 to 4", { ...addition, votes: [first, second] }],
    ["0 votes, not 3 to 4", { ...addition, votes: [] }],
    ["5 votes, not 3 to 4", { ...addition, votes: [first, second, third, first, second] }],
    ["a seed twice", { ...addition, votes: [first, second, second] }],
    ["a seed twice", { ...addition, votes: [first, second, third, { ...third, tick: 1 }] }],
    [
      "a vote of somebody who is no seed",
      { ...addition, votes: [first, second, { ...third, seed: alice.id }] },
    ],
    [
      "a vote of another configuration",
      { ...addition, votes: [first, second, { ...third, cfg: hash("other") }] },
    ],
    ["a vote on something else", { ...addition, votes: [first, second, voteOf(cast, 2, removal.fact)] }],
    [
      "a vote on something else",
      { ...addition, votes: [first, second, voteOf(cast, 2, addOf(cast, rival))] },
    ],
    [
      "a vote on something else",
      { ...addition, votes: [first, second, voteOf(cast, 2, { ...addition.fact, incarnation: 8 })] },
    ],
    [
      "a vote on something else",
      { ...addition, votes: [first, second, voteOf(cast, 2, { ...addition.fact, peer: idFrom(1) })] },
    ],
    ["a vote not signed by its seed", { ...addition, votes: [first, second, forgedVote] }],
    ["an ADD without its registration", { fact: addition.fact, votes: addition.votes }],
    ["an ADD with a leave", { ...addition, leave }],
    ["a registration with another digest", { ...addition, registration: rival }],
    ["a registration of something else", { ...addition, registration: byBob }],
    ["a registration of something else", { ...addition, registration: registrationOf(cast, alice, 8) }],
    ["a registration not signed by its peer", { ...addition, registration: forgedRegistration }],
    ["a REMOVE with a registration", { ...removal, registration }],
    ["a REMOVE has no digest", { ...removal, fact: { ...removal.fact, digest: hash("content") } }],
    ["a leave of something else", { ...removal, leave: { ...leave, incarnation: 8 } }],
    ["a leave of something else", { ...removal, leave: { ...leave, peer: idFrom(1) } }],
    [
      "a leave not signed by its peer",
      { ...removal, leave: { ...leave, signature: registration.signature } },
    ],
    ["votes 2 ticks apart, not 1 at most", { ...removal, votes: votesAt(7, 8, 9) }],
    ["votes 11 ticks apart, not 10 at most", { ...addition, votes: additionVotesAt(7, 8, 18) }],
  ])("%s", (fault, certificate) => {
    expect(verifyCertificate(certificate, configuration, verifier)).toBe(fault);
  });

  test("one vote too bad among enough good ones: nobody weighs a certificate down", () => {
    const votes = [...addition.votes, { ...voteOf(cast, 3, addition.fact), counter: 9 }];
    expect(verifyCertificate({ ...addition, votes }, configuration, verifier)).toBe(
      "a vote not signed by its seed",
    );
  });

  test("in another network, for all its votes", () => {
    const other = castOf(4).configuration;
    expect(verifyCertificate(addition, other, verifier)).toBe("a vote of another configuration");
  });
});

describe("the votes of a REMOVE", () => {
  test.each<[readonly number[], boolean]>([
    [[4, 4, 4], true],
    [[4, 5, 4], true],
    [[5, 4, 5], true],
    [[4, 5, 6], false],
    [[0, 9, 9, 10], false], // a surplus vote is no less a vote
  ])("of ticks %j: %s", (ticks, valid) => {
    const fault = verifyCertificate({ ...removal, votes: votesAt(...ticks) }, configuration, verifier);
    expect(fault === undefined).toBe(valid);
  });

  test("may be of any ticks where the peer said itself that it leaves", () => {
    const votes = votesAt(0, 1e9, 1e12);
    expect(verifyCertificate({ ...removal, votes, leave }, configuration, verifier)).toBeUndefined();
  });
});

test("the votes of an ADD lie ten ticks apart at most", () => {
  const votes = additionVotesAt(0, 10, 5);
  expect(verifyCertificate({ ...addition, votes }, configuration, verifier)).toBeUndefined();
});

describe("a certificate is as old as the (f+1)-th newest of its votes", () => {
  test.each<[readonly number[], number, number]>([
    [[4, 5], 0, 5],
    [[5, 4], 0, 5],
    [[4, 4, 9_999_999], 1, 4], // the liar is the one vote that is passed over
    [[4, 6, 0], 1, 4],
    [[7, 4, 5, 6], 2, 5],
    [[3], 0, 3],
  ])("votes of %j, f = %i: %i", (ticks, faulty, tick) => {
    expect(certificateTick({ votes: votesAt(...ticks) }, faulty)).toBe(tick);
  });
});

test("no signature is checked before all else is right, and none after the first bad one", () => {
  const checked: string[] = [];
  const counting: Verifier = {
    verify(id, bytes, signature) {
      checked.push(id);
      return verifier.verify(id, bytes, signature);
    },
  };
  verifyCertificate({ ...addition, votes: [first, second, second] }, configuration, counting);
  verifyCertificate({ ...removal, votes: votesAt(0, 1, 9) }, configuration, counting);
  expect(checked).toHaveLength(0);
  const votes = [{ ...first, signature: second.signature }, second, third];
  verifyCertificate({ ...addition, votes }, configuration, counting);
  expect(checked).toEqual([alice.id, first.seed]);
});

describe("of two certificates", () => {
  const later = removalOf(cast, alice.id, 8);
  const other = additionOf(cast, rival);

  test("the higher rank beats", () => {
    expect(beats(removal, addition)).toBe(true);
    expect(beats(addition, removal)).toBe(false);
    expect(beats(later, removal)).toBe(true);
    expect(beats(addition, addition)).toBe(false);
    expect(conflicts(addition, removal)).toBe(false);
  });

  test("of one rank the smaller digest beats, and the two are evidence", () => {
    expect(conflicts(addition, other)).toBe(true);
    expect(conflicts(other, addition)).toBe(true);
    expect(beats(addition, other)).toBe(!beats(other, addition));
  });

  test("of one fact neither beats, whoever voted, and they do not conflict", () => {
    const votes = [1, 2, 3].map((seat) => voteOf(cast, seat, addition.fact));
    const same = { ...addition, votes };
    expect([beats(addition, same), beats(same, addition), conflicts(addition, same)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(certificateDigest(same)).toEqual(certificateDigest(addition));
  });

  test("certificates of different peers never conflict", () => {
    expect(conflicts(removal, removalOf(cast, idFrom(1), 7))).toBe(false);
  });
});

test("a certificate's digest is SHA-256 over id, u64 rank and digest", () => {
  const bytes = new Uint8Array(72);
  bytes.set(keyOfPeerId(alice.id));
  bytes[39] = 15; // 2 · 7 + 1
  expect(certificateDigest({ fact: removeOf(alice.id, 7) })).toEqual(sha256(bytes));
});

test("a credulous verifier shows that the votes' signatures are what is left to check", () => {
  expect(
    verifyCertificate({ ...addition, votes: [first, second, forgedVote] }, configuration, credulous),
  ).toBeUndefined();
});
