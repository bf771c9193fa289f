import { verifier } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import {
  Ballot,
  Configuration,
  signLeave,
  type Vote,
  verifyCertificate,
  votesTogether,
} from "../src/index.ts";
import {
  addOf,
  ballotPaper,
  castOf,
  idFrom,
  product,
  registrationOf,
  removeOf,
  signerOf,
  voteOf,
} from "./cast.ts";

const cast = castOf(3);
const { configuration } = cast;
const alice = signerOf("alice");
const registration = registrationOf(cast, alice, 7);
const rival = registrationOf(cast, alice, 7, "127.0.0.1:7002");
const add = addOf(cast, registration);
const remove = removeOf(alice.id, 7);
const seedAt = (seat: number) => (configuration.seeds[seat] as { id: typeof alice.id }).id;

describe("a ballot answers", () => {
  test("counted once, repeated afterwards", () => {
    const ballot = new Ballot(configuration, add);
    expect(ballot.cast(ballotPaper(cast, 0, add))).toBe("counted");
    expect(ballot.cast(ballotPaper(cast, 0, add))).toBe("repeated");
    expect(ballot.votes).toHaveLength(1);
  });

  test("renewed to a vote for the same of a later tick, repeated to an earlier one", () => {
    const ballot = new Ballot(configuration, remove);
    ballot.cast(ballotPaper(cast, 0, remove, 2000));
    expect(ballot.cast(ballotPaper(cast, 0, remove, 3000))).toBe("renewed");
    expect(ballot.cast(ballotPaper(cast, 0, remove, 2500))).toBe("repeated");
    expect(ballot.voteOf(seedAt(0))?.tick).toBe(3000);
  });

  test("counted to another digest of a seed whose vote is so old that it was dropped", () => {
    const ballot = new Ballot(configuration, add);
    ballot.cast(ballotPaper(cast, 0, add, 7));
    ballot.forgetUntil(6);
    expect(ballot.cast(ballotPaper(cast, 0, addOf(cast, rival), 90))).toBe("conflicting");
    ballot.forgetUntil(7);
    expect(ballot.cast(ballotPaper(cast, 0, addOf(cast, rival), 90))).toBe("counted");
  });

  test("conflicting to a second digest of one seed, and keeps the first", () => {
    const ballot = new Ballot(configuration, add);
    const first = ballotPaper(cast, 0, add);
    ballot.cast(first);
    expect(ballot.cast(ballotPaper(cast, 0, addOf(cast, rival), 9000))).toBe("conflicting");
    expect(ballot.voteOf(seedAt(0))).toBe(first);
  });

  test("counted to different digests of different seeds: the peer contradicts itself, they do not", () => {
    const ballot = new Ballot(configuration, add);
    expect(ballot.cast(ballotPaper(cast, 0, add))).toBe("counted");
    expect(ballot.cast(ballotPaper(cast, 1, addOf(cast, rival)))).toBe("counted");
  });

  const vote = ballotPaper(cast, 0, add);
  test.each<[string, Vote]>([
    ["of another configuration", { ...vote, cfg: castOf(4).configuration.cfg }],
    ["of nobody who is a seed", { ...vote, seed: alice.id }],
    ["on another peer", { ...vote, fact: { ...add, peer: idFrom(9) } }],
    ["on another incarnation", { ...vote, fact: { ...add, incarnation: 8 } }],
    ["on the removal", { ...vote, fact: remove }],
  ])("foreign to a vote %s", (_, foreign) => {
    const ballot = new Ballot(configuration, add);
    expect(ballot.cast(foreign)).toBe("foreign");
    expect(ballot.votes).toHaveLength(0);
  });
});

describe("an ADD is certified", () => {
  test("by q seeds, as soon as the registration is known, in either order", () => {
    const ballot = new Ballot(configuration, add);
    ballot.cast(voteOf(cast, 0, add));
    expect(ballot.attachRegistration(registration)).toBe(true);
    expect(ballot.certificate()).toBeUndefined();
    ballot.cast(voteOf(cast, 2, add));
    const certificate = ballot.certificate();
    expect(certificate?.votes).toHaveLength(2);
    expect(certificate && verifyCertificate(certificate, configuration, verifier)).toBeUndefined();

    const late = new Ballot(configuration, add);
    for (const seat of [0, 2]) late.cast(voteOf(cast, seat, add));
    expect(late.certificate()).toBeUndefined();
    late.attachRegistration(registration);
    expect(late.certificate()).toEqual(certificate);
  });

  test("never by one seed that votes again and again", () => {
    const ballot = new Ballot(configuration, add);
    ballot.attachRegistration(registration);
    for (const time of [1, 2, 3, 4]) ballot.cast(ballotPaper(cast, 0, add, time));
    expect(ballot.certificate()).toBeUndefined();
  });

  test("never by votes for different digests together", () => {
    const ballot = new Ballot(configuration, add);
    for (const known of [registration, rival]) ballot.attachRegistration(known);
    ballot.cast(ballotPaper(cast, 0, add));
    ballot.cast(ballotPaper(cast, 1, addOf(cast, rival)));
    expect(ballot.certificate()).toBeUndefined();
    ballot.cast(ballotPaper(cast, 2, addOf(cast, rival)));
    expect(ballot.certificate()?.registration).toBe(rival);
  });

  test("by votes ten ticks apart at most: who voted long ago votes again for the same", () => {
    const ballot = new Ballot(configuration, add);
    ballot.attachRegistration(registration);
    ballot.cast(ballotPaper(cast, 0, add, 0));
    ballot.cast(ballotPaper(cast, 1, add, 11));
    expect(ballot.certificate()).toBeUndefined();
    expect(ballot.cast(ballotPaper(cast, 0, add, 1))).toBe("renewed");
    expect(ballot.certificate()).toBeDefined();
  });

  test("with a registration of this slot only, and no more different ones than there are seeds", () => {
    const ballot = new Ballot(configuration, add);
    expect(ballot.attachRegistration(registrationOf(cast, alice, 8))).toBe(false);
    expect(ballot.attachRegistration(registrationOf(cast, signerOf("bob"), 7))).toBe(false);
    expect(new Ballot(configuration, remove).attachRegistration(registration)).toBe(false);
    const ports = [1, 2, 3, 4].map((port) => registrationOf(cast, alice, 7, `127.0.0.1:${port}`));
    expect(ports.map((one) => ballot.attachRegistration(one))).toEqual([true, true, true, false]);
    expect(ballot.attachRegistration(ports[0] as typeof registration)).toBe(true);
  });
});

describe("a REMOVE is certified", () => {
  const leave = signLeave({ peer: alice.id, incarnation: 7 }, configuration.networkId, alice);

  test.each([
    [0, true],
    [1, true],
    [2, false],
  ])("by votes %i ticks apart: %s", (apart, certified) => {
    const ballot = new Ballot(configuration, remove);
    ballot.cast(voteOf(cast, 0, remove, 70 + apart));
    ballot.cast(voteOf(cast, 1, remove, 70));
    expect(ballot.certificate() !== undefined).toBe(certified);
  });

  test("by votes that were re-issued until they met", () => {
    const ballot = new Ballot(configuration, remove);
    ballot.cast(voteOf(cast, 0, remove, 0));
    ballot.cast(voteOf(cast, 1, remove, 70));
    expect(ballot.certificate()).toBeUndefined();
    ballot.cast(voteOf(cast, 0, remove, 71));
    const certificate = ballot.certificate();
    expect(certificate && verifyCertificate(certificate, configuration, verifier)).toBeUndefined();
    expect(certificate?.votes.map(({ tick }) => tick)).toEqual([71, 70]);
  });

  test("whenever the votes were cast, if the peer itself left", () => {
    const ballot = new Ballot(configuration, remove);
    ballot.cast(voteOf(cast, 0, remove, 0));
    ballot.cast(voteOf(cast, 1, remove, 1e12));
    expect(ballot.certificate()).toBeUndefined();
    expect(ballot.attachLeave(leave)).toBe(true);
    const certificate = ballot.certificate();
    expect(certificate?.leave).toBe(leave);
    expect(certificate && verifyCertificate(certificate, configuration, verifier)).toBeUndefined();
  });

  test("with a leave of this slot only", () => {
    expect(new Ballot(configuration, removeOf(alice.id, 8)).attachLeave(leave)).toBe(false);
    expect(new Ballot(configuration, removeOf(idFrom(1), 7)).attachLeave(leave)).toBe(false);
    expect(new Ballot(configuration, add).attachLeave(leave)).toBe(false);
  });
});

test("votes together: as found by trying every choice of q votes, for all ticks of four seeds", () => {
  const four = castOf(4);
  const some = [0, 1, 2, 4];
  for (const ticks of product([some, some, some, some])) {
    const votes = ticks.map((tick, seat) => ballotPaper(four, seat, remove, tick));
    for (const quorum of [1, 2, 3, 4]) {
      for (const span of [0, 1, 2]) {
        const found = votesTogether(votes, quorum, span);
        expect(found !== undefined).toBe(someChoice(ticks, quorum, span));
        expect(found?.length ?? quorum).toBe(quorum);
        expect(spread(found?.map(({ tick }) => tick) ?? [0])).toBeLessThanOrEqual(span);
      }
    }
  }
});

test("a configuration of one seed certifies by that seed alone", () => {
  const alone = castOf(1);
  const ballot = new Ballot(new Configuration({ seeds: alone.configuration.seeds }), remove);
  ballot.cast(ballotPaper(alone, 0, remove));
  expect(ballot.certificate()?.votes).toHaveLength(1);
});

function someChoice(ticks: readonly number[], count: number, span: number): boolean {
  return [...product(ticks.map((tick) => [undefined, tick]))]
    .map((choice) => choice.filter((tick) => tick !== undefined))
    .some((choice) => choice.length === count && spread(choice) <= span);
}

function spread(ticks: readonly number[]): number {
  return Math.max(...ticks) - Math.min(...ticks);
}
