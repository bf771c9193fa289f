import { expect, test } from "vitest";
import { Network } from "../src/network.ts";

test("eighty peers become one network, and hear each other for a minute", () => {
  const begun = process.hrtime.bigint();
  const network = new Network({ peers: 80 });
  expect(network.settle()).toBe(true);
  const settledAt = network.world.now;
  expect(network.books.failures).toEqual([]);
  expect(network.components).toBe(1);
  for (let round = 0; round < 10; round++) {
    for (const host of network.live) network.peer(host).gossip.publish(`${host.name} ${round}`);
    network.world.run(6000);
  }
  for (const host of network.live) expect(network.books.heard.get(host)).toHaveLength(790);
  expect(network.books.removals).toEqual([]);
  expect(network.listsAreEqual).toBe(true);
  for (const host of network.live) expect(network.peer(host).overlay.owned).toBe(3);
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  console.log(
    `80 peers: one network after ${(settledAt / 1000).toFixed(1)} virtual s, and a minute of it, in ${seconds.toFixed(1)} s`,
  );
});
