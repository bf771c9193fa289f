import { describe, expect, test } from "vitest";
import { type Citizen, frameBy, slip, Town } from "./town.ts";
import { INTERVAL_MS, lossy, talk } from "./trouble.ts";

/** 0 says things to 1, which tells them in order. */
function scene(): { town: Town; speaker: Citizen; listener: Citizen } {
  const town = new Town();
  town.link([[0, 1]], { order: "fifo" });
  return { town, speaker: town.at(0), listener: town.at(1) };
}

function say({ town, speaker, listener }: ReturnType<typeof scene>, ...sequences: number[]): void {
  for (const sequence of sequences)
    slip(speaker, listener, frameBy(speaker, { sequence, texts: [`${sequence}`] }));
  town.world.run(100);
}

describe("in order", () => {
  test("messages are told by their numbers, whatever order they come in", () => {
    const { town, speaker, listener } = scene();
    say({ town, speaker, listener }, 3, 2, 5, 1, 4);
    expect(listener.texts).toEqual(["1", "2", "3", "4", "5"]);
    expect(listener.news.gap).toEqual([]);
  });

  test("what is missing is waited for, for five seconds, and then the gap is told", () => {
    const { town, speaker, listener } = scene();
    say({ town, speaker, listener }, 1, 4, 5, 7);
    town.world.run(4800);
    expect(listener.texts).toEqual(["1"]);
    town.world.run(200);
    expect(listener.texts).toEqual(["1", "4", "5", "7"]);
    expect(listener.news.gap).toEqual([
      { origin: speaker.id, incarnation: 1, sequence: 2, count: 2 },
      { origin: speaker.id, incarnation: 1, sequence: 6, count: 1 },
    ]);
  });

  test("what comes after it was given up is counted and not told", () => {
    const { town, speaker, listener } = scene();
    say({ town, speaker, listener }, 2);
    town.world.run(5000);
    say({ town, speaker, listener }, 1, 3);
    expect(listener.texts).toEqual(["2", "3"]);
    expect(listener.gossip.counts.overtaken).toBe(1);
  });

  test("no message waits longer than five seconds, even behind others that came earlier", () => {
    const { town, speaker, listener } = scene();
    say({ town, speaker, listener }, 9);
    town.world.run(3000);
    say({ town, speaker, listener }, 5);
    town.world.run(1900);
    expect(listener.texts).toEqual(["5", "9"]);
    say({ town, speaker, listener }, 11);
    town.world.run(4950);
    expect(listener.texts).toEqual(["5", "9", "11"]);
  });

  test("at most 1 024 wait: then the one that waits for longest is told", () => {
    const { town, speaker, listener } = scene();
    say({ town, speaker, listener }, ...Array.from({ length: 1024 }, (_, index) => index + 2));
    expect(listener.texts).toEqual([]);
    say({ town, speaker, listener }, 1026);
    expect(listener.texts).toHaveLength(1025);
    expect(listener.news.gap).toMatchObject([{ sequence: 1, count: 1 }]);
  });

  test("a batch of many is told one by one", () => {
    const { town, speaker, listener } = scene();
    slip(speaker, listener, frameBy(speaker, { sequence: 3, texts: ["3", "4"] }));
    slip(speaker, listener, frameBy(speaker, { sequence: 1, texts: ["1", "2"] }));
    town.world.run(100);
    expect(listener.texts).toEqual(["1", "2", "3", "4"]);
  });

  test("one origin does not wait for another", () => {
    const town = new Town();
    town.link(
      [
        [0, 1],
        [2, 1],
      ],
      { order: "fifo" },
    );
    slip(town.at(0), town.at(1), frameBy(town.at(0), { sequence: 2, texts: ["a2"] }));
    slip(town.at(2), town.at(1), frameBy(town.at(2), { sequence: 1, texts: ["b1"] }));
    town.world.run(1000);
    expect(town.at(1).texts).toEqual(["b1"]);
  });

  test("what repair brings in time takes its place", () => {
    const town = new Town({ seed: 3 });
    const timing = { repairEveryMs: 1000 };
    town.add({ strategy: lossy(0.3, town.world.random), order: "fifo", timing });
    town.link([[0, 1]], { order: "fifo", timing });
    talk(town, [town.at(0)], 100, 100);
    town.world.run(INTERVAL_MS);
    const sequences = town.at(1).news.message.map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(town.at(1).gossip.counts.repaired).toBeGreaterThan(10);
  });

  test("nothing is told after stop", () => {
    const { town, speaker, listener } = scene();
    say({ town, speaker, listener }, 2);
    listener.gossip.stop();
    town.world.run(10_000);
    expect([listener.texts, listener.news.gap]).toEqual([[], []]);
  });
});
