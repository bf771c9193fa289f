import { describe, expect, test } from "vitest";
import { SEEN_WINDOW } from "../src/seen-window.ts";
import { forgeryOf, frameBy, lineOf, slip, Town } from "./town.ts";
import { INTERVAL_MS } from "./trouble.ts";

const TEN_MINUTES = 10 * 60_000;

describe("the runs of an origin", () => {
  test("a restart numbers from 1 again, and its messages are news", () => {
    const town = lineOf(3);
    const speaker = town.at(0);
    const before = speaker.gossip.publish("before");
    town.world.run(2000);
    speaker.host.restart();
    speaker.dial(town.at(1));
    town.world.run(1000);
    const after = speaker.gossip.publish("after");
    town.world.run(1000);
    expect(after.sequence).toBe(1);
    expect(after.incarnation).toBeGreaterThan(before.incarnation);
    expect(town.at(2).texts).toEqual(["before", "after"]);
  });

  test("who starts again may hear what it heard before, by repair, once in each run of its process", () => {
    const town = lineOf(3);
    const listener = town.at(2);
    town.at(0).gossip.publish("hello");
    town.world.run(2 * INTERVAL_MS);
    expect(listener.texts).toEqual(["hello"]);
    listener.host.restart();
    listener.dial(town.at(1));
    town.world.run(4 * INTERVAL_MS);
    expect(listener.texts).toEqual(["hello", "hello"]);
  });

  test("an incarnation that is handed in is used, and a change of it numbers from 1 again", () => {
    const town = new Town();
    let incarnation = 41;
    town.add({ incarnation: () => incarnation });
    town.link([[0, 1]]);
    const { gossip } = town.at(0);
    gossip.publish("a");
    gossip.publish("b");
    incarnation = 42;
    expect(gossip.publish("c")).toMatchObject({ incarnation: 42, sequence: 1 });
    town.world.run(1000);
    expect(town.at(1).texts).toEqual(["a", "b", "c"]);
  });

  test("messages of a run are taken for ten minutes after its successor was heard, each once", () => {
    const town = lineOf(3);
    const [speaker, relay, listener] = [town.at(0), town.at(1), town.at(2)];
    slip(speaker, relay, frameBy(speaker, { incarnation: 1, sequence: 2, texts: ["old 2"] }));
    slip(speaker, relay, frameBy(speaker, { incarnation: 5, sequence: 1, texts: ["new 1"] }));
    town.world.run(TEN_MINUTES - 1000);
    slip(speaker, relay, frameBy(speaker, { incarnation: 1, sequence: 1, texts: ["old 1"] }));
    slip(speaker, relay, frameBy(speaker, { incarnation: 1, sequence: 2, texts: ["old 2"] }));
    town.world.run(5000);
    slip(speaker, relay, frameBy(speaker, { incarnation: 1, sequence: 3, texts: ["old 3"] }));
    town.world.run(1000);
    expect(listener.texts).toEqual(["old 2", "new 1", "old 1"]);
    expect(relay.news.late).toMatchObject([{ incarnation: 1, sequence: 3 }]);
  });

  test("a run that a later one overtook before it was ever met is a replay", () => {
    const town = lineOf(2);
    const [speaker, listener] = [town.at(0), town.at(1)];
    slip(
      speaker,
      listener,
      frameBy(speaker, { incarnation: 9 }),
      frameBy(speaker, { incarnation: 8, texts: ["replay"] }),
    );
    town.world.run(1000);
    expect(listener.texts).toEqual(["hello"]);
    expect(listener.news.late).toHaveLength(1);
    expect(listener.lobby.links.size).toBe(1);
  });
});

describe("the numbers of a run", () => {
  test("first contact in mid-stream takes older ones within the window, too", () => {
    const town = lineOf(2);
    const [speaker, listener] = [town.at(0), town.at(1)];
    for (const sequence of [5000, 4999, 5000 - SEEN_WINDOW + 1, 5000 - SEEN_WINDOW, 5001]) {
      slip(speaker, listener, frameBy(speaker, { sequence, texts: [String(sequence)] }));
    }
    town.world.run(1000);
    expect(listener.texts).toEqual(["5000", "4999", String(5000 - SEEN_WINDOW + 1), "5001"]);
    expect(listener.news.late).toMatchObject([{ sequence: 5000 - SEEN_WINDOW, from: speaker.id }]);
  });

  test("a gap of 10^9 costs no memory and closes no door", () => {
    const town = lineOf(2);
    const [speaker, listener] = [town.at(0), town.at(1)];
    const heapBefore = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    for (let number = 0; number < 500; number++) {
      slip(speaker, listener, frameBy(speaker, { sequence: 1 + number * 1e9, texts: ["far"] }));
    }
    slip(speaker, listener, frameBy(speaker, { sequence: 1 + 499e9 - 5, texts: ["near"] }));
    town.world.run(2000);
    const heapAfter = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    expect(listener.texts).toHaveLength(501);
    expect(heapAfter - heapBefore).toBeLessThan(64 * 1024 * 1024);
  });

  test("a batch of 64 is told message by message and passed on whole", () => {
    const town = lineOf(3);
    const texts = Array.from({ length: 64 }, (_, number) => String(number));
    slip(town.at(0), town.at(1), frameBy(town.at(0), { sequence: 7, texts }));
    town.world.run(1000);
    expect(town.at(2).texts).toEqual(texts);
    expect(town.at(2).news.message.map(({ sequence }) => sequence)).toEqual(
      texts.map((text) => Number(text) + 7),
    );
    expect(town.at(1).gossip.counts.passed).toBe(1);
  });

  test("many origins keep to the limit, and those forgotten are counted", () => {
    const town = new Town();
    const hub = town.add({ originsMax: 3 });
    town.link(Array.from({ length: 30 }, (_, number) => [number + 1, 0] as const));
    for (let round = 0; round < 2; round++) {
      for (const { gossip } of town.citizens.slice(1)) gossip.publish(`round ${round}`);
      town.world.run(1000);
    }
    expect(hub.texts).toHaveLength(60);
    expect(hub.gossip.counts.evicted).toBe(57);
  });
});

describe("the rate of an origin", () => {
  const rate = { messagesPerSecond: 1, messagesBurst: 10 };

  test("holds at every hop: what is over it is neither told nor passed on, and counted", () => {
    const town = lineOf(3, { rate });
    const flooder = town.at(0);
    for (let number = 0; number < 100; number++) flooder.gossip.publish(String(number));
    town.world.run(500);
    expect(town.at(1).texts).toHaveLength(10);
    expect(town.at(2).texts).toHaveLength(10);
    expect(town.at(1).gossip.counts).toMatchObject({ shed: 90, passed: 10 });
    expect(town.at(1).news.shed).toHaveLength(90);
    expect(town.at(1).lobby.links.size).toBe(2);
  });

  test("is refilled with time, and is each origin's own", () => {
    const town = lineOf(3, { rate });
    for (let number = 0; number < 20; number++) town.at(0).gossip.publish(`a${number}`);
    town.world.run(1000);
    town.at(2).gossip.publish("b");
    town.world.run(4000);
    town.at(0).gossip.publish("later");
    town.world.run(1000);
    expect(town.at(1).texts).toHaveLength(12);
    expect(town.at(1).texts.slice(-2)).toEqual(["b", "later"]);
  });

  test("counts the messages of a batch, not the frames, and bytes as well", () => {
    const town = lineOf(2, { rate: { ...rate, bytesPerSecond: 1, bytesBurst: 100 } });
    const [speaker, listener] = [town.at(0), town.at(1)];
    slip(speaker, listener, frameBy(speaker, { sequence: 1, texts: Array(11).fill("x") }));
    slip(speaker, listener, frameBy(speaker, { sequence: 1, texts: ["x".repeat(101)] }));
    slip(speaker, listener, frameBy(speaker, { sequence: 1, texts: ["x".repeat(90)] }));
    slip(speaker, listener, frameBy(speaker, { sequence: 2, texts: ["x".repeat(20)] }));
    town.world.run(1000);
    expect(listener.texts.map(({ length }) => length)).toEqual([90]);
    expect(listener.gossip.counts.shed).toBe(13);
  });

  test("cannot be used up by somebody else in his name", () => {
    const town = new Town();
    town.link(
      [
        [0, 1],
        [2, 1],
      ],
      { rate },
    );
    const [speaker, listener, attacker] = [town.at(0), town.at(1), town.at(2)];
    for (let number = 0; number < 20; number++) slip(attacker, listener, frameBy(speaker));
    slip(attacker, listener, forgeryOf(speaker, { sequence: 50 }));
    town.world.run(500);
    for (let number = 2; number <= 10; number++)
      slip(speaker, listener, frameBy(speaker, { sequence: number }));
    town.world.run(500);
    expect(listener.texts).toHaveLength(10);
  });
});
