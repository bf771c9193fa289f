import { describe, expect, test } from "vitest";
import { drawPlan, type FaultName, MISHAP_NAMES, type Plan, planOf, type Scope } from "../src/index.ts";

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);

describe("a plan", () => {
  test("follows from its number and what was asked", () => {
    for (const seed of SEEDS) expect(drawPlan(seed)).toEqual(drawPlan(seed));
    expect(drawPlan(1).strikes).not.toEqual(drawPlan(2).strikes);
  });

  test("comes back from JSON as it was", () => {
    for (const seed of SEEDS) {
      const plan = drawPlan(seed);
      expect(planOf(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    }
  });

  test("has the sizes that were asked for, and the faults", () => {
    const scope = {
      seeds: 7,
      faulty: 2,
      peers: 3,
      minutes: 9,
      pace: "lan",
      faults: ["crash", "loss"],
    } as const;
    const { strikes, ...frame } = drawPlan(3, scope);
    expect(frame).toMatchObject({ seed: 3, seeds: 7, faulty: 2, peers: 3, minutes: 9, pace: "lan" });
    expect(new Set(strikes.map(({ fault }) => fault))).toEqual(new Set(["crash", "loss"]));
    expect(drawPlan(3, { faults: [] }).strikes).toEqual([]);
  });

  test("has every kind of fault, in some world", () => {
    const drawn = new Set(SEEDS.flatMap((seed) => drawPlan(seed).strikes.map(({ fault }) => fault)));
    expect([...drawn].toSorted()).toEqual([...MISHAP_NAMES].toSorted());
  });

  test("replaces seeds when that is asked for, and hits those that came as well", () => {
    const faults = ["change", "seedCrash"] as const;
    const plans = SEEDS.map((seed) => drawPlan(seed, { seeds: 4, faulty: 1, faults }));
    for (const plan of plans) expect(planOf(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    const hit = plans.flatMap(({ strikes }) => strikes.flatMap(({ hosts }) => hosts));
    expect(hit).toContain("seed 5");
    const replaced = plans.map(({ strikes }) => strikes.filter(({ fault }) => fault === "change"));
    for (const changes of replaced) {
      const names = changes.flatMap(({ hosts }) => hosts);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test("hits nobody who is struck already or dead for good, and makes one weather at a time (world 44)", () => {
    for (const seed of SEEDS) {
      const busyUntil = new Map<string, number>();
      for (const { atMs, fault, hosts, forMs } of drawPlan(seed).strikes) {
        if (fault === "split") continue; // it takes its side from all, whoever they are
        for (const name of hosts.length === 0 ? [fault] : hosts) {
          expect([seed, atMs, name, (busyUntil.get(name) ?? 0) <= atMs]).toEqual([seed, atMs, name, true]);
          busyUntil.set(name, fault === "kill" ? Number.POSITIVE_INFINITY : atMs + forMs);
        }
      }
    }
  });

  test.each<[what: string, scope: Scope, sentence: RegExp]>([
    ["no seed", { seeds: 0 }, /seeds are a whole number from 1 to 64, not 0/],
    ["half a seed", { seeds: 2.5 }, /seeds are a whole number/],
    ["too many seeds", { seeds: 65 }, /not 65/],
    ["no peer", { peers: 0 }, /peers are a whole number from 1/],
    ["an arrival before the one before", { arrivalMs: -1 }, /arrival is 0 to/],
    ["no time", { minutes: 0 }, /minutes are more than 0/],
    ["no number", { minutes: Number.NaN }, /minutes are more than 0/],
    ["more liars than 3f + 1 allows", { seeds: 3, faulty: 1 }, /needs 3f \+ 1 = 4 seeds, there are 3/],
    ["more liars than any seeds allow", { faulty: 30 }, /needs 3f \+ 1 = 91 seeds, there are at most 64/],
    ["less than no liar", { faulty: -1 }, /f is a whole number/],
    [
      "a fault that is none",
      { faults: ["flood" as FaultName] },
      /there is no fault "flood"; there are crash,/,
    ],
    ["a fault of every object", { faults: ["toString" as FaultName] }, /there is no fault "toString"/],
  ])("cannot be drawn for %s", (_, scope, sentence) => {
    expect(() => drawPlan(1, scope)).toThrow(RangeError);
    expect(() => drawPlan(1, scope)).toThrow(sentence);
  });
});

describe("a plan from a file", () => {
  const plan: Plan = {
    seed: 1,
    seeds: 3,
    faulty: 0,
    peers: 2,
    pace: "lan",
    arrivalMs: 0,
    minutes: 1,
    loss: 0,
    strikes: [{ atMs: 10, fault: "crash", hosts: ["peer 1"], forMs: 5 }],
  };
  const struck = (...strikes: readonly object[]): object => ({ ...plan, strikes });
  const [strike] = plan.strikes;

  test.each<[what: string, value: unknown, sentence: RegExp]>([
    ["nothing", null, /a plan is an object, not null/],
    ["a list", [], /a plan is an object, not \[\]/],
    ["no number", { ...plan, seed: undefined }, /^seed is missing$/],
    ["a number as text", { ...plan, seed: "1" }, /^seed is a number from 0, not "1"/],
    ["half a seed", { ...plan, seeds: 1.5 }, /^seeds is a whole number from 0, not 1.5/],
    ["no seeds", { ...plan, seeds: 0 }, /^seeds are a whole number from 1/],
    ["too many liars", { ...plan, faulty: 1 }, /needs 3f \+ 1/],
    ["no peers", { ...plan, peers: 0 }, /^peers are/],
    ["another pace", { ...plan, pace: "fast" }, /^pace is "lan" or "assignment", not "fast"/],
    ["no arrival", { ...plan, arrivalMs: "soon" }, /^arrivalMs is a number from 0, not "soon"/],
    ["no time", { ...plan, minutes: 0 }, /^minutes are/],
    ["more loss than there is", { ...plan, loss: 1.1 }, /^loss is a chance from 0 to 1, not 1.1/],
    ["no strikes", { ...plan, strikes: undefined }, /^strikes is missing$/],
    ["no list of strikes", { ...plan, strikes: {} }, /^strikes is a list/],
    ["no pace", { ...plan, pace: undefined }, /^pace is missing$/],
    ["a strike without a fault", struck({ ...strike, fault: undefined }), /^strikes\[0\]: fault is missing$/],
    ["a strike without hosts", struck({ ...strike, hosts: undefined }), /^strikes\[0\]: hosts is missing$/],
    ["a strike that is none", struck(5 as never), /^strikes\[0\]: a strike is an object, not 5/],
    ["an unknown fault", struck({ ...strike, fault: "x" }), /^strikes\[0\]: there is no fault "x"/],
    ["no hosts", struck({ ...strike, hosts: "peer 1" }), /^strikes\[0\]: hosts is a list of names/],
    ["a stranger", struck({ ...strike, hosts: ["peer 3"] }), /^strikes\[0\]: there is no host "peer 3"/],
    ["one end of a cut", struck({ ...strike, fault: "cut" }), /^strikes\[0\]: cut has two hosts, not 1/],
    ["no time to strike", struck({ ...strike, atMs: -1 }), /^strikes\[0\]: atMs is a number from 0/],
    ["no duration", struck({ ...strike, forMs: null }), /^strikes\[0\]: forMs is a number from 0, not null/],
    ["a jump by a word", struck({ ...strike, byMs: "far" }), /^strikes\[0\]: byMs is a whole number/],
    ["disorder", struck({ ...strike }, { ...strike, atMs: 9 }), /^strikes\[1\] comes before/],
  ])("is none with %s", (_, value, sentence) => {
    expect(() => planOf(value)).toThrow(RangeError);
    expect(() => planOf(value)).toThrow(sentence);
  });

  test("without a word about arrivals, as older files are, lets all start at once", () => {
    const { arrivalMs, ...older } = plan;
    expect(planOf(older)).toEqual({ ...plan, arrivalMs });
  });

  test("may hit who joined before", () => {
    const join = { atMs: 1, fault: "join", hosts: [], forMs: 0 };
    expect(planOf(struck(join, { ...strike, hosts: ["peer 3"] })).strikes).toHaveLength(2);
  });
});
