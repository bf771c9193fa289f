import type { Connection } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { BATCH } from "../src/index.ts";
import { batchBy, type Citizen, forgeryOf, frameBy, lineOf, slip, Town } from "./town.ts";

/** 0 speaks, 1 listens, 2 is an attacker with a link to 1, 3 is behind 1. */
function scene(): { town: Town; speaker: Citizen; victim: Citizen; attacker: Citizen; behind: Citizen } {
  const town = new Town();
  town.link([
    [0, 1],
    [2, 1],
    [1, 3],
  ]);
  return { town, speaker: town.at(0), victim: town.at(1), attacker: town.at(2), behind: town.at(3) };
}

describe("a bad signature", () => {
  test("cuts the link at once and bars its bringer for ten minutes", () => {
    const { town, speaker, victim, attacker } = scene();
    const reasons: string[] = [];
    victim.lobby.links.on("left", (_, reason) => reasons.push(reason.kind));
    slip(attacker, victim, forgeryOf(speaker), forgeryOf(speaker, { sequence: 2 }));
    town.world.run(1000);
    expect(reasons).toEqual(["misbehaved"]);
    expect(victim.news.rejected).toMatchObject([{ why: "signature", from: attacker.id, origin: speaker.id }]);
    attacker.dial(victim);
    town.world.run(1000);
    expect(victim.lobby.links.has(attacker.id)).toBe(false);
    town.world.run(10 * 60_000);
    attacker.dial(victim);
    town.world.run(1000);
    expect(victim.lobby.links.has(attacker.id)).toBe(true);
  });

  test("is told its bringer, when it calls again", () => {
    const { town, speaker, victim, attacker } = scene();
    slip(attacker, victim, forgeryOf(speaker));
    town.world.run(1000);
    const refusals: unknown[] = [];
    attacker.lobby.on("missed", ({ reason }) => refusals.push(reason));
    attacker.dial(victim);
    town.world.run(1000);
    const detail = "for another 599 s: BATCH with a bad signature";
    expect(refusals).toEqual([{ kind: "rejected", code: "barred", detail }]);
  });

  test("is never passed on, and blames nobody further away", () => {
    const { town, speaker, victim, attacker, behind } = scene();
    slip(attacker, victim, forgeryOf(speaker));
    town.world.run(1000);
    expect(behind.gossip.counts.duplicates + behind.texts.length + behind.news.rejected.length).toBe(0);
    expect(behind.lobby.links.has(victim.id)).toBe(true);
  });

  test("of a forged copy that comes first does not stand in the way of the real message", () => {
    const { town, speaker, victim, attacker, behind } = scene();
    slip(attacker, victim, forgeryOf(speaker));
    town.world.run(1000);
    slip(speaker, victim, frameBy(speaker));
    town.world.run(1000);
    expect(victim.texts).toEqual(["hello"]);
    expect(behind.texts).toEqual(["hello"]);
  });

  test("of a real message under another number, origin, run or network is bad, too", () => {
    for (const change of [
      { firstSequence: 9 },
      { incarnation: 9 },
      { at: 9 },
      { origin: "attacker" as const },
    ]) {
      const { town, speaker, victim, attacker } = scene();
      const origin = "origin" in change ? attacker.id : speaker.id;
      slip(attacker, victim, BATCH.encode({ ...batchBy(speaker), ...change, origin }));
      town.world.run(1000);
      expect(victim.lobby.links.has(attacker.id)).toBe(false);
      expect(victim.texts).toEqual([]);
    }
  });

  test("on a copy of what was accepted is dropped like the copy", () => {
    const { town, speaker, victim, attacker } = scene();
    slip(speaker, victim, frameBy(speaker));
    town.world.run(1000);
    slip(attacker, victim, forgeryOf(speaker), frameBy(speaker));
    town.world.run(1000);
    expect(victim.gossip.counts.duplicates).toBe(2);
    expect(victim.texts).toEqual(["hello"]);
  });
});

describe("a frame that cannot be read", () => {
  const bombs: Record<string, number[]> = {
    "no body": [0x20],
    "a length of 4 GiB": [0x20, 0x96, 0xc6, 0xff, 0xff, 0xff, 0xff],
    "an array of 4 billion": [0x20, 0xdd, 0xff, 0xff, 0xff, 0xff],
    "deep nesting": [0x20, ...Array(500).fill(0x91), 0xc0],
    "a map": [0x20, 0xdf, 0xff, 0xff, 0xff, 0xff],
    "a map inside": [0x20, 0x96, 0x80, 0, 1, 0, 0x90, 0xc0],
    "an extension": [0x20, 0x96, 0xc7, 0xff, 1, 0, 0],
  };

  test.each(Object.entries(bombs))("(%s) ends the link, and nobody throws", (_, bytes) => {
    const town = lineOf(2);
    const [attacker, victim] = [town.at(0), town.at(1)];
    slip(attacker, victim, Uint8Array.from(bytes));
    town.world.run(1000);
    expect(victim.lobby.links.size).toBe(0);
    attacker.dial(victim);
    town.world.run(1000);
    expect(victim.lobby.links.size).toBe(0);
  });

  test("(a real one with a bit turned over, anywhere) is never told, and the victim lives on", () => {
    const town = lineOf(2);
    const [speaker, victim] = [town.at(0), town.at(1)];
    const frame = frameBy(speaker);
    for (let at = 1; at < frame.length; at++) {
      const attacker = town.add();
      attacker.dial(victim);
      town.world.run(500);
      const bytes = Uint8Array.from(frame);
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      slip(attacker, victim, bytes);
    }
    town.world.run(1000);
    expect(victim.texts).toEqual([]);
    expect([...victim.lobby.links].map(({ id }) => id)).toEqual([speaker.id]);
    slip(speaker, victim, frame);
    town.world.run(1000);
    expect(victim.texts).toEqual(["hello"]);
  });
});

describe("an origin that says two things under one number", () => {
  test("is shown by both, once, and the second is not passed on", () => {
    const { town, speaker, victim, attacker, behind } = scene();
    slip(speaker, victim, frameBy(speaker, { texts: ["yes"] }));
    town.world.run(1000);
    slip(attacker, victim, frameBy(speaker, { texts: ["no"] }), frameBy(speaker, { texts: ["perhaps"] }));
    town.world.run(1000);
    expect(victim.texts).toEqual(["yes"]);
    expect(behind.texts).toEqual(["yes"]);
    expect(victim.news.evidence).toHaveLength(1);
    expect(victim.news.evidence[0]).toMatchObject({
      origin: speaker.id,
      incarnation: 1,
      frames: [frameBy(speaker, { texts: ["yes"] }), frameBy(speaker, { texts: ["no"] })],
    });
    expect(victim.lobby.links.has(attacker.id)).toBe(true);
  });

  test("by batches that overlap is shown as well", () => {
    const { town, speaker, victim, attacker, behind } = scene();
    slip(speaker, victim, frameBy(speaker, { sequence: 1, texts: ["1", "2", "3"] }));
    town.world.run(1000);
    slip(attacker, victim, frameBy(speaker, { sequence: 3, texts: ["3", "4"] }));
    slip(attacker, victim, frameBy(speaker, { sequence: 2, texts: ["2", "3", "4", "5"] }));
    town.world.run(1000);
    expect(behind.texts).toEqual(["1", "2", "3"]);
    expect(victim.news.evidence).toHaveLength(1);
    expect(victim.news.rejected).toMatchObject([{ why: "overlap", sequence: 2, count: 4 }]);
  });

  test("cannot be made up by somebody else", () => {
    const { town, speaker, victim, attacker } = scene();
    slip(speaker, victim, frameBy(speaker));
    town.world.run(1000);
    const other = BATCH.encode({ ...batchBy(speaker), at: 5, signature: new Uint8Array(64) });
    slip(attacker, victim, other);
    town.world.run(1000);
    expect(victim.news.evidence).toEqual([]);
    expect(victim.lobby.links.has(attacker.id)).toBe(false);
  });

  test("is kept by the bytes of its batches alone, not by the chunks they came in", () => {
    const { speaker, victim } = scene();
    const link = victim.lobby.links.get(speaker.id) as Connection;
    for (const texts of [["yes"], ["no"]]) {
      const frame = frameBy(speaker, { texts });
      const chunk = new Uint8Array(65_536);
      chunk.set(frame, 1000);
      victim.lobby.links.received(link, chunk.subarray(1000, 1000 + frame.length));
    }
    const [evidence] = victim.news.evidence;
    expect(evidence?.frames.map(({ length, buffer }) => buffer.byteLength - length)).toEqual([0, 0]);
  });

  test("may go on: what it says under new numbers still counts", () => {
    const { town, speaker, victim } = scene();
    slip(speaker, victim, frameBy(speaker, { texts: ["yes"] }), frameBy(speaker, { texts: ["no"] }));
    slip(speaker, victim, frameBy(speaker, { sequence: 2, texts: ["more"] }));
    town.world.run(1000);
    expect(victim.texts).toEqual(["yes", "more"]);
  });
});
