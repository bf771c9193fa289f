import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";

/** Two islands of twenty that registered with the same seeds while no peer of one reached the other; then it can. */
function islands(seed: number, chartMs?: number): Network {
  const network = new Network({
    seed,
    pace: "lan",
    peers: 0,
    signatures: "hash",
    ...(chartMs === undefined ? {} : { seedTiming: { chartMs } }),
  });
  const { world } = network;
  const here = settle(network, 20);
  const there: Host[] = Array.from({ length: 20 }, () => network.addPeer());
  world.partition(here, there);
  world.run(20_000);
  return network;
}

function settle(network: Network, count: number): Host[] {
  const hosts = Array.from({ length: count }, () => network.addPeer());
  expect(network.settle()).toBe(true);
  return hosts;
}

describe("two islands in one list", () => {
  test("stay two when nobody sees them from above: the check can fail", () => {
    const network = islands(1, 3_600_000);
    network.world.heal();
    network.world.run(120_000);
    expect(network.components).toBe(2);
  });

  test.each([1, 2])("become one within seconds, by the seeds' hints (seed %i)", (seed) => {
    const network = islands(seed);
    expect(network.components).toBe(2);
    network.world.heal();
    expect(network.world.runUntil(() => network.components === 1, 30_000)).toBe(true);
    network.world.run(120_000);
    expect(network.components).toBe(1);
    for (const host of network.live) {
      const { overlay, lobby } = network.peer(host);
      expect(overlay.owned).toBe(3);
      expect(lobby.links.size).toBeGreaterThanOrEqual(3);
    }
    expect(network.books.removals).toEqual([]);
    // Degrees are told, too, and move the draw a little.
    for (const host of network.live) expect(network.peer(host).overlay.attachment.power).not.toBe(1.3);
  });

  test("are bridged by two seeds when the third is down", () => {
    const network = islands(4);
    network.seedHosts[0]?.crash();
    network.world.heal();
    expect(network.world.runUntil(() => network.components === 1, 60_000)).toBe(true);
  });
});
