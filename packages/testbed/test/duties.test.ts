import type { Host } from "@p2p/sim";
import { expect, test } from "vitest";
import { type Ending, Scenario } from "../src/index.ts";

const SIZE = { seed: 1, pace: "lan", seeds: 3, peers: 6 } as const;

function rulesOf({ wrong }: Ending): readonly string[] {
  return [...new Set(wrong.map(({ rule }) => rule))].toSorted();
}

test("a network that is left alone owes nothing", () => {
  expect(rulesOf(new Scenario(SIZE).settle().end())).toEqual([]);
});

test("links beyond the cap that a scenario has in mind are wrong", () => {
  expect(rulesOf(new Scenario({ ...SIZE, cap: 2 }).settle().end())).toEqual([
    "nobody has more links than its cap",
  ]);
});

test("who can reach no other peer, but all seeds, is owed neighbours and messages, and the overlay is not one", () => {
  const scenario = new Scenario(SIZE).settle();
  const [lonely, ...others] = scenario.network.peerHosts as [Host, ...Host[]];
  scenario.strike(({ world }) => {
    for (const other of others) world.cut(lonely, other);
  });
  scenario.pass(20_000);
  expect(rulesOf(scenario.end(10_000))).toEqual([
    "everybody has m neighbours",
    "the overlay is one",
    "what was accepted is delivered",
  ]);
});

test("a seed whose disk is damaged and that does not start is one of those who should", () => {
  const scenario = new Scenario(SIZE).settle();
  const [host] = scenario.network.seedHosts as [Host, ...Host[]];
  scenario.strike((network) => {
    host.crash();
    host.platter.flipBit("votes.log", 3);
    network.bootSeed(host);
  });
  scenario.pass(1000);
  expect(rulesOf(scenario.end(10_000))).toContain("everybody starts");
});
