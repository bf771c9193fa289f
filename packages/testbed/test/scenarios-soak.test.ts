import type { Host } from "@p2p/sim";
import { pick } from "@p2p/wire";
import { expect, test, vi } from "vitest";
import { Scenario } from "../src/scenario.ts";

// A few of these worlds are large, and machines may be busy.
vi.setConfig({ testTimeout: 300_000 });

/** All that is kept somewhere and can be seen, in every peer and seed together. */
interface Sizes {
  readonly listed: number;
  readonly edges: number;
  readonly cases: number;
  readonly stored: number;
  readonly links: number;
  readonly diskKiB: number;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function sizesOf({ network }: Scenario): Sizes {
  const peers = network.live.map((host) => network.peer(host));
  const seeds = network.liveSeeds;
  return {
    listed: sum([...seeds.map(({ ledger }) => ledger.size), ...peers.map((peer) => peer.seeds.ledger.size)]),
    edges: sum(seeds.map(({ edges }) => edges.size)),
    cases: sum(seeds.map(({ cases }) => cases.size)),
    stored: sum(peers.map(({ gossip }) => gossip.stored.messages)),
    links: sum(
      [...peers, ...seeds].map(({ lobby }) => lobby.links.size + lobby.seeds.size + lobby.probes.size),
    ),
    diskKiB: sum(Array.from(network.world.hosts.values(), ({ platter }) => platter.usedBytes / 1024)),
  };
}

/** One goes, half of the times politely, and one of those that are out comes back. */
function replaceOne(scenario: Scenario): string[] {
  const { network } = scenario;
  const { random } = network.world;
  const leaver = pick(network.live, random) as Host;
  const newcomer = pick(
    network.peerHosts.filter(({ isUp }) => !isUp),
    random,
  ) as Host;
  const isPolite = random.next() < 0.5;
  scenario.strike(() => {
    network.boot(newcomer);
    if (isPolite) leaver.stop();
    else leaver.crash();
  });
  return isPolite ? [] : [leaver.name];
}

test("half an hour in which a member goes and one comes every minute leaves nothing behind that grows", () => {
  const scenario = new Scenario({ seed: 60, peers: 24, publishEveryMs: 5000 }).settle();
  const { network } = scenario;
  scenario.strike(() => {
    for (const host of network.peerHosts.slice(20)) host.stop();
  });
  scenario.pass(5000);
  const killed: string[] = [];
  const sizes: Sizes[] = [];
  for (let minute = 0; minute < 30; minute++) {
    killed.push(...replaceOne(scenario));
    scenario.pass(60_000);
    expect(network.components).toBe(1);
    sizes.push(sizesOf(scenario));
  }
  // After ten minutes stores are full; from then on each size is about what it was.
  const [before, after] = [sizes.slice(10, 20), sizes.slice(20)];
  for (const name of ["listed", "edges", "cases", "stored", "links", "diskKiB"] as const) {
    const most = (all: readonly Sizes[]): number => Math.max(...all.map((one) => one[name]));
    expect({ [name]: most(after) <= 1.25 * most(before) + 10 }).toEqual({ [name]: true });
  }
  const { wrong, removed } = scenario.end();
  expect(wrong).toEqual([]);
  expect(removed).toEqual(killed.toSorted());
});
