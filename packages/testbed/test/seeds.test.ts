import { LAN_TIMING } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";

function settled(options: ConstructorParameters<typeof Network>[0]): Network {
  const network = new Network({ pace: "lan", ...options });
  expect(network.settle()).toBe(true);
  network.world.run(15_000);
  return network;
}

function messagesHeard(network: Network): number {
  const [speaker] = network.live as [Host];
  network.peer(speaker).gossip.publish("still here");
  network.world.run(2000);
  return network.live.filter((host) => network.books.heard.get(host)?.at(-1)?.text === "still here").length;
}

describe("with one of three seeds down", () => {
  const network = settled({ seed: 1 });
  network.seedHosts[2]?.crash();
  network.world.run(5000);

  test("newcomers become members, and the dead are removed", () => {
    network.addPeer();
    expect(network.settle()).toBe(true);
    network.peerHosts[0]?.crash();
    expect(network.settle()).toBe(true);
    expect(network.books.removals).toHaveLength(2);
    expect(messagesHeard(network)).toBe(network.live.length - 1);
  });

  test("the one that comes back learns what it missed", () => {
    network.bootSeed(network.seedHosts[2] as Host);
    network.world.run(5000);
    expect(network.liveSeeds).toHaveLength(3);
    expect(network.liveSeeds.map(({ isFresh }) => isFresh)).toEqual([true, true, true]);
    expect(network.listsAreEqual).toBe(true);
    expect(network.isSettled).toBe(true);
  });
});

describe("with two of three seeds down", () => {
  const network = settled({ seed: 2 });
  for (const host of network.seedHosts.slice(1)) host.crash();
  network.world.run(5000);
  const newcomer = network.addPeer();
  const [dead] = network.peerHosts as [Host];
  dead.crash();
  network.world.run(120_000);

  test("nobody is added and nobody removed, and gossip goes on", () => {
    expect(network.peer(newcomer).seeds.isMember).toBe(false);
    expect(network.books.removals).toEqual([]);
    expect(network.liveSeeds[0]?.ledger.size).toBe(5);
    expect(messagesHeard(network)).toBe(network.live.length - 2);
  });

  test("both happens once one of them is back, and the dead is looked for anew", () => {
    const back = network.world.now;
    network.bootSeed(network.seedHosts[1] as Host);
    // The one that was alone waits for up to three ticks: until then it does not know how old its tick is.
    expect(network.settle(5 * LAN_TIMING.tickMs)).toBe(true);
    const removedAfter = network.books.removalsOf(dead, back).latestMs;
    expect(removedAfter).toBeGreaterThan(LAN_TIMING.caseLooksMs.at(-1) as number);
    expect(network.listsAreEqual).toBe(true);
  });
});

describe("networks of odd sizes", () => {
  test.each([
    [1, 1],
    [1, 3],
    [2, 2],
    [3, 1],
    [3, 2],
    [5, 3],
    [4, 9],
  ])("%i seeds and %i peers settle, talk, and remove who dies", (seeds, peers) => {
    const network = settled({ seeds, peers, faulty: seeds === 4 ? 1 : 0 });
    expect(network.components).toBe(1);
    expect(messagesHeard(network)).toBe(peers - 1);
    network.peerHosts.at(-1)?.crash();
    // Seeds that see nobody take longer to believe that somebody is dead.
    network.world.run(peers === 1 ? LAN_TIMING.blindFewMs + 120_000 : 120_000);
    expect(network.isSettled).toBe(true);
    expect(network.books.removals).toHaveLength(seeds);
  });

  test("peers that come one by one fill each other's places", () => {
    const network = settled({ peers: 0 });
    for (let count = 0; count < 8; count++) {
      network.addPeer();
      network.world.run(1000);
    }
    network.world.run(10_000);
    for (const host of network.live) expect(network.peer(host).overlay.owned).toBeGreaterThanOrEqual(1);
    for (const host of network.live) expect(network.peer(host).overlay.degree).toBeGreaterThanOrEqual(3);
    expect(network.components).toBe(1);
  });
});

test("members left over from a former run of everything are found dead by the seeds themselves", () => {
  const network = settled({ peers: 4, seed: 3 });
  for (const host of [...network.peerHosts, ...network.seedHosts]) host.crash();
  network.world.run(60_000);
  for (const host of network.seedHosts) network.bootSeed(host);
  network.world.run(1000);
  expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([4, 4, 4]);
  network.world.run(LAN_TIMING.blindMs);
  expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([4, 4, 4]);
  network.world.run(120_000);
  expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([0, 0, 0]);
});

test("a peer that is no member yet does not pretend to publish", () => {
  const network = new Network({ pace: "lan", peers: 1 });
  const [host] = network.peerHosts as [Host];
  expect(() => network.peer(host).gossip.publish("too soon")).toThrow(
    expect.objectContaining({ code: "NOT_MEMBER" }),
  );
  expect(network.settle()).toBe(true);
  expect(network.peer(host).gossip.publish("in time")).toMatchObject({ sequence: 1, held: true });
});

test("two peers on one machine that speak in the same second are both heard", () => {
  const network = settled({ peers: 3 });
  const [one, other, listener] = network.live as [Host, Host, Host];
  for (let count = 0; count < 5; count++) {
    network.peer(one).gossip.publish("one");
    network.peer(other).gossip.publish("other");
  }
  network.world.run(1000);
  const texts = network.books.heard
    .get(listener)
    ?.map(({ text }) => text)
    .toSorted();
  expect(texts).toEqual([
    ...Array.from({ length: 5 }, () => "one"),
    ...Array.from({ length: 5 }, () => "other"),
  ]);
});

test("who leaves is gone at once, everywhere, and nobody suspects it", () => {
  const network = settled({ peers: 6 });
  const suspected: string[] = [];
  for (const host of network.live)
    network.peer(host).liveness.on("suspected", ({ peer }) => suspected.push(peer));
  const [leaver] = network.peerHosts as [Host];
  const at = network.world.now;
  leaver.stop();
  expect(network.world.runUntil(() => network.books.removals.length === 3, 5000)).toBe(true);
  expect(network.world.now - at).toBeLessThan(1000);
  network.world.run(60_000);
  expect(suspected).toEqual([]);
  expect(network.isSettled).toBe(true);
});

test("who is told to stop twice still waits for the seeds' receipts; told not to leave, it goes at once", () => {
  const network = settled({ peers: 6 });
  let proposals = 0;
  for (const seed of network.liveSeeds) seed.on("proposedRemove", () => proposals++);
  const [patient, hasty] = network.live.map((host) => network.peer(host));
  const heard: number[] = [];
  for (let count = 0; count < 3; count++) patient?.close(true, () => heard.push(proposals));
  network.world.run(3000);
  expect(heard).toHaveLength(3);
  expect(heard[0]).toBeGreaterThanOrEqual(2);
  patient?.close(true, () => heard.push(proposals));
  network.world.run(100);
  expect(heard).toHaveLength(4);

  const left: number[] = [];
  const at = network.world.now;
  hasty?.close(true, () => left.push(network.world.now - at));
  hasty?.close(false, () => left.push(network.world.now - at));
  network.world.run(3000);
  expect(left).toHaveLength(2);
  expect(Math.max(...left)).toBeLessThan(10);
});

test("who was frozen for two minutes is removed once, accuses nobody, and comes back by itself", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const network = settled({ seed, peers: 6 });
    const [sleeper, ...others] = network.peerHosts as [Host, ...Host[]];
    sleeper.freeze();
    network.world.run(120_000);
    expect(network.books.removals).toHaveLength(3);
    sleeper.thaw();
    expect(network.settle()).toBe(true);
    network.world.run(30_000);
    expect(network.books.removals).toHaveLength(3);
    expect(others.every((host) => network.peer(host).seeds.isMember)).toBe(true);
    expect(network.components).toBe(1);
  }
});

function history(): string {
  const lines: string[] = [];
  const network = new Network({ seed: 7, pace: "lan", trace: (line) => lines.push(line) });
  network.settle();
  network.peerHosts[1]?.crash();
  network.world.run(10_000);
  return lines.join("\n");
}

test("one world seed, one history: two runs give the same trace, byte by byte", () => {
  const first = history();
  expect(first.length).toBeGreaterThan(10_000);
  expect(history()).toBe(first);
});
