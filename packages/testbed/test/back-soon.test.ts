import { BACK_SOON, signBackSoon } from "@p2p/consensus";
import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";
import type { Pace } from "../src/network-options.ts";

/** A network at rest, with edges old enough to make neighbours monitors. */
function settled(seed: number, pace: Pace): Network {
  const network = new Network({ seed, pace });
  if (!network.settle()) throw new Error("the network does not settle");
  network.world.run(pace === "lan" ? 12_000 : 70_000);
  return network;
}

/** Stops a peer that says it will be back, and ends its host's program once it has. */
function pause(network: Network, host: Host, backWithinMs: number): void {
  network.peer(host).close({ backWithinMs }, () => network.world.after(0, () => host.crash()));
  network.world.run(2000);
  expect(host.isUp).toBe(false);
}

describe.each(["assignment", "lan"] as const)("at the pace %s a peer that says it will be back", (pace) => {
  test.each([10_000, 30_000, 59_000])(
    "and is, after %i ms, is not removed, accused or looked for",
    (awayMs) => {
      for (let seed = 1; seed <= 3; seed++) {
        const network = settled(seed, pace);
        const [host] = network.peerHosts as [Host];
        const trouble: string[] = [];
        for (const node of network.liveSeeds)
          node.on("caseOpened", ({ reason }) => trouble.push(`case for ${reason}`));
        for (const other of network.peerHosts)
          network.peer(other).liveness.on("accused", () => trouble.push("accused"));
        pause(network, host, 60_000);
        network.world.run(awayMs - 2000);
        network.bootPeer(host);
        expect(network.settle(20_000), `world ${seed}`).toBe(true);
        network.world.run(90_000);
        expect(trouble, `world ${seed}`).toEqual([]);
        expect(network.books.removals, `world ${seed}`).toEqual([]);
        expect(network.isSettled).toBe(true);
        expect(network.listsAreEqual).toBe(true);
      }
    },
    60_000,
  );

  test("and is not, is removed after the time that it named", () => {
    const network = settled(4, pace);
    const [host] = network.peerHosts as [Host];
    const at = network.world.now;
    pause(network, host, 30_000);
    network.world.run(27_900);
    expect(network.books.removals).toEqual([]);
    network.world.run(30_000);
    expect(network.books.removalsOf(host, at).seeds).toBe(3);
    expect(network.books.removalsOf(host, at).latestMs).toBeLessThan(45_000);
  });
});

test("without a word, who is away for half a minute is removed", () => {
  const network = settled(5, "lan");
  const [host] = network.peerHosts as [Host];
  network.peer(host).close(false, () => network.world.after(0, () => host.crash()));
  network.world.run(60_000);
  expect(network.books.removalsOf(host, 0).seeds).toBe(3);
});

test("a notice holds once: who dies in a life that was excused before is removed, however often it is replayed", () => {
  const network = settled(6, "lan");
  const [victim, thief] = network.peerHosts as [Host, Host];
  const { incarnation } = network.peer(victim).seeds;
  const { networkId } = network.configuration;
  const terms = { peer: victim.signer.id, incarnation, withinMs: 60_000 };
  const frame = BACK_SOON.encode({ backSoon: signBackSoon(terms, networkId, victim.signer) });
  const replay = (): void => {
    for (const link of network.peer(thief).lobby.seeds) link.send(frame);
  };
  replay();
  network.world.run(1000);
  victim.crash();
  const at = network.world.now;
  while (network.world.now < at + 80_000) {
    replay();
    network.world.run(2000);
  }
  expect(network.books.removalsOf(victim, at).seeds).toBe(3);
  expect(network.books.removalsOf(victim, at).latestMs).toBeGreaterThan(58_000);
});

test("a notice that somebody else signed excuses nobody, and is told", () => {
  const network = settled(7, "lan");
  const [victim, forger] = network.peerHosts as [Host, Host];
  const { incarnation } = network.peer(victim).seeds;
  const { networkId } = network.configuration;
  const terms = { peer: victim.signer.id, incarnation, withinMs: 60_000 };
  const frame = BACK_SOON.encode({ backSoon: signBackSoon(terms, networkId, forger.signer) });
  for (const link of network.peer(forger).lobby.seeds) link.send(frame);
  network.world.run(100);
  victim.crash();
  expect(network.settle(20_000)).toBe(true);
  expect(network.books.forged.map(({ what }) => what)).toContain("absence");
});

test("a seed that the notice did not reach hears of it when it opens a case", () => {
  const network = settled(8, "lan");
  const [host] = network.peerHosts as [Host];
  const deaf = network.seedHosts[0] as Host;
  const outcomes: string[] = [];
  deaf.crash();
  network.world.run(1000);
  pause(network, host, 59_000);
  const seed = network.bootSeed(deaf);
  seed.on("caseClosed", ({ outcome }) => outcomes.push(outcome));
  network.world.run(50_000);
  expect(outcomes).toEqual(["excused"]);
  network.bootPeer(host);
  expect(network.settle(20_000)).toBe(true);
  expect(network.books.removals).toEqual([]);
});

test("what is not 1 to 60 000 ms, or comes with a leave, is the caller's bug", async () => {
  const network = settled(9, "lan");
  const peer = network.peer(network.peerHosts[0] as Host);
  for (const backWithinMs of [0, 60_001, 1.5, Number.NaN])
    await expect(peer.stop({ backWithinMs })).rejects.toThrow(RangeError);
  await expect(peer.stop({ backWithinMs: 1000, leave: true })).rejects.toThrow(TypeError);
  expect(peer.seeds.isMember).toBe(true);
});
