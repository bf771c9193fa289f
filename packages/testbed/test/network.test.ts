import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";

/** Every peer publishes `count` messages, `everyMs` apart. */
function chatter(network: Network, count: number, everyMs: number): number {
  for (let round = 0; round < count; round++) {
    for (const host of network.live) network.peer(host).gossip.publish(`${host.name} ${round}`);
    network.world.run(everyMs);
  }
  return count * network.live.length;
}

describe("three seeds and five peers", () => {
  const network = new Network();
  const settled = network.settle(20_000);

  test("become one network with equal lists", () => {
    expect(network.books.failures).toEqual([]);
    expect(settled).toBe(true);
    expect(network.listsAreEqual).toBe(true);
    expect(network.components).toBe(1);
  });

  test("bring every message to everybody, once", () => {
    network.world.run(5000);
    const published = chatter(network, 10, 5000);
    for (const host of network.live) {
      const texts = network.books.heard.get(host)?.map(({ text }) => text) ?? [];
      expect(texts).toHaveLength(published - 10);
      expect(new Set(texts).size).toBe(texts.length);
    }
  });

  test("remove nobody who lives", () => {
    network.world.run(600_000);
    expect(network.books.removals).toEqual([]);
    expect(network.isSettled).toBe(true);
  });
});

describe.each(["assignment", "lan"] as const)("at the pace %s", (pace) => {
  const limits = { assignment: { closed: 15_000, silent: 60_000 }, lan: { closed: 6000, silent: 15_000 } }[
    pace
  ];

  test("a peer whose port is closed is removed at all seeds in time, ten times of ten", () => {
    const times: number[] = [];
    for (let seed = 1; seed <= 10; seed++) {
      const network = new Network({ seed, pace });
      expect(network.settle()).toBe(true);
      network.world.run(30_000);
      const victim = network.world.random.fork("victim").next() * 5;
      const host = network.peerHosts[Math.floor(victim)] as (typeof network.peerHosts)[number];
      const at = network.world.now;
      host.crash();
      network.world.run(60_000);
      const { seeds, latestMs } = network.books.removalsOf(host, at);
      expect({ seed, seeds }).toEqual({ seed, seeds: 3 });
      times.push(latestMs);
      expect(network.books.removals).toHaveLength(3);
      expect(network.isSettled).toBe(true);
      expect(network.components).toBe(1);
    }
    console.log(
      `${pace}, closed port, seconds to removal: ${times.map((ms) => (ms / 1000).toFixed(1)).join(" ")}`,
    );
    expect(Math.max(...times)).toBeLessThanOrEqual(limits.closed);
  });

  test("a silent peer is removed at all seeds in time", () => {
    const times: number[] = [];
    for (let seed = 1; seed <= 10; seed++) {
      const network = new Network({ seed, pace });
      expect(network.settle()).toBe(true);
      network.world.run(30_000);
      const [host] = network.peerHosts;
      const at = network.world.now;
      host?.freeze();
      network.world.run(90_000);
      const { seeds, latestMs } = network.books.removalsOf(host as never, at);
      expect({ seed, seeds }).toEqual({ seed, seeds: 3 });
      times.push(latestMs);
      expect(network.books.removals).toHaveLength(3);
      expect(network.components).toBe(1);
    }
    console.log(
      `${pace}, silent, seconds to removal: ${times.map((ms) => (ms / 1000).toFixed(1)).join(" ")}`,
    );
    expect(Math.max(...times)).toBeLessThanOrEqual(limits.silent);
  });

  test.each([1000, 3000, 5000])("a peer that is back after %i ms is not removed", (awayMs) => {
    const restartMs = pace === "lan" ? awayMs / 5 : awayMs;
    for (let seed = 1; seed <= 10; seed++) {
      const network = new Network({ seed, pace });
      network.settle();
      network.world.run(30_000);
      const [host] = network.peerHosts as [(typeof network.peerHosts)[number]];
      host.crash();
      network.world.run(restartMs);
      network.bootPeer(host);
      network.world.run(90_000);
      expect({ seed, removals: network.books.removals }).toEqual({ seed, removals: [] });
      expect(network.isSettled).toBe(true);
    }
  });

  test("three of five that crash together are all removed, and the other two stay", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const network = new Network({ seed, pace });
      network.settle();
      network.world.run(30_000);
      const at = network.world.now;
      const victims = network.peerHosts.slice(0, 3);
      for (const host of victims) host.crash();
      network.world.run(150_000);
      for (const host of victims)
        expect({ seed, ...network.books.removalsOf(host, at) }).toMatchObject({ seed, seeds: 3 });
      expect(network.books.removals).toHaveLength(9);
      expect(network.isSettled).toBe(true);
      expect(network.components).toBe(1);
    }
  });
});
