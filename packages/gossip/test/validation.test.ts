import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import type { GossipOptions, Message, Validator, Verdict } from "../src/index.ts";
import { type Citizen, frameBy, lineOf, slip, Town } from "./town.ts";
import { INTERVAL_MS } from "./trouble.ts";

type Decide = (verdict: Verdict) => void;

/** 0 says things to 1, which judges, and is linked to 2. */
function scene(options: Partial<GossipOptions>): {
  town: Town;
  speaker: Citizen;
  judge: Citizen;
  behind: Citizen;
} {
  const town = new Town();
  town.add();
  town.add(options);
  town.link([
    [0, 1],
    [1, 2],
  ]);
  return { town, speaker: town.at(0), judge: town.at(1), behind: town.at(2) };
}

/** A validator that decides nothing by itself, and what it was asked. */
function pending(): { asked: [Message, Decide][]; validate: NonNullable<GossipOptions["validate"]> } {
  const asked: [Message, Decide][] = [];
  return {
    asked,
    validate: (message, decide) => {
      asked.push([message, decide]);
      return undefined;
    },
  };
}

/** As many a validator begins: it throws on what is no JSON. */
const parsing: Validator = ({ text }) => {
  JSON.parse(text);
  return "accept";
};

function asynchronous(validate: (message: Message, decide: Decide) => Promise<unknown>): Validator {
  return validate as unknown as Validator;
}

/** Lets all promises that are at hand settle. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

describe("a validator that", () => {
  test("accepts lets a message through, told and passed on", () => {
    const { town, speaker, judge, behind } = scene({ validate: () => "accept" });
    speaker.gossip.publish("fine");
    town.world.run(1000);
    expect([judge.texts, behind.texts]).toEqual([["fine"], ["fine"]]);
  });

  test("ignores keeps it from being told and passed on, also by repair, and blames nobody", () => {
    const { town, speaker, judge, behind } = scene({
      validate: ({ text }) => (text === "dull" ? "ignore" : "accept"),
    });
    speaker.gossip.publish("dull");
    speaker.gossip.publish("fine");
    town.world.run(3 * INTERVAL_MS);
    expect([judge.texts, behind.texts]).toEqual([["fine"], ["fine"]]);
    expect(judge.news.rejected).toMatchObject([{ why: "ignored", count: 1 }]);
    expect(judge.lobby.links.has(speaker.id)).toBe(true);
  });

  test("rejects cuts off who brought it, and bars him", () => {
    const { town, speaker, judge, behind } = scene({ validate: () => "reject" });
    speaker.gossip.publish("junk");
    town.world.run(1000);
    expect([judge.texts, behind.texts]).toEqual([[], []]);
    expect(judge.news.rejected).toMatchObject([{ why: "invalid", from: speaker.id }]);
    expect(judge.lobby.links.has(speaker.id)).toBe(false);
    speaker.dial(judge);
    town.world.run(1000);
    expect(judge.lobby.links.has(speaker.id)).toBe(false);
  });

  test("throws has ignored; nothing is thrown on, and its error is told", () => {
    const failures: unknown[] = [];
    const town = lineOf(3, { validate: parsing }, { onFailure: (failure) => failures.push(failure) });
    town.at(0).gossip.publish("{");
    town.at(0).gossip.publish("[]");
    town.world.run(1000);
    const [origin, judge, behind] = town.citizens;
    expect(failures).toEqual([]);
    expect([judge?.texts, behind?.texts]).toEqual([["[]"], ["[]"]]);
    expect(judge?.news.rejected).toMatchObject([{ why: "ignored" }]);
    expect(judge?.lobby.links.has(origin?.id as PeerId)).toBe(true);
    expect(judge?.news.validatorFailed).toEqual([
      {
        error: expect.any(SyntaxError),
        origin: origin?.id,
        incarnation: expect.any(Number),
        sequence: 1,
        from: origin?.id,
        untold: 0,
      },
    ]);
  });

  test("throws time and again is told of once a second, and counted", () => {
    const { town, speaker, judge } = scene({ validate: parsing });
    for (let number = 0; number < 25; number++) {
      speaker.gossip.publish("{");
      town.world.run(100);
    }
    const told = judge.news.validatorFailed;
    expect(told).toHaveLength(3);
    const since = told.map(({ sequence }, index) => sequence - (told[index - 1]?.sequence ?? 0));
    expect(told.map(({ untold }) => untold + 1)).toEqual(since);
    expect(judge.gossip.counts.validatorFailures).toBe(25);
    expect(judge.news.rejected).toHaveLength(25);
  });

  test("throws after it decided has decided, and its error is told", () => {
    const { town, speaker, judge } = scene({
      validate: (_, decide) => {
        decide("accept");
        throw new Error("on the way out");
      },
    });
    speaker.gossip.publish("hello");
    town.world.run(1000);
    expect(judge.texts).toEqual(["hello"]);
    expect(judge.news.validatorFailed).toMatchObject([{ error: { message: "on the way out" } }]);
  });

  test("decides later has its word, once; the message is not asked about again meanwhile", () => {
    const { asked, validate } = pending();
    const { town, speaker, judge, behind } = scene({ validate });
    slip(speaker, judge, frameBy(speaker), frameBy(speaker));
    town.world.run(1000);
    expect([asked.length, judge.texts]).toEqual([1, []]);
    const [, decide] = asked[0] as [Message, Decide];
    decide("accept");
    decide("reject");
    town.world.run(1000);
    expect([judge.texts, behind.texts]).toEqual([["hello"], ["hello"]]);
    expect(judge.lobby.links.size).toBe(2);
  });

  test("does not decide in five seconds has ignored", () => {
    const { asked, validate } = pending();
    const { town, speaker, judge } = scene({ validate });
    speaker.gossip.publish("hello");
    town.world.run(5100);
    expect(judge.news.rejected).toMatchObject([{ why: "timeout" }]);
    asked[0]?.[1]("accept");
    expect(judge.texts).toEqual([]);
  });

  test("decides after stop() lets nothing through any more", () => {
    const { asked, validate } = pending();
    const { town, speaker, judge, behind } = scene({ validate });
    for (const text of ["one", "two"]) speaker.gossip.publish(text);
    town.world.run(1000);
    judge.gossip.stop();
    asked[0]?.[1]("accept");
    asked[1]?.[1]("perhaps" as Verdict);
    town.world.run(1000);
    expect([judge.texts, behind.texts]).toEqual([[], []]);
    expect(judge.gossip.counts.delivered).toBe(0);
    expect(judge.news.validatorFailed).toEqual([]);
  });

  test.each([
    ["another word", "perhaps", '"perhaps"'],
    ["a long text", "x".repeat(1000), `"${"x".repeat(40)}"`],
    ["a boolean", true, "true"],
    ["null", null, "null"],
    ["what is no text", { toString: 1 }, "some object"],
    ["what is no promise", JSON.parse('{"then":1}'), "some object"],
    ["a function", () => "accept", "some function"],
  ])("returns %s has ignored at once, and is told so", async (_, answer, shown) => {
    const { town, speaker, judge } = scene({ validate: () => answer as Verdict });
    speaker.gossip.publish("hello");
    town.world.run(100);
    await settled();
    expect(judge.news.rejected).toMatchObject([{ why: "ignored" }]);
    const message = `a validator says "accept", "ignore" or "reject", not ${shown}`;
    expect(judge.news.validatorFailed).toMatchObject([{ error: new TypeError(message), sequence: 1 }]);
  });

  test("decides on what is no verdict has ignored at once, and is told so", () => {
    const { asked, validate } = pending();
    const { town, speaker, judge } = scene({ validate });
    speaker.gossip.publish("hello");
    town.world.run(100);
    asked[0]?.[1]("perhaps" as Verdict);
    expect(judge.news.rejected).toMatchObject([{ why: "ignored" }]);
    expect(judge.news.validatorFailed).toMatchObject([{ error: expect.any(TypeError) }]);
    asked[0]?.[1]("accept");
    expect(judge.texts).toEqual([]);
  });

  describe("is async, which only JavaScript lets it be,", () => {
    test("answers with what its promise brings", async () => {
      const { town, speaker, judge } = scene({ validate: asynchronous(async ({ text }) => text) });
      for (const text of ["accept", "ignore", "perhaps"]) speaker.gossip.publish(text);
      town.world.run(100);
      await settled();
      expect(judge.texts).toEqual(["accept"]);
      expect(judge.news.rejected.map(({ sequence, why }) => [sequence, why])).toEqual([
        [2, "ignored"],
        [3, "ignored"],
      ]);
      expect(judge.news.validatorFailed).toMatchObject([{ error: expect.any(TypeError), sequence: 3 }]);
    });

    test("and throws has ignored, and its error is told", async () => {
      const { town, speaker, judge } = scene({
        validate: asynchronous(async ({ text }) => JSON.parse(text)),
      });
      speaker.gossip.publish("{");
      town.world.run(100);
      await settled();
      expect(judge.news.rejected).toMatchObject([{ why: "ignored" }]);
      expect(judge.news.validatorFailed).toMatchObject([{ error: expect.any(SyntaxError) }]);
    });

    test("may call decide as well", async () => {
      const { town, speaker, judge } = scene({
        validate: asynchronous(async (_, decide) => {
          await Promise.resolve();
          decide("accept");
        }),
      });
      speaker.gossip.publish("hello");
      town.world.run(100);
      await settled();
      expect(judge.texts).toEqual(["hello"]);
      expect(judge.news.validatorFailed).toEqual([]);
    });
  });

  test("does not accept one message of a batch stops the batch", () => {
    const { town, speaker, judge, behind } = scene({
      validate: ({ text }) => (text === "b" ? "ignore" : "accept"),
    });
    slip(speaker, judge, frameBy(speaker, { texts: ["a", "b", "c"] }));
    town.world.run(1000);
    expect([judge.texts, behind.texts]).toEqual([[], []]);
    expect(judge.news.rejected).toMatchObject([{ why: "ignored", count: 3 }]);
  });

  test("leaves out a message leaves no gap in the order", () => {
    const { town, speaker, judge } = scene({
      order: "fifo",
      validate: ({ text }) => (text === "2" ? "ignore" : "accept"),
    });
    for (const text of ["1", "2", "3"]) speaker.gossip.publish(text);
    town.world.run(1000);
    expect(judge.texts).toEqual(["1", "3"]);
    expect(judge.news.gap).toEqual([]);
  });
});

test("validator accepts, ignores, rejects, throws, is slow: concurrency, queue and time bounded; pressure reaches the sender", () => {
  const { asked, validate } = pending();
  const town = new Town({
    receiveBytesMax: 16 * 1024,
    linkLimits: { frameBytesMax: 64 * 1024, queuedBytesMax: 128 * 1024 },
  });
  town.add({ queuedBytesMax: 1024 * 1024 });
  town.add({ validate, timing: { validateMs: 60_000 } });
  town.link([[0, 1]]);
  const [speaker, judge] = [town.at(0), town.at(1)];
  for (let number = 0; number < 1000; number++) {
    speaker.gossip.publish(new Uint8Array(200));
    if (number % 10 === 9) town.world.run(20);
  }
  expect(asked).toHaveLength(64);
  expect(speaker.gossip.publish("one more").queued[0]?.bytes).toBeGreaterThan(30_000);
  expect(judge.news.rejected).toEqual([]);
  // As it decides, everything comes.
  for (let round = 0; round < 200; round++) {
    for (const [, decide] of asked.splice(0)) decide("accept");
    town.world.run(20);
  }
  expect(judge.gossip.counts.delivered).toBe(1001);
});
