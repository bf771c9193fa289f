import { parseAddress } from "@p2p/wire";
import {
  clockCases,
  diskCases,
  isApplicable,
  type TransportKit,
  transportCases,
} from "@p2p/wire/conformance";
import { describe, expect, test } from "vitest";
import { World } from "../src/index.ts";

/** Runs one story to its end in virtual time; the failure it ended with. */
function told(world: World, tell: (done: (failure?: Error) => void) => void): Error | undefined {
  let outcome: { failure: Error | undefined } | undefined;
  world.after(0, () =>
    tell((failure) => {
      outcome = { failure };
    }),
  );
  expect(world.runUntil(() => outcome !== undefined, 120_000)).toBe(true);
  return outcome?.failure;
}

function kit(world: World): TransportKit {
  const observer = world.host("observer");
  const hosts = [world.host("a"), world.host("b"), world.host("c")];
  const gone = world.host("gone");
  gone.vanish();
  let turn = 0;
  return {
    clock: observer.clock,
    host() {
      const host = hosts[turn++ % hosts.length] as (typeof hosts)[number];
      return { address: parseAddress(`${host.ip}:0`), transport: (limits) => host.transport(limits) };
    },
    deadAddress: observer.address,
    unreachableAddress: gone.address,
    capabilities: { backpressure: true },
  };
}

const weathers = [
  ["in fair weather", {}],
  ["with one of a hundred segments lost", { loss: 0.01 }],
  ["on a slow and uneven network", { latency: { minMs: 1, maxMs: 400 } }],
] as const;

describe.each(weathers)("the simulated transport %s", (_, weather) => {
  test.each(transportCases)("$name", (story) => {
    for (const seed of [1, 2, 3]) {
      const world = new World({ seed, ...weather });
      const stage = kit(world);
      // A pause of a second means "stuck" to these stories, and that is no time when segments are lost.
      const isTooSlow = weather !== weathers[0][1] && story.needs === "backpressure";
      if (!isApplicable(story, stage) || isTooSlow) continue;
      expect(told(world, (done) => story.run(stage, done))).toBeUndefined();
    }
  });
});

describe("the simulated clock", () => {
  test.each(clockCases)("$name", (story) => {
    const world = new World();
    const { clock } = world.host("a");
    expect(told(world, (done) => story.run(clock, done))).toBeUndefined();
  });
});

describe("the simulated disk", () => {
  test.each(diskCases)("$name", (story) => {
    const world = new World();
    const host = world.host("a");
    expect(told(world, (done) => story.run({ open: () => host.disk }, done))).toBeUndefined();
  });
});
