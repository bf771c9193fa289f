import { describe, expect, test } from "vitest";
import {
  Chronicle,
  drawPlan,
  MISHAP_NAMES,
  type Observer,
  type Progress,
  Scenario,
  Trial,
} from "../src/index.ts";
import { LINES_MAX, postMortem } from "../src/post-mortem.ts";

const plan = drawPlan(11, { seeds: 3, peers: 4, minutes: 0.5, pace: "lan" });

describe("a trial", () => {
  test("of the same plan gives the same verdict, the same trace and the same chronicle", () => {
    const [first, second] = [1, 2].map(() => {
      const [trace, chronicle]: [string[], string[]] = [[], []];
      const observers = [new Chronicle((line) => chronicle.push(line))];
      const verdict = new Trial(plan, { observers, trace: (line) => trace.push(line) }).run();
      return { verdict, trace, chronicle };
    });
    expect(first?.trace.length).toBeGreaterThan(1000);
    expect(first?.chronicle.length).toBeGreaterThan(100);
    expect(second).toEqual(first);
    expect(JSON.stringify(second?.verdict)).toBe(JSON.stringify(first?.verdict));
  });

  test("may let its peers come one after the other", () => {
    const slow = drawPlan(12, { seeds: 3, peers: 5, arrivalMs: 4000, minutes: 0.5, pace: "lan", faults: [] });
    const boots: number[] = [];
    const trial: Trial = new Trial(slow, {
      observers: [{ peerBooted: () => void boots.push(Math.round(trial.network.world.now)) }],
    });
    expect(trial.run().violations).toEqual([]);
    expect(boots).toEqual([0, 4000, 8000, 12_000, 16_000]);
  });

  test("says how far it is, where real time may be read", () => {
    const told: Progress[] = [];
    new Trial(plan, { progress: (progress) => (Date.now() > 0 ? told.push(progress) : undefined) }).run();
    expect(told.slice(0, 2)).toEqual([
      { phase: "together", atMs: 0, ofMs: 90_000 },
      { phase: "together", atMs: 50, ofMs: 90_000 },
    ]);
    expect(told.filter(({ phase }) => phase === "trouble").slice(0, 2)).toEqual([
      { phase: "trouble", atMs: 1000, ofMs: 30_000 },
      { phase: "trouble", atMs: 2000, ofMs: 30_000 },
    ]);
    expect(told.at(-1)?.phase).toBe("afterwards");
    for (const { atMs, ofMs } of told) expect(atMs).toBeLessThanOrEqual(ofMs);
  });
});

test("a stranger's rule is judged in trials and in scenarios, whose observers hear of it", () => {
  const found: string[] = [];
  const rule: Observer = {
    secondPassed({ findings, live }) {
      for (const { name } of live)
        if (name === "peer 2") findings.add("there is one peer", `${name} lives`, [name]);
    },
    found: ({ detail }) => void found.push(detail),
  };
  const size = { seeds: 1, peers: 2, pace: "lan" } as const;
  const trial = new Trial(drawPlan(1, { ...size, minutes: 0.1, faults: [] }), { observers: [rule] });
  expect(trial.run().violations).toMatchObject([
    { rule: "there is one peer", detail: "peer 2 lives", hosts: ["peer 2"] },
  ]);
  const scenario = new Scenario({ ...size, observers: [rule] }).settle();
  expect(scenario.end().wrong).toEqual([{ rule: "there is one peer", detail: "peer 2 lives" }]);
  expect(found).toEqual(["peer 2 lives", "peer 2 lives"]);
});

test("a program that throws is a violation that names its host, and a trial can end there", () => {
  const bare = drawPlan(1, { seeds: 1, peers: 2, minutes: 1, pace: "lan", faults: [] });
  const trial = new Trial(bare, { stopAt: "nothing throws" });
  trial.network.world.after(20_000, () => {
    trial.network.peerHosts[1]?.clock.after(0, () => {
      throw new Error("a bug");
    });
  });
  const { violations, figures } = trial.run();
  expect(violations).toMatchObject([{ rule: "nothing throws", hosts: ["peer 2"], atMs: 20_000 }]);
  expect(violations[0]?.detail).toContain("a bug");
  expect(figures.seconds).toBeLessThan(22);
});

test("a post-mortem tells the last of those involved, in a few lines", () => {
  const violation = { rule: "nothing is eaten", detail: "peer 1 eats", atMs: 1, hosts: ["peer 1"] };
  const { plan: shorter, trace, runs } = postMortem(plan, violation, () => violation);
  expect(shorter.strikes).toEqual([]);
  expect(runs).toBeGreaterThan(0);
  expect(trace).toHaveLength(LINES_MAX);
  expect(trace.filter((line) => !/peer 1|!!!/.test(line))).toEqual([]);
});

// A seed that lies kept two votes against a peer that had stood still, and completed them when it had a new life.
test("what is decided of a life that is over removes nobody (world 50226)", () => {
  const faults = [...MISHAP_NAMES, "change", "twins", "forger", "replayer", "pocket"] as const;
  const { violations } = new Trial(drawPlan(50_226, { seeds: 4, faulty: 1, faults })).run();
  expect(violations).toEqual([]);
});
