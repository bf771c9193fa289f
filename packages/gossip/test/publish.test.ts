import { P2PError } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { lineOf, Town } from "./town.ts";

describe("publish", () => {
  test("says to whom it was sent, and numbers from 1", () => {
    const town = lineOf(3);
    const [a, b, c] = [town.at(0), town.at(1), town.at(2)];
    expect(b.gossip.publish("one")).toMatchObject({ sequence: 1, queued: [], skipped: [], held: false });
    town.world.run(100);
    const { sent, sequence } = b.gossip.publish("two");
    expect(sent.toSorted()).toEqual([a.id, c.id].toSorted());
    expect(sequence).toBe(2);
  });

  test("is told to others with its origin, number, time and bringer, and not to oneself", () => {
    const town = lineOf(3);
    const { incarnation } = town.at(0).gossip.publish("hello");
    const at = town.at(0).host.clock.wallTime();
    town.world.run(1000);
    expect(town.at(0).texts).toEqual([]);
    expect(town.at(2).news.message).toHaveLength(1);
    expect(town.at(2).news.message[0]).toMatchObject({
      origin: town.at(0).id,
      from: town.at(1).id,
      incarnation,
      sequence: 1,
      at,
      text: "hello",
    });
  });

  test("carries bytes as they are, and the publisher may use his again", () => {
    const town = lineOf(2);
    const bytes = Uint8Array.of(0, 255, 1, 254);
    town.at(0).gossip.publish(bytes);
    bytes.fill(9);
    town.world.run(1000);
    expect(town.at(1).news.message[0]?.payload).toEqual(Uint8Array.of(0, 255, 1, 254));
  });

  test("says no to what is no message, and counts nothing", () => {
    const { gossip } = new Town().add();
    expect(() => gossip.publish(5 as unknown as string)).toThrow(TypeError);
    expect(() => gossip.publish(new Uint8Array(256 * 1024 + 1))).toThrow(RangeError);
    expect(gossip.publish("first").sequence).toBe(1);
  });

  test("right after a join loses nothing: it is held, and the first link gets it in order", () => {
    const town = new Town();
    const [a, b, c] = [town.add({ repair: false }), town.add(), town.add()];
    a.dial(b);
    const results = ["1", "2", "3"].map((text) => a.gossip.publish(text));
    expect(results.map(({ held, sent }) => [held, sent.length])).toEqual([
      [true, 0],
      [true, 0],
      [true, 0],
    ]);
    town.world.run(1000);
    expect(b.texts).toEqual(["1", "2", "3"]);
    a.dial(c);
    town.world.run(1000);
    expect(c.texts).toEqual([]);
  });

  test("holds 64 messages and says that it does not hold a 65th", () => {
    const town = new Town();
    const [a, b] = [town.add(), town.add()];
    const held = Array.from({ length: 65 }, (_, number) => a.gossip.publish(String(number)).held);
    expect(held.filter(Boolean)).toHaveLength(64);
    expect(held.at(-1)).toBe(false);
    a.dial(b);
    town.world.run(1000);
    expect(b.texts).toEqual(Array.from({ length: 64 }, (_, number) => String(number)));
  });

  test("holds a message for 60 s and then says that it lapsed", () => {
    const town = new Town();
    const [a, b] = [town.add({ repair: false }), town.add()];
    const { incarnation } = a.gossip.publish("old");
    town.world.run(59_999);
    expect(a.news.lapsed).toEqual([]);
    town.world.run(1);
    expect(a.news.lapsed).toEqual([{ incarnation, sequence: 1 }]);
    a.dial(b);
    town.world.run(1000);
    expect(b.texts).toEqual([]);
  });

  test("a message that comes back is not told, and nobody is blamed", () => {
    const town = new Town();
    town.link([
      [0, 1],
      [1, 2],
      [2, 0],
    ]);
    town.world.weather({ latency: { minMs: 200, maxMs: 200 } }, town.at(0).host, town.at(1).host);
    for (let round = 0; round < 50; round++) town.at(0).gossip.publish(String(round));
    town.world.run(2000);
    const { lobby, gossip, texts } = town.at(0);
    expect(gossip.counts.returned).toBe(50);
    expect(texts).toEqual([]);
    expect(lobby.links.size).toBe(2);
  });

  test("two origins at one address in one second are told apart", () => {
    const town = new Town();
    const hub = town.add();
    const twins = [
      town.add({}, { address: "10.9.9.9:1" as never }),
      town.add({}, { address: "10.9.9.9:2" as never }),
    ];
    for (const twin of twins) twin.dial(hub);
    town.world.run(1000);
    const [first, second] = twins.map(({ gossip }) => gossip.publish("same text"));
    expect(first).toMatchObject({ sequence: second?.sequence, incarnation: second?.incarnation });
    town.world.run(1000);
    expect(hub.texts).toEqual(["same text", "same text"]);
    expect(new Set(hub.news.message.map(({ origin }) => origin)).size).toBe(2);
    expect(twins.map(({ texts }) => texts)).toEqual([["same text"], ["same text"]]);
  });

  test("by a listener, in answer to a message, reaches everybody", () => {
    const town = lineOf(4);
    town.at(3).gossip.on("message", ({ text }) => {
      if (text === "ping") town.at(3).gossip.publish("pong");
    });
    town.at(0).gossip.publish("ping");
    town.world.run(1000);
    expect(town.citizens.map(({ texts }) => texts)).toEqual([
      ["pong"],
      ["ping", "pong"],
      ["ping", "pong"],
      ["ping"],
    ]);
  });

  test("after stop is refused, and nothing is heard or left waiting any more", () => {
    const town = lineOf(2);
    const { gossip, texts } = town.at(0);
    gossip.stop();
    gossip.stop();
    expect(() => gossip.publish("late")).toThrow(P2PError);
    town.at(1).gossip.publish("anybody?");
    town.world.run(1000);
    expect(texts).toEqual([]);
  });
});

test("a listener that throws is heard of, and costs nobody a message", () => {
  const failures: string[] = [];
  const town = lineOf(3, {}, { onFailure: ({ message }) => failures.push(message) });
  town.at(1).gossip.on("message", () => {
    throw new Error("listener broke");
  });
  for (const text of ["a", "b"]) town.at(0).gossip.publish(text);
  town.world.run(1000);
  expect(town.at(1).texts).toEqual(["a", "b"]);
  expect(town.at(2).texts).toEqual(["a", "b"]);
  expect(failures).toHaveLength(2);
});

test("one Gossip for one set of links", async () => {
  const { Gossip } = await import("../src/index.ts");
  const { lobby } = new Town().add();
  expect(() => new Gossip({ links: lobby.links })).toThrow(TypeError);
  expect(() => new Gossip({ links: lobby.seeds, originsMax: 0 })).toThrow(RangeError);
  expect(() => new Gossip({ links: lobby.seeds, queuedBytesMax: -1 })).toThrow(RangeError);
  expect(() => new Gossip({ links: lobby.seeds, rate: { bytesBurst: 0 } })).toThrow(RangeError);
});
