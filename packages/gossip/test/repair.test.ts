import { describe, expect, test } from "vitest";
import { REPAIR, type Validator } from "../src/index.ts";
import { line, mesh, partial, ring } from "./graphs.ts";
import { type Citizen, frameBy, lineOf, slip, Town } from "./town.ts";
import { amiss, counted, INTERVAL_MS, keepLinked, lossy, nothing, talk } from "./trouble.ts";

describe("a message that was lost", () => {
  test.each([0.05, 0.1, 0.2, 0.5])("with a chance of %d at each hop is brought by repair", (chance) => {
    const town = new Town({ seed: 5 });
    const random = town.world.random;
    town.link(partial(12, 4), { strategy: lossy(chance, random) });
    const total = talk(town, town.citizens, 10, 500);
    town.world.run(3 * INTERVAL_MS);
    expect(amiss(town.citizens, total, 10)).toEqual([]);
    expect(counted(town.citizens, "ignored")).toBe(0);
  });

  test("is brought within three intervals where a fifth of the nodes passes nothing on", () => {
    const town = new Town({ seed: 9 });
    for (let number = 0; number < 20; number++) town.add(number % 5 === 4 ? { strategy: nothing } : {});
    town.link(partial(20, 8));
    const total = talk(town, town.citizens, 3, 1000);
    town.world.run(3 * INTERVAL_MS);
    expect(amiss(town.citizens, total, 3)).toEqual([]);
  });

  test("is brought where a fifth of the nodes passes nothing on and answers no digest", () => {
    const town = new Town({ seed: 10 });
    for (let number = 0; number < 20; number++)
      town.add(number % 5 === 4 ? { strategy: nothing, repair: false } : {});
    town.link(partial(20, 4));
    const honest = town.citizens.filter((_, number) => number % 5 !== 4);
    const total = talk(town, honest, 3, 1000);
    town.world.run(3 * INTERVAL_MS);
    expect(amiss(honest, total, 3)).toEqual([]);
  });

  test("is brought by repair alone, where nothing is flooded", () => {
    const town = new Town({ seed: 6 });
    town.link(line(5), { strategy: nothing });
    const total = talk(town, town.citizens, 5, 100);
    town.world.run(3 * INTERVAL_MS);
    expect(amiss(town.citizens, total, 5)).toEqual([]);
    expect(counted(town.citizens, "repaired")).toBe(5 * 20);
  });

  test("is not brought to who does without repair", () => {
    const town = lineOf(3, { strategy: nothing, repair: false });
    town.at(0).gossip.publish("lost");
    town.world.run(10 * INTERVAL_MS);
    expect(town.at(1).texts).toEqual([]);
  });
});

test.each([
  ["its own message comes after that", "later"],
  ["the validator is still at it when its own message comes", "judged"],
])("who calls news old keeps it from nobody: %s", (_, when) => {
  const town = new Town({ seed: 12 });
  const verdicts: (() => void)[] = [];
  const validate: Validator = (_, decide) => {
    verdicts.push(() => decide("accept"));
    return undefined;
  };
  for (let number = 0; number < 4; number++)
    town.add(number === 1 && when === "judged" ? { validate } : { repair: number === 1 });
  town.link([
    [0, 1],
    [1, 2],
    [3, 1],
  ]);
  const [speaker, victim, behind, liar] = town.citizens as [Citizen, Citizen, Citizen, Citizen];
  slip(liar, victim, REPAIR.encode({ ageMs: 600_000 }), frameBy(speaker));
  town.world.run(1000);
  expect(behind.texts).toEqual([]);
  slip(speaker, victim, frameBy(speaker));
  town.world.run(1000);
  for (const give of verdicts) give();
  town.world.run(1000);
  expect(victim.texts).toEqual(["hello"]);
  expect(behind.texts).toEqual(["hello"]);
});

describe("a network that falls apart and comes together", () => {
  test("tells each half what the other half said", () => {
    const town = new Town({ seed: 11 });
    const edges = partial(12, 5);
    town.link(edges);
    keepLinked(town, edges);
    const hosts = town.citizens.map(({ host }) => host);
    town.world.partition(hosts.slice(0, 6), hosts.slice(6));
    const total = talk(town, town.citizens, 10, 5000);
    town.world.heal();
    town.world.run(3 * INTERVAL_MS);
    expect(amiss(town.citizens, total, 10)).toEqual([]);
  });

  test("loses nothing to links that break again and again with frames in flight", () => {
    const town = new Town({ seed: 12, latency: { minMs: 200, maxMs: 800 } });
    const edges = ring(6);
    town.link(edges);
    keepLinked(town, edges);
    let total = 0;
    for (let round = 0; round < 30; round++) {
      total += talk(town, town.citizens, 1, 300);
      for (const { lobby } of town.citizens)
        if (town.world.random.next() < 0.3)
          for (const link of lobby.links) link.close({ kind: "broken", detail: "flap" });
      town.world.run(300);
    }
    town.world.run(4 * INTERVAL_MS);
    expect(amiss(town.citizens, total, 30)).toEqual([]);
    expect(counted(town.citizens, "repaired")).toBeGreaterThan(0);
  });
});

describe("what costs nothing", () => {
  test("when nothing was lost nothing is sent again", () => {
    const town = new Town({ seed: 7 });
    town.link(ring(8));
    const total = talk(town, town.citizens, 30, 500);
    town.world.run(5 * INTERVAL_MS);
    expect(amiss(town.citizens, total, 30)).toEqual([]);
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

  test("who hands it on to another latecomer does not make it live longer", () => {
    const town = new Town({ seed: 13 });
    town.link([[0, 1]]);
    const total = talk(town, [town.at(0)], 5, 100);
    town.world.run(400_000);
    const [second, third, fourth] = [town.add(), town.add(), town.add()];
    second.dial(town.at(1));
    town.world.run(100_000);
    third.dial(second);
    town.world.run(150_000);
    fourth.dial(third);
    town.world.run(3 * INTERVAL_MS);
    expect([second, third, fourth].map(({ texts }) => texts.length)).toEqual([total, total, 0]);
  });
});
