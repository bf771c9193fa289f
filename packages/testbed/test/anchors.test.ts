import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";

/** A peer of fifteen that crashes, and comes back when nobody waits for it any more; and what it then does first. */
function restarted(seed: number, meanwhile: (host: Host) => void = () => undefined) {
  const network = new Network({ seed, pace: "lan", peers: 15, signatures: "hash" });
  expect(network.settle()).toBe(true);
  network.world.run(10_000);
  const host = network.peerHosts[7] as Host;
  const before = network.peer(host).overlay.anchors();
  expect(before).toHaveLength(2);
  host.crash();
  meanwhile(host);
  // Sooner, its neighbours would have redialled it.
  network.world.run(20_000);
  const firstDrawn: PeerId[] = [];
  const { overlay } = network.bootPeer(host);
  overlay.on("sought", ({ drawn }) => firstDrawn.push(...drawn));
  network.world.run(10_000);
  expect(network.peer(host).seeds.isMember).toBe(true);
  return { network, host, before, firstDrawn };
}

describe("a peer that restarts", () => {
  test.each([1, 2, 3])(
    "goes back to two neighbours of its last run first, and remembers them on (seed %i)",
    (seed) => {
      const { network, host, before, firstDrawn } = restarted(seed);
      expect(firstDrawn.slice(0, 2).toSorted()).toEqual(before.toSorted());
      expect(network.peer(host).overlay.anchors().toSorted()).toEqual(before.toSorted());
      expect(network.peer(host).overlay.owned).toBe(3);
    },
  );

  test.each([
    ["is gone", (host: Host) => host.platter.replace("anchors", new Uint8Array(0))],
    ["is torn", (host: Host) => host.platter.tear("anchors", 70)],
    ["has another length", (host: Host) => host.platter.replace("anchors", new Uint8Array(5000).fill(48))],
  ])("does not mind when the file %s", (_, damage) => {
    const { network, host } = restarted(4, damage);
    expect(network.peer(host).overlay.owned).toBe(3);
    expect(network.books.failures).toEqual([]);
  });
});
