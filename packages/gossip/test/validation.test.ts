import { describe, expect, test } from "vitest";
import type { GossipOptions, Message, Verdict } from "../src/index.ts";
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

  test("throws ignores, and its error is heard of", () => {
    const failures: string[] = [];
    const town = lineOf(
      2,
      {
        validate: () => {
          throw new Error("validator broke");
        },
      },
      { onFailure: ({ message }) => failures.push(message) },
    );
    town.at(0).gossip.publish("hello");
    town.world.run(1000);
    expect(town.at(1).texts).toEqual([]);
    expect(town.at(1).news.rejected).toMatchObject([{ why: "ignored" }]);
    expect(failures).toHaveLength(1);
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
    speaker.gossip.publish("hello");
    town.world.run(1000);
    judge.gossip.stop();
    asked[0]?.[1]("accept");
    town.world.run(1000);
    expect([judge.texts, behind.texts]).toEqual([[], []]);
    expect(judge.gossip.counts.delivered).toBe(0);
  });

  test("answers what is no verdict has ignored", () => {
    const { asked, validate } = pending();
    const { town, speaker, judge } = scene({ validate });
    speaker.gossip.publish("hello");
    town.world.run(100);
    asked[0]?.[1]("perhaps" as Verdict);
    expect(judge.news.rejected).toMatchObject([{ why: "ignored" }]);
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
