import type { Random } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { flood, type Strategy } from "../src/index.ts";
import { line, mesh, partial, ring } from "./graphs.ts";
import { type Citizen, lineOf, Town } from "./town.ts";

const INTERVAL_MS = 13_000;

/** Flood that loses each frame with that chance, as links that break and queues that overflow do. */
function lossy(chance: number, random: Random): Strategy {
  return (neighbours, from, pass) =>
    flood(neighbours, from, (neighbour) => {
      if (random.next() >= chance) pass(neighbour);
    });
}

/** Passes nothing on, not even what it says itself. */
const nothing: Strategy = () => undefined;

/** Each of `speakers` says `count` messages, `everyMs` apart. */
function talk(town: Town, speakers: readonly Citizen[], count: number, everyMs: number): number {
  for (let number = 0; number < count; number++) {
    for (const speaker of speakers) speaker.gossip.publish(`${speaker.host.name}/${number}`);
    town.world.run(everyMs);
  }
  return speakers.length * count;
}

function counted(
  citizens: readonly Citizen[],
  name: "repaired" | "resent" | "ignored" | "exchanges",
): number {
  return citizens.reduce((sum, { gossip }) => sum + gossip.counts[name], 0);
}

/** Everybody got what all others said, once. */
function expectAll(citizens: readonly Citizen[], total: number, own: number): void {
  for (const { texts } of citizens) {
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).toHaveLength(total - own);
  }
}

describe("a message that was lost", () => {
  test.each([0.05, 0.1, 0.2, 0.5])("with a chance of %d at each hop is brought by repair", (chance) => {
    const town = new Town({ seed: 5 });
    const random = town.world.random;
    town.link(partial(12, 4), { strategy: lossy(chance, random) });
    const total = talk(town, town.citizens, 10, 500);
    town.world.run(3 * INTERVAL_MS);
    expectAll(town.citizens, total, 10);
    expect(counted(town.citizens, "ignored")).toBe(0);
  });

  test("is brought by repair alone, where nothing is flooded", () => {
    const town = new Town({ seed: 6 });
    town.link(line(5), { strategy: nothing });
    const total = talk(town, town.citizens, 5, 100);
    town.world.run(3 * INTERVAL_MS);
    expectAll(town.citizens, total, 5);
    expect(counted(town.citizens, "repaired")).toBe(5 * 20);
  });

  test("is not brought to who does without repair", () => {
    const town = lineOf(3, { strategy: nothing, repair: false });
    town.at(0).gossip.publish("lost");
    town.world.run(10 * INTERVAL_MS);
    expect(town.at(1).texts).toEqual([]);
  });
});

describe("what costs nothing", () => {
  test("when nothing was lost nothing is sent again", () => {
    const town = new Town({ seed: 7 });
    town.link(ring(8));
    const total = talk(town, town.citizens, 30, 500);
    town.world.run(5 * INTERVAL_MS);
    expectAll(town.citizens, total, 30);
    expect(counted(town.citizens, "resent")).toBe(0);
    expect(counted(town.citizens, "exchanges")).toBeGreaterThan(8 * 5);
  });
});

describe("a latecomer", () => {
  test("gets what the others have stored, in order of age, once", () => {
    const town = new Town({ seed: 8 });
    town.link(mesh(4));
    const total = talk(town, town.citizens, 50, 100);
    const late = town.add();
    for (const number of [0, 1, 2]) late.dial(town.at(number));
    town.world.run(INTERVAL_MS);
    expect(late.texts).toHaveLength(total);
    console.info(
      `a latecomer with 3 neighbours: ${total} messages missed, ${counted(town.citizens, "resent")} sent`,
    );
    expect(counted(town.citizens, "resent")).toBeLessThan(1.5 * total);
  });
});
