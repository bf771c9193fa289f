import {
  type Certificate,
  Configuration,
  FIRST_INCARNATION_LIMIT,
  INCARNATION_STEP_MAX,
  type Leave,
  type Registration,
} from "@p2p/consensus";
import { createSigner, type Edge, edgeTerms, type PeerId, sha256, verifier } from "@p2p/identity";
import { Malformed, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Application } from "../src/client/application.ts";
import { examine } from "../src/client/examination.ts";
import { Farewell } from "../src/client/farewell.ts";
import { nextIncarnation, RebirthPace } from "../src/client/incarnation.ts";
import { decodeLastWord, encodeLastWord } from "../src/client/incarnation-file.ts";
import { observedHost } from "../src/client/observed-host.ts";
import { readOwnFact } from "../src/client/own-fact.ts";
import { ProofNonces } from "../src/client/proof-nonces.ts";
import { Renewal } from "../src/client/renewal.ts";
import { Shortage } from "../src/client/shortage.ts";
import { ASSIGNMENT_TIMING, pollIntervalMs } from "../src/client/timing.ts";
import { EDGES_MAX, ToldEdges } from "../src/client/told-edges.ts";
import { EDGES, type RegisterAnswer } from "../src/frames.ts";
import { Town } from "./client-town.ts";

const town = new Town(5);
const anna = town.world.host("anna");
const ids = town.configuration.seeds.map(({ id }) => id);
const [a, b, c, d, e] = ids as [PeerId, PeerId, PeerId, PeerId, PeerId];

function registrationOf(incarnation: number, token = 1): Registration {
  const address = anna.address;
  const signature = new Uint8Array(64);
  return { peer: anna.signer.id, address, incarnation, token: Uint8Array.of(token), signature };
}

const says = (outcome: RegisterAnswer["outcome"], code = ""): RegisterAnswer => ({
  incarnation: 7,
  outcome,
  code,
  detail: "",
});

function total(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length, 0);
}

function told(book: ToldEdges, now: number): { made: number; ended: number } {
  const all = book.frames(now).map((frame) => EDGES.decode(frame) as { made: []; ended: [] });
  return {
    made: total(all.map(({ made }) => made.length)),
    ended: total(all.map(({ ended }) => ended.length)),
  };
}

const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

describe("the next incarnation", () => {
  test.each([
    ["the Unix time in seconds", {}, 1000],
    ["above the last", { last: 5000 }, 5001],
    ["above the highest certified", { certified: 7000 }, 7001],
    ["above both", { last: 8000, certified: 7000 }, 8001],
    ["0 at the beginning of time", { wallTime: 0 }, 0],
    ["not below 0", { wallTime: -5000 }, 0],
    [
      "below the limit of a first one, whatever the clock says",
      { wallTime: 1e18 },
      FIRST_INCARNATION_LIMIT - 1,
    ],
    ["within a step of the certified one", { certified: 7, wallTime: 1e18 }, 7 + INCARNATION_STEP_MAX],
  ])("is %s", (_, clues, expected) => {
    expect(nextIncarnation({ last: undefined, certified: undefined, wallTime: 1_000_999, ...clues })).toBe(
      expected,
    );
  });

  test("waits the longer the more there were", () => {
    const pace = new RebirthPace(10_000);
    expect(pace.waitMs(0)).toBe(0);
    const waits = Array.from({ length: 12 }, () => {
      pace.born(0);
      return pace.waitMs(0) / 1000;
    });
    expect(waits).toEqual([10, 10, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]);
    expect(pace.waitMs(4000)).toBe(596_000);
    expect(pace.waitMs(3_600_000)).toBe(0);
  });
});

describe("the file of the last word", () => {
  const word = { incarnation: 7, registration: registrationOf(7) };

  test("holds what was written", () => {
    const read = decodeLastWord(encodeLastWord(word));
    expect(read).toMatchObject({ incarnation: 7, registration: { address: anna.address, incarnation: 7 } });
  });

  test("is not believed with any bit turned, cut anywhere, or with something behind it", () => {
    const whole = encodeLastWord(word);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.from(whole);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeLastWord(damaged)).toBeInstanceOf(Malformed);
    }
    for (let length = 0; length < whole.length; length++)
      expect(decodeLastWord(whole.slice(0, length))).toBeInstanceOf(Malformed);
    expect(decodeLastWord(Uint8Array.of(...whole, 0))).toBeInstanceOf(Malformed);
    expect(decodeLastWord(Uint8Array.of(...whole, ...whole))).toBeInstanceOf(Malformed);
  });
});

describe("an application", () => {
  const registration = registrationOf(7);
  const timing = { registerMinMs: 2000, registerMaxMs: 30_000 };
  const fresh = (): Application => new Application(registration, town.configuration, timing);

  test("goes to ⌊n/2⌋+1 of the linked seeds, the preferred ones first", () => {
    expect(fresh().due([c, a, e, b], 0)).toEqual([c, a, e]);
    expect(fresh().due([c], 0)).toEqual([c]);
    expect(fresh().wanted).toBe(3);
  });

  test("is sent again with growing pauses", () => {
    const application = fresh();
    const sent: number[] = [];
    for (let now = 0; now <= 100_000; now += 1000)
      if (application.due([a], now).length > 0) sent.push(now / 1000);
    expect(sent).toEqual([0, 2, 6, 14, 30, 60, 90]);
  });

  test.each([
    ["is no longer linked", (): PeerId[] => [b, c, d]],
    [
      "says no",
      (it: Application): PeerId[] => (it.answered(a, says("rejected", "unreachable")), [a, b, c, d]),
    ],
    ["is not fresh", (it: Application): PeerId[] => (it.answered(a, says("held")), [a, b, c, d])],
  ])("goes to another seed for one that %s", (_, happens) => {
    const application = fresh();
    application.due([a, b, c], 0);
    expect(application.due(happens(application), 1)).toEqual([d]);
  });

  test("goes to another seed for one that stays silent", () => {
    const application = fresh();
    for (const now of [0, 2000]) application.due([a, b, c, d], now);
    for (const seed of [b, c]) application.answered(seed, says("pending"));
    expect(application.due([a, b, c, d], 6000)).toEqual([a, b, c]);
    expect(application.wanted).toBe(4);
    expect(application.due([a, b, c, d], 6001)).toEqual([d]);
  });

  test("is hopeless when the seeds that did not say no are fewer than a quorum", () => {
    const application = fresh();
    application.due([a, b, c], 0);
    for (const seed of [a, b]) application.answered(seed, says("rejected", "unreachable"));
    application.due([a, b, c, d, e], 1);
    expect(application.isHopeless).toBe(false);
    application.answered(d, says("rejected", "token"));
    expect(application.isHopeless).toBe(true);
    expect(application.rejections.map(({ code }) => code)).toEqual(["unreachable", "unreachable", "token"]);
    expect(application.isContested).toBe(false);
  });

  test("keeps a no until the seed has looked again", () => {
    const application = fresh();
    application.due([a], 0);
    application.answered(a, says("rejected"));
    application.answered(a, says("pending"));
    expect(application.rejections).toHaveLength(1);
  });

  test("takes no answer of seeds that were not asked, or about another incarnation", () => {
    const application = fresh();
    application.due([a], 0);
    expect(application.answered(b, says("rejected"))).toBe(false);
    expect(application.answered(a, { ...says("rejected"), incarnation: 6 })).toBe(false);
    expect(application.rejections).toEqual([]);
  });
});

describe("the nonces to sign", () => {
  test("are all of the reader's, then cases of others, then their polls, newest answers first", () => {
    const nonces = new ProofNonces(5);
    nonces.show(a, [bytes(1), bytes(2)]);
    nonces.show(b, [bytes(3), bytes(4)]);
    nonces.show(c, [bytes(5)]);
    expect(nonces.toSign(a).map(([first]) => first)).toEqual([1, 2, 4, 5, 3]);
    expect(nonces.toSign().map(([first]) => first)).toEqual([4, 2, 5, 3, 1]);
  });

  test("are at most one for each seed and eight more, none twice", () => {
    const nonces = new ProofNonces(5);
    for (const [index, seed] of ids.entries())
      nonces.show(
        seed,
        Array.from({ length: 8 }, (_, number) => bytes(index * 8 + number)),
      );
    expect(nonces.toSign(a)).toHaveLength(13);
    expect(
      nonces
        .toSign(a)
        .slice(0, 8)
        .map(([first]) => first),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const seed of ids) nonces.show(seed, [bytes(9), bytes(9)]);
    expect(nonces.toSign()).toHaveLength(1);
  });

  test("are only those of each seed's last answer", () => {
    const nonces = new ProofNonces(5);
    nonces.show(a, [bytes(1), bytes(2)]);
    nonces.show(a, [bytes(3)]);
    expect(nonces.toSign()).toEqual([bytes(3)]);
    nonces.show(a, []);
    expect(nonces.toSign()).toEqual([]);
  });
});

describe("a fact about one's own key", () => {
  const leave: Leave = { peer: anna.signer.id, incarnation: 7, signature: new Uint8Array(64) };
  const mine = registrationOf(7);
  test.each<[string, string, Certificate]>([
    ["history", "an earlier life", town.added(registrationOf(6))],
    ["history", "the end of an earlier life", town.removed(anna.signer.id, 6)],
    ["certified", "the own words", town.added(mine)],
    ["foreign", "other words in this life", town.added(registrationOf(7, 2))],
    ["foreign", "a later life", town.added(registrationOf(8))],
    ["foreign", "the end of a later life", town.removed(anna.signer.id, 8)],
    ["removed", "the end of this life", town.removed(anna.signer.id, 7)],
    ["left", "its end at the own wish", town.removed(anna.signer.id, 7, leave)],
  ])("is %s when it is %s", (expected, _, certificate) => {
    expect(readOwnFact(certificate, mine, town.configuration.networkId)).toBe(expected);
  });
});

describe("a certificate", () => {
  const good = town.removed(anna.signer.id, 7);
  const [first, ...rest] = good.votes;
  test.each<[string, string, Certificate]>([
    ["genuine", "with a quorum", good],
    ["unsound", "with too few votes", { ...good, votes: rest }],
    ["unsound", "with a vote twice", { ...good, votes: [...rest, rest[0] as never] }],
    [
      "unsound",
      "with votes too far apart",
      { ...good, votes: [{ ...(first as never as object), tick: 9 } as never, ...rest] },
    ],
    [
      "forged",
      "with a false signature",
      { ...good, votes: [{ ...(first as never as object), signature: bytes(1) } as never, ...rest] },
    ],
  ])("is %s %s", (expected, _, certificate) => {
    // Town's signers are real keys, so any verifier will do.
    expect(examine(certificate, town.configuration, verifier)).toBe(expected);
  });
});

describe("what the seeds see", () => {
  test.each([
    ["agreed", ["x", "x", "x", "y"], 3, 1],
    ["open", ["x", "y"], 3, 3],
    ["open", [], 3, 5],
    ["open", ["x", "x"], 3, 3],
    ["disagreed", ["x", "x", "y", "y", "z"], 3, 0],
    ["disagreed", ["x", "y", "z"], 3, 1],
    ["open", ["x", "y", "z"], 3, 2],
  ])("is %s by %j: %i have to name it, %i have not been heard", (kind, hosts, quorum, silent) => {
    expect(observedHost(hosts, quorum, silent).kind).toBe(kind);
  });
});

describe("polls", () => {
  test.each([
    [1, 0, 6000],
    [1, 0.5, 8000],
    [1000, 0.5, 8000],
    [1000, 0.999, 9996],
    [10_000, 0.5, 80_000],
  ])("among %i members wait (draw %d) %i ms", (members, draw, expected) => {
    expect(pollIntervalMs(ASSIGNMENT_TIMING, members, draw)).toBeCloseTo(expected);
  });
});

const drawing = (draw: number) => ({ next: () => draw });

describe("a renewal", () => {
  test.each([
    [0, 140],
    [0.5, 150],
    [0.999, 160],
  ])("that draws %d is due at tick %d of a lease of 100 that began at 100", (draw, due) => {
    const renewal = new Renewal(100, drawing(draw));
    expect(renewal.isDue(1e9)).toBe(false);
    renewal.draw(100);
    expect([renewal.isDue(due - 1), renewal.isDue(due)]).toEqual([false, true]);
  });

  test.each([
    [0, 121],
    [0.999, 145],
  ])("that draws %d is due at tick %d when others are the seeds since 120", (draw, due) => {
    const renewal = new Renewal(100, drawing(draw));
    renewal.draw(110);
    renewal.hasten(120);
    expect([renewal.isDue(due - 1), renewal.isDue(due)]).toEqual([false, true]);
  });

  test("is never put off by a change of the seeds", () => {
    const renewal = new Renewal(100, drawing(0.999));
    renewal.draw(100);
    renewal.hasten(159);
    expect(renewal.isDue(160)).toBe(true);
  });
});

describe("a shortage of seeds", () => {
  test("is told at once, then every so often, and not at all while enough can be reached", () => {
    const shortage = new Shortage(1000);
    expect(shortage.isToBeTold(2, 2, 0)).toBe(false);
    expect(shortage.isToBeTold(3, 2, 5)).toBe(true);
    expect(shortage.isToBeTold(3, 2, 1004)).toBe(false);
    expect(shortage.isToBeTold(4, 2, 1005)).toBe(true);
    shortage.forget();
    expect(shortage.isToBeTold(3, 2, 1006)).toBe(true);
  });
});

describe("the edges that were told", () => {
  const other = createSigner(sha256(bytes(1))).id;
  const signature = new Uint8Array(64);
  function edgeWith(id: PeerId, since = 0): Edge {
    const terms = edgeTerms(
      { id: anna.signer.id, incarnation: 1 },
      { id, incarnation: 1 },
      since,
      since + 1000,
    );
    return { ...terms, signatureA: signature, signatureB: signature };
  }

  test("tells what stands: made, renewed once, ended", () => {
    const book = new ToldEdges();
    book.enter([edgeWith(other), edgeWith(a)], [], 0);
    book.enter([edgeWith(other, 500)], [], 500);
    expect(told(book, 600)).toEqual({ made: 2, ended: 0 });
    book.enter([], [edgeWith(other, 500)], 700);
    expect(told(book, 800)).toEqual({ made: 1, ended: 1 });
  });

  test("forgets what has lapsed by its own span", () => {
    const book = new ToldEdges();
    book.enter([edgeWith(other)], [], 5000);
    expect(told(book, 5999).made).toBe(1);
    expect(told(book, 6000).made).toBe(0);
    expect(book.size).toBe(0);
  });

  test("holds so many, in frames of 64", () => {
    const book = new ToldEdges();
    const many = Array.from({ length: EDGES_MAX + 10 }, (_, index) =>
      edgeWith(index.toString(16).padStart(64, "0") as PeerId),
    );
    book.enter(many, [], 0);
    expect(told(book, 1).made).toBe(EDGES_MAX);
    expect(book.frames(1)).toHaveLength(EDGES_MAX / 64);
  });
});

test("a farewell counts each seed once, for its own life only", () => {
  const host = town.world.host("fritz");
  const leave: Leave = { peer: host.signer.id, incarnation: 7, signature: new Uint8Array(64) };
  const ended: number[] = [];
  const farewell = new Farewell(leave, 2, 2000, host.clock, (receipts) => ended.push(receipts));
  farewell.receive(a, 7);
  farewell.receive(a, 7);
  farewell.receive(b, 6);
  expect(ended).toEqual([]);
  farewell.receive(b, 7);
  farewell.receive(c, 7);
  town.run(5000);
  expect(ended).toEqual([2]);
});

test("a configuration of two seeds needs both", () => {
  const seeds = town.configuration.seeds.slice(0, 2);
  const two = new Configuration({
    seeds: seeds.map(({ id }, index) => ({ id, address: parseAddress(`10.0.0.${index + 1}:1`) })),
  });
  const application = new Application(registrationOf(1), two, ASSIGNMENT_TIMING);
  expect(application.due([a, b], 0)).toEqual([a, b]);
  application.answered(a, { incarnation: 1, outcome: "rejected", code: "unreachable", detail: "" });
  expect(application.isHopeless).toBe(true);
});
