import { type Accusation, type ProofOfLife, type TestimonyOutcome } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Address, Clock } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { HEALTH_SCORE_MAX, HealthScore } from "../src/health-score.ts";
import { ASSIGNMENT_TIMING, LAN_TIMING } from "../src/index.ts";
import { Inquiry, type OwnLook } from "../src/inquiry.ts";
import { Jury } from "../src/jury.ts";
import { ACCUSERS_MAX, Suspicion } from "../src/suspicion.ts";
import { timingOf } from "../src/timing.ts";

const id = (digit: string): PeerId => digit.repeat(64) as PeerId;
const nonce = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const victim = { peer: id("f"), incarnation: 5, address: "10.0.0.1:1" as Address };
const signature = new Uint8Array(64);

describe("the health of a node", () => {
  test.each<[string, [peer: string, at: number][], number]>([
    [
      "one neighbour that fails again and again",
      [
        ["a", 0],
        ["a", 10],
        ["a", 20],
      ],
      0,
    ],
    [
      "two that fail far apart",
      [
        ["a", 0],
        ["b", 101],
      ],
      0,
    ],
    [
      "two that fail together",
      [
        ["a", 0],
        ["b", 100],
      ],
      1,
    ],
    [
      "three that fail together",
      [
        ["a", 0],
        ["b", 10],
        ["c", 20],
      ],
      2,
    ],
  ])("after %s", (_, failures, score) => {
    const health = new HealthScore();
    for (const [peer, at] of failures) health.miss(id(peer), at, 100);
    expect(health.value).toBe(score);
  });

  test("never leaves 0 to 8", () => {
    const health = new HealthScore();
    health.improve();
    expect(health.value).toBe(0);
    for (let count = 0; count < 20; count++) health.worsen();
    expect(health.value).toBe(HEALTH_SCORE_MAX);
    health.improve();
    expect(health.value).toBe(7);
  });
});

describe("the verdict of an inquiry", () => {
  test.each<[OwnLook | undefined, TestimonyOutcome[], string]>([
    ["refused", [], "refused"],
    ["silent", ["refused"], "silent"],
    [undefined, [], "silent"],
    ["refused", ["alive", "unknown"], "refused"],
    ["busy", [], "blind"],
    ["busy", ["busy", "unknown", "alive"], "blind"],
    ["busy", ["busy", "silent"], "silent"],
    ["busy", ["refused"], "silent"],
  ])("of own look %s and helpers %j is %s", (own, outcomes, verdict) => {
    const helpers = outcomes.map((_, index) => id(String(index)));
    const inquiry = new Inquiry(helpers);
    if (own !== undefined) inquiry.looked(own);
    for (const [index, outcome] of outcomes.entries()) inquiry.heard(helpers[index] as PeerId, outcome);
    expect(inquiry.verdict).toBe(verdict);
  });

  test("counts the first answer of each helper, and nobody who was not asked", () => {
    const inquiry = new Inquiry([id("a")]);
    expect(inquiry.heard(id("b"), "alive")).toBe(false);
    expect(inquiry.heard(id("a"), "silent")).toBe(true);
    expect(inquiry.heard(id("a"), "alive")).toBe(false);
  });
});

describe("a suspicion", () => {
  const suspicion = (): Suspicion =>
    new Suspicion({ victim, cause: "silence", nonce: nonce(1), since: 0, lastSeen: 0 });
  const accusation: Accusation = {
    victim: victim.peer,
    incarnation: 5,
    accuser: id("a"),
    at: 1,
    lastSeen: 0,
    signature,
  };
  const proof = (changes: Partial<ProofOfLife>): ProofOfLife => ({
    peer: victim.peer,
    incarnation: 5,
    nonces: [nonce(1)],
    signature,
    ...changes,
  });

  test.each<[string, Partial<ProofOfLife>, boolean]>([
    ["of this life, with its nonce", {}, true],
    ["of a later life", { incarnation: 6 }, true],
    ["of an earlier life", { incarnation: 4 }, false],
    ["with another nonce", { nonces: [nonce(2)] }, false],
    ["with its nonce among others", { nonces: [nonce(2), nonce(1)] }, true],
    ["of somebody else", { peer: id("a") }, false],
  ])("and a proof %s: %o", (_, changes, answers) => {
    expect(suspicion().isAnsweredBy(proof(changes))).toBe(answers);
  });

  test("goes from probing to accused to confirmed, each once", () => {
    const one = suspicion();
    expect(one.confirm()).toBe(false);
    expect([one.stage, one.accuse(accusation), one.stage]).toEqual(["probing", true, "accused"]);
    expect([one.confirm(), one.confirm(), one.stage]).toEqual([true, false, "confirmed"]);
    expect([one.accuse(accusation), one.stage]).toEqual([false, "confirmed"]);
    one.end();
    expect(one.isOver).toBe(true);
  });

  test("tells each once of each accusation", () => {
    const one = suspicion();
    expect(one.tell(id("b"))).toBe(false);
    one.accuse(accusation);
    expect([one.tell(id("b")), one.tell(id("b"))]).toEqual([true, false]);
    one.accuse(accusation);
    expect(one.tell(id("b"))).toBe(true);
  });

  test("shows its own nonce first, and never more than one proof can answer", () => {
    const one = suspicion();
    for (let count = 0; count < 200; count++) one.join(String(count).padStart(64, "0") as PeerId, nonce(2));
    expect(one.nonces).toHaveLength(ACCUSERS_MAX + 1);
    expect(one.nonces[0]).toEqual(nonce(1));
  });

  test("divides those who wait by whom a proof answers", () => {
    const one = suspicion();
    one.join(id("a"), nonce(2));
    one.join(id("b"), nonce(3));
    const { answered, waiting } = one.divide(proof({ nonces: [nonce(1), nonce(2)] }));
    expect([answered, waiting.map(([accuser]) => accuser)]).toEqual([[id("a")], [id("b")]]);
    expect(one.divide(undefined).waiting).toHaveLength(2);
  });
});

describe("a jury", () => {
  const monitors = ["a", "b", "c", "d"].map(id);
  const by = (accuser: string, at = 1): Accusation => ({
    victim: victim.peer,
    incarnation: 5,
    accuser: id(accuser),
    at,
    lastSeen: 0,
    signature,
  });

  /** A jury over a suspicion whose monitors are known, and a clock to be set by hand. */
  function jury(): { jury: Jury; suspicion: Suspicion; time: { now: number } } {
    const time = { now: 0 };
    const clock: Clock = { now: () => time.now, wallTime: () => 0, after: () => () => undefined };
    const suspicion = new Suspicion({ victim, cause: "silence", nonce: nonce(1), since: 0, lastSeen: 0 });
    suspicion.monitors = monitors;
    return { jury: new Jury(clock, 60_000), suspicion, time };
  }

  test.each([
    ["", false],
    ["ab", false],
    ["aab", false],
    ["abe", false],
    ["abc", true],
    ["abcd", true],
  ])("of a, b, c, d that heard %j has a majority: %s", (accusers, isMajority) => {
    const { jury: one, suspicion } = jury();
    for (const [at, accuser] of Array.from(accusers).entries()) one.file(suspicion, by(accuser, at));
    expect(one.majority(suspicion) !== undefined).toBe(isMajority);
  });

  test("counts nobody for longer than the window", () => {
    const { jury: one, suspicion, time } = jury();
    for (const accuser of "ab") one.file(suspicion, by(accuser));
    time.now = 60_000;
    one.file(suspicion, by("c"));
    expect(one.majority(suspicion)).toHaveLength(3);
    time.now = 60_001;
    expect(one.majority(suspicion)).toBeUndefined();
  });

  test("that forgot counts from nothing", () => {
    const { jury: one, suspicion } = jury();
    for (const accuser of "ab") one.file(suspicion, by(accuser));
    one.forget(suspicion);
    one.file(suspicion, by("c"));
    expect(one.majority(suspicion)).toBeUndefined();
  });

  test("keeps what it hears before it knows whose word counts", () => {
    const { jury: one, suspicion } = jury();
    suspicion.monitors = undefined;
    for (const accuser of "abce") one.file(suspicion, by(accuser));
    expect(one.majority(suspicion)).toBeUndefined();
    suspicion.monitors = monitors;
    one.fileKept(suspicion);
    expect(one.majority(suspicion)).toHaveLength(3);
  });
});

describe("timing", () => {
  test.each([
    [{ pingIntervalMs: 0 }, "pingIntervalMs"],
    [{ inquiryMs: Number.NaN }, "inquiryMs"],
    [{ missesMax: 1.5 }, "missesMax"],
    [{ pingTimeoutMinMs: 5000 }, "pingTimeoutMaxMs"],
    [{ pingIntervalMs: 3000 }, "pingIntervalMs"],
    [{ helperTimeoutMs: 3001 }, "helperTimeoutMs"],
    [{ reaccuseMs: 60_001 }, "reaccuseMs"],
  ])("%j is refused", (changes, name) => {
    expect(() => timingOf(changes)).toThrow(RangeError);
    expect(() => timingOf(changes)).toThrow(name);
  });

  test("both profiles are sound, and the default is the assignment's", () => {
    expect(timingOf()).toEqual(ASSIGNMENT_TIMING);
    expect(timingOf(LAN_TIMING)).toEqual(LAN_TIMING);
  });
});
