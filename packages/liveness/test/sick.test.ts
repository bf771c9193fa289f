import type { Host, Losses } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { LAN_TIMING, type LivenessEvents } from "../src/index.ts";
import { Mesh, type MeshOptions } from "./mesh.ts";
import { type Blame, blameIn } from "./spells.ts";

/** Fifty members with three links or more each, of which some will be sick. */
class Ward extends Mesh {
  constructor(options: MeshOptions = {}) {
    super(
      Array.from({ length: 50 }, (_, index) => `m${index}`),
      { degree: 3, ...options },
    );
    this.world.run(40_000);
  }

  /** How often something was told about those who are well, or about one member. */
  count(event: keyof LivenessEvents, of: (name: string) => boolean): number {
    return this.told.filter((one) => one.event === event && of(one.of)).length;
  }

  /** How often `host` was confirmed by anybody, at most. */
  transitions(host: Host): number {
    const times = new Map<string, number>();
    for (const { by } of this.of("confirmed", host.name)) times.set(by, (times.get(by) ?? 0) + 1);
    return Math.max(0, ...times.values());
  }

  get suspects(): number {
    return this.hosts.reduce((sum, { name }) => sum + this.node(name).liveness.suspects.length, 0);
  }
}

/** Five members that are linked with each other, long enough for every link to have been pinged. */
function five(options?: MeshOptions): Mesh {
  const mesh = new Mesh("abcde", options);
  mesh.world.run(40_000);
  return mesh;
}

describe("a node that was stopped", () => {
  test.each([undefined, LAN_TIMING])("for two minutes suspects nobody and accuses nobody", (timing) => {
    for (let seed = 1; seed <= 10; seed++) {
      const mesh = five({ seed, liveness: { timing } });
      const stalls: number[] = [];
      mesh.node("e").liveness.on("stalled", ({ awayMs }) => stalls.push(awayMs));
      mesh.host("e").freeze();
      mesh.world.run(120_000);
      mesh.host("e").thaw();
      mesh.world.run(60_000);
      expect(mesh.told.filter(({ by, event }) => by === "e" && event !== "answered")).toEqual([]);
      expect(stalls).toHaveLength(1);
      expect(stalls[0]).toBeGreaterThan(119_000);
    }
  });

  test("while a ping was under way does not take that for a miss", () => {
    let tried = 0;
    for (let offsetMs = 0; offsetMs < 1500; offsetMs += 100) {
      const lines: string[] = [];
      const mesh = new Mesh("ae", { liveness: { timing: LAN_TIMING }, trace: (line) => lines.push(line) });
      mesh.world.run(10_000);
      const dials = (): string[] => lines.splice(0).filter((line) => line.includes(" e dial "));
      dials();
      mesh.host("a").vanish();
      mesh.world.run(offsetMs);
      if (dials().length > 0) break; // it has missed one, and looks around
      mesh.host("e").freeze();
      mesh.world.run(600); // the wait for the answer is over, the next ping is not due
      mesh.host("e").thaw();
      mesh.world.run(5);
      expect(dials()).toEqual([]);
      tried++;
    }
    expect(tried).toBeGreaterThan(3);
  });

  test("while it looked for a neighbour looks again before it accuses", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const mesh = five({ seed });
      mesh.host("a").vanish();
      mesh.world.runUntil(() => mesh.who("suspected", "a").includes("e"), 60_000);
      if (mesh.who("accused", "a").includes("e")) continue; // it was its monitor, and said both at once
      mesh.host("e").freeze();
      mesh.world.run(2000);
      mesh.host("a").reappear();
      mesh.world.run(30_000);
      mesh.host("e").thaw();
      mesh.world.run(60_000);
      expect([mesh.who("accused", "a").includes("e"), mesh.who("cleared", "a").includes("e")]).toEqual([
        false,
        true,
      ]);
    }
  });

  test("after it accused a neighbour neither repeats nor confirms that before it has looked again", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const mesh = five({ seed });
      mesh.host("a").vanish();
      mesh.world.runUntil(() => mesh.who("accused", "a").includes("e"), 60_000);
      mesh.host("e").freeze();
      const told = mesh.roll.toldToSeeds.length;
      mesh.world.run(2000);
      mesh.host("a").reappear();
      mesh.world.run(60_000);
      const others = mesh.roll.toldToSeeds.length - told;
      mesh.host("e").thaw();
      mesh.world.run(60_000);
      expect(mesh.who("confirmed", "a")).not.toContain("e");
      expect(mesh.roll.toldToSeeds.length - told).toBe(others);
      expect(mesh.node("e").liveness.suspects).toEqual([]);
    }
  });

  test("sees its score rise, and fall again once its neighbours answer in time", () => {
    const mesh = five();
    const { liveness } = mesh.node("e");
    for (let spell = 0; spell < 5; spell++) {
      mesh.host("e").freeze();
      mesh.world.run(3000);
      mesh.host("e").thaw();
      mesh.world.run(10);
    }
    expect(liveness.healthScore).toBe(5);
    mesh.world.run(200_000);
    expect(liveness.healthScore).toBe(0);
    expect(mesh.news.filter((line) => line.startsWith("e "))).toEqual([]);
  });
});

describe("a neighbour that vanishes", () => {
  test("is confirmed as fast where local health is on as where it is off", () => {
    const confirmedAfter = [false, true].map((localHealth) => {
      const mesh = five({ liveness: { localHealth } });
      const { now } = mesh.world;
      mesh.host("e").vanish();
      mesh.world.run(60_000);
      return mesh.firstAfter(now, "confirmed", "e");
    });
    expect(confirmedAfter[1]).toBe(confirmedAfter[0]);
  });

  test("together with all others is accused at last by the one that is left", () => {
    const mesh = new Mesh("abc");
    mesh.world.run(40_000);
    for (const name of "bc") mesh.host(name).vanish();
    mesh.world.run(60_000);
    expect([mesh.who("accused", "b"), mesh.who("accused", "c")]).toEqual(["", ""]);
    mesh.world.run(120_000);
    expect([mesh.who("accused", "b"), mesh.who("accused", "c")]).toEqual(["ac", "ab"]);
  });
});

describe("members whose event loops are blocked again and again", () => {
  test.each([
    [8, 500, 16],
    [32, 500, 4],
    [8, 2000, 4],
    [32, 2000, 16],
    [8, 2000, 250],
    [32, 8000, 64],
  ])("%i of 100, %i ms each %i ms: blame nobody who is well", (sick, blockedMs, runningMs) => {
    const spells = { members: 100, sick, blockedMs, runningMs, lastMs: 10_000, seed: 1 };
    const [off, on] = [false, true].map((localHealth) =>
      blameIn({ ...spells, liveness: { timing: LAN_TIMING, localHealth } }),
    ) as [Blame, Blame];
    console.info(
      `${sick} of 100 blocked ${blockedMs} ms each ${runningMs} ms: ${off.suspected} suspected and ${off.accused} ` +
        `accused without local health, ${on.suspected} and ${on.accused} with it`,
    );
    expect(on).toEqual({ suspected: 0, accused: 0, confirmed: 0 });
  });
});

describe("a member that hears nothing, or is not heard, twenty seconds of forty", () => {
  test.each<[string, Losses]>([
    ["hears nothing", { in: 1 }],
    ["is not heard", { out: 1 }],
  ])("%s: accuses nobody, and is confirmed once a spell at most", (_, losses) => {
    for (let seed = 1; seed <= 4; seed++) {
      const ward = new Ward({ seed });
      const [sick] = ward.hosts.slice(20, 21) as [Host];
      const end = ward.world.alternate(
        { onMs: 20_000, offMs: 20_000 },
        () => sick.lose(losses),
        () => sick.lose({}),
      );
      ward.world.run(200_000);
      end();
      ward.world.run(120_000);
      expect(ward.count("accused", (name) => name !== sick.name)).toBe(0);
      expect(ward.transitions(sick)).toBeLessThanOrEqual(5);
      expect(ward.suspects).toBe(0);
    }
  });
});

describe("a member that loses 80 %", () => {
  test.each<[string, Losses]>([
    ["of what comes in", { in: 0.8 }],
    ["of what goes out", { out: 0.8 }],
    ["of both", { in: 0.8, out: 0.8 }],
  ])("%s has nobody else confirmed, and is cleared when it is well", (_, losses) => {
    const ward = new Ward();
    const [sick] = ward.hosts.slice(20, 21) as [Host];
    sick.lose(losses);
    ward.world.run(300_000);
    sick.lose({});
    ward.world.run(120_000);
    expect(ward.count("confirmed", (name) => name !== sick.name)).toBe(0);
    expect(ward.suspects).toBe(0);
  });
});

describe("where everybody loses as much", () => {
  test.each([
    ["10 % for an hour", 0.1, 3_600_000],
    ["50 % for half a minute", 0.5, 30_000],
  ])("%s: nobody is confirmed", (_, loss, lastMs) => {
    const ward = new Ward();
    ward.world.weather({ loss });
    ward.world.run(lastMs);
    ward.world.weather({ loss: 0 });
    ward.world.run(120_000);
    expect(ward.count("confirmed", () => true)).toBe(0);
    expect(ward.suspects).toBe(0);
  });
});

test("a network that was split for two minutes heals without anybody's help", () => {
  const ward = new Ward();
  const minority = ward.hosts.slice(0, 15);
  ward.world.partition(minority, ward.hosts.slice(15));
  ward.world.run(120_000);
  ward.world.heal();
  ward.world.run(120_000);
  expect(ward.suspects).toBe(0);
  for (const host of minority) expect(ward.node(host.name).lobby.links.size).toBeGreaterThanOrEqual(3);
});
