import { shortId } from "@p2p/identity";
import { distanceToBarabasiAlbert, fitPowerLaw } from "@p2p/overlay/analysis";
import { ASSIGNMENT, LAN, type Profile } from "@p2p/peer";
import { ASSIGNMENT_TIMING, LAN_TIMING } from "@p2p/seed";
import type { Host, Weather, World } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { describe, expect, test, vi } from "vitest";
import type { Network } from "../src/network.ts";
import type { Pace } from "../src/network-options.ts";
import { type Ending, namesOf, Scenario } from "../src/scenario.ts";

// A few of these worlds are large, and machines may be busy.
vi.setConfig({ testTimeout: 300_000 });

/** Enough for degrees to have a shape. A thousand, and figures: bench/rapid.ts. */
const LARGE = 100;

const PING_MS = ASSIGNMENT.liveness.pingIntervalMs;

/** How long it may take until somebody who fell silent is removed: to be missed, accused, looked for and voted out. */
function removalMs(pace: Pace): number {
  const [profile, timing] = pace === "lan" ? [LAN, LAN_TIMING] : [ASSIGNMENT, ASSIGNMENT_TIMING];
  const { pingIntervalMs, pingTimeoutMaxMs, inquiryMs, monitorCheckMs } = (profile satisfies Profile)
    .liveness;
  const seenMs = 2.2 * pingIntervalMs + pingTimeoutMaxMs + inquiryMs + monitorCheckMs;
  return seenMs + timing.caseAgeMs + timing.probeMs + timing.witnessMs;
}

/** Whether no seed and no peer lists any of these. */
function isGoneEverywhere(network: Network, hosts: readonly Host[]): boolean {
  const ids = hosts.map(({ signer }) => signer.id);
  return (
    ids.every((id) => network.liveSeeds.every(({ ledger }) => !ledger.isMember(id))) &&
    ids.every((id) => network.live.every((host) => !network.peer(host).seeds.ledger.isMember(id)))
  );
}

/** The share of (message, live peer) pairs that were delivered, of messages said since `sinceMs` and before `untilMs`. */
function deliveredShare({ gossip, network }: Scenario, sinceMs: number, untilMs: number): number {
  let [owed, done] = [0, 0];
  for (const { origin, atMs, heardBy } of gossip.messages.values()) {
    if (atMs < sinceMs || atMs >= untilMs) continue;
    for (const host of network.live) {
      if (host === origin) continue;
      owed++;
      if (heardBy.has(network.peer(host))) done++;
    }
  }
  return done / owed;
}

function byDegree({ network }: Scenario): Host[] {
  const degreeOf = (host: Host): number => network.peer(host).overlay.degree;
  return [...network.live].toSorted((one, other) => degreeOf(other) - degreeOf(one));
}

function neighboursOf({ network }: Scenario, host: Host): Host[] {
  const ids = new Set(Array.from(network.peer(host).lobby.links, ({ id }) => id));
  return network.peerHosts.filter(({ signer }) => ids.has(signer.id));
}

/** How evenly links are spread. */
function shapeOf(degrees: readonly number[]): {
  readonly min: number;
  readonly hasSuperHub: boolean;
  readonly figures: string;
} {
  const [min, max] = [Math.min(...degrees), Math.max(...degrees)];
  const fit = fitPowerLaw(degrees);
  const distance = distanceToBarabasiAlbert(degrees, 3);
  const figures = `${degrees.length} peers: degrees ${min} to ${max}, exponent ${fit?.alpha.toFixed(2)} from ${fit?.xMin} on, distance to Barabási–Albert ${distance.toFixed(3)}`;
  return { min, hasSuperHub: max > degrees.length / 3, figures };
}

/** What any peer says of others' deaths, and seeds of cases, from now on. */
function suspicions({ network }: Scenario, hosts: readonly Host[] = network.live): string[] {
  const told: string[] = [];
  for (const host of hosts) {
    network
      .peer(host)
      .liveness.on("accused", ({ accusation: { victim } }) =>
        told.push(`${host.name} accused ${shortId(victim)}`),
      );
  }
  return told;
}

function casesOf({ network }: Scenario): string[] {
  const told: string[] = [];
  for (const seed of network.liveSeeds)
    seed.on("caseOpened", ({ peer, reason }) => told.push(`${reason}: ${shortId(peer)}`));
  return told;
}

describe.each(["assignment", "lan"] as const)("at the pace %s", (pace) => {
  test("a peer that is killed is gone from every list within seconds, as its port refuses", () => {
    const scenario = new Scenario({ seed: 1, pace }).settle();
    const [victim] = scenario.network.peerHosts as [Host];
    scenario.strike(() => victim.crash());
    const tookMs = scenario.until((network) => isGoneEverywhere(network, [victim]), 60_000);
    expect(tookMs).toBeLessThanOrEqual(pace === "lan" ? 6000 : 15_000);
    expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
  });

  test("a peer that falls silent is gone from every list in the time that detection takes", () => {
    const scenario = new Scenario({ seed: 2, pace }).settle();
    const [victim] = scenario.network.peerHosts as [Host];
    scenario.strike(() => victim.freeze());
    const tookMs = scenario.until((network) => isGoneEverywhere(network, [victim]), 120_000);
    expect(tookMs).toBeLessThanOrEqual(removalMs(pace));
    expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
  });

  test("who restarts at its address while it is suspected is in the list in its new life, and never out of it", () => {
    const scenario = new Scenario({ seed: 8, pace }).settle();
    const [host] = scenario.network.peerHosts as [Host];
    const { incarnation } = scenario.network.peer(host).seeds;
    const suspected = new Set<string>();
    for (const other of scenario.network.live)
      scenario.network.peer(other).liveness.on("suspected", ({ peer }) => suspected.add(peer));
    scenario.strike(() => host.crash());
    scenario.pass(pace === "lan" ? 1000 : 4500);
    expect([...suspected]).toContain(host.signer.id);
    scenario.strike((network) => network.boot(host));
    const isBack = ({ liveSeeds }: Network): boolean =>
      liveSeeds.every(({ ledger }) => (ledger.standing(host.signer.id)?.incarnation ?? 0) > incarnation);
    expect(scenario.until(isBack, 5000)).toBeLessThan(5000);
    scenario.pass(120_000);
    expect(scenario.network.books.removals).toEqual([]);
    expect(scenario.end()).toEqual({ wrong: [], removed: [] });
  });

  test("who is stopped for a moment is not removed; stopped for two minutes it is, once, accuses nobody, and comes back", () => {
    const scenario = new Scenario({ seed: 12, pace }).settle();
    const [napper, sleeper] = scenario.network.peerHosts as [Host, Host];
    const accused = suspicions(scenario, [napper, sleeper]);
    scenario.strike(() => {
      napper.freeze();
      sleeper.freeze();
    });
    scenario.pass(pace === "lan" ? 2500 : 10_000);
    scenario.strike(() => napper.thaw());
    scenario.pass(120_000);
    expect(scenario.deaths).toHaveLength(1);
    scenario.strike(() => sleeper.thaw());
    expect(scenario.until((network) => network.isSettled, 20_000)).toBeLessThan(20_000);
    scenario.pass(60_000);
    expect(accused).toEqual([]);
    expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([sleeper]) });
  });
});

test("ten of many that crash at once are all gone, and nobody else, and no list ever takes one back", () => {
  const scenario = new Scenario({ seed: 3, pace: "lan", peers: LARGE }).settle();
  const victims = scenario.network.peerHosts.slice(50, 60);
  const sizes = new Set<number>();
  for (const seed of scenario.network.liveSeeds) seed.on("removed", () => sizes.add(seed.ledger.size));
  scenario.strike(() => {
    for (const host of victims) host.crash();
  });
  expect(scenario.until((network) => isGoneEverywhere(network, victims), 30_000)).toBeLessThan(15_000);
  expect([...sizes]).toEqual([...sizes].toSorted((one, other) => other - one));
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf(victims) });
});

test("when three in ten crash all of them are removed, the overlay is one again, and survivors hear everything", () => {
  const scenario = new Scenario({ seed: 4 }).settle();
  const victims = scenario.network.peerHosts.filter((_, index) => index % 10 < 3);
  scenario.strike(() => {
    for (const host of victims) host.crash();
  });
  expect(scenario.until((network) => isGoneEverywhere(network, victims), 120_000)).toBeLessThan(90_000);
  const at = scenario.now;
  scenario.pass(60_000);
  const share = deliveredShare(scenario, at, scenario.now - PING_MS);
  expect(share).toBe(1);
  expect(scenario.network.components).toBe(1);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf(victims) });
});

test("when the biggest hub crashes, at least 99.9 % of what is said then is heard within two pings", () => {
  const scenario = new Scenario({ seed: 5, publishEveryMs: 500 }).settle();
  const [hub] = byDegree(scenario) as [Host];
  const at = scenario.now;
  scenario.strike(() => hub.crash());
  scenario.pass(2 * PING_MS);
  const until = scenario.now;
  scenario.pass(2 * PING_MS);
  expect(deliveredShare(scenario, at, until)).toBeGreaterThanOrEqual(0.999);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([hub]) });
});

test("a leaf that crashes together with all of its neighbours is removed with them, though nobody saw it die", () => {
  const scenario = new Scenario({ seed: 6 }).settle();
  const leaf = byDegree(scenario).at(-1) as Host;
  const victims = [leaf, ...neighboursOf(scenario, leaf)];
  scenario.strike(() => {
    for (const host of victims) host.crash();
  });
  // Nobody accuses it: the seeds miss its polls.
  const tookMs = scenario.until((network) => isGoneEverywhere(network, victims), 600_000);
  expect(tookMs).toBeLessThan(300_000);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf(victims) });
});

test("who leaves is gone at once; nobody suspects it, and no seed votes on a death", () => {
  const scenario = new Scenario({ seed: 7 }).settle();
  const { network } = scenario;
  const [leaver] = network.peerHosts as [Host];
  const [accused, cases] = [suspicions(scenario), casesOf(scenario)];
  const suspected: string[] = [];
  for (const host of network.live)
    network.peer(host).liveness.on("suspected", ({ peer }) => suspected.push(peer));
  scenario.strike(() => leaver.stop());
  expect(scenario.until(() => isGoneEverywhere(network, [leaver]), 5000)).toBeLessThanOrEqual(2000);
  scenario.pass(120_000);
  expect([...accused, ...cases, ...suspected]).toEqual([]);
  expect(network.books.removals.map(({ reason }) => reason)).toEqual(Array(5).fill("left"));
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

test("who crashes when fewer than a quorum have voted for it is never a member, and may come back", () => {
  const scenario = new Scenario({ seed: 9, peers: 20 }).settle();
  const full = scenario.network.seedHosts.slice(0, 3);
  const voters = new Set<string>();
  for (const host of scenario.network.seedHosts.slice(3))
    scenario.network.seed(host).on("proposedAdd", () => voters.add(host.name));
  // Who cannot write abstains.
  for (const { platter } of full) platter.fill();
  const newcomer = scenario.network.addPeer();
  expect(scenario.until(() => voters.size === 2, 20_000)).toBeLessThan(20_000);
  scenario.strike(() => newcomer.crash());
  scenario.pass(1000);
  for (const { platter } of full) platter.repair();
  scenario.pass(120_000);
  const added = scenario.network.liveSeeds.map(({ ledger }) => ledger.standing(newcomer.signer.id)?.kind);
  expect(added).toEqual(Array(5).fill(undefined));
  scenario.strike((network) => network.boot(newcomer));
  expect(scenario.until((network) => network.isSettled, 30_000)).toBeLessThan(30_000);
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

test("who crashes at any moment of its registration is either no member, or removed like one; and may come back", () => {
  const scenario = new Scenario({ seed: 10, peers: 10, pace: "lan" }).settle();
  const newcomers: Host[] = [];
  for (let afterMs = 100; afterMs <= 2000; afterMs += 100) {
    const newcomer = scenario.network.addPeer();
    scenario.network.world.run(afterMs);
    scenario.strike(() => newcomer.crash());
    newcomers.push(newcomer);
  }
  expect(scenario.until((network) => isGoneEverywhere(network, newcomers), 120_000)).toBeLessThan(60_000);
  scenario.strike((network) => {
    for (const host of newcomers) network.boot(host);
  });
  expect(scenario.until((network) => network.isSettled, 30_000)).toBeLessThan(30_000);
  const { wrong, removed } = scenario.end();
  expect(wrong).toEqual([]);
  expect(new Set(removed).size).toBe(removed.length);
  expect(namesOf(newcomers)).toEqual(expect.arrayContaining([...removed]));
  expect(removed.length).toBeGreaterThan(0);
  expect(removed.length).toBeLessThan(newcomers.length);
});

test("who was removed is back at once when it starts again: what is remembered of its death is no obstacle", () => {
  const scenario = new Scenario({ seed: 11 }).settle();
  const [host] = scenario.network.peerHosts as [Host];
  scenario.strike(() => host.crash());
  expect(scenario.until((network) => isGoneEverywhere(network, [host]), 60_000)).toBeLessThan(60_000);
  scenario.strike((network) => network.boot(host));
  const isBack = (network: Network): boolean =>
    network.live.every(
      (other) => other === host || network.peer(other).seeds.ledger.isMember(host.signer.id),
    );
  expect(scenario.until(isBack, 10_000)).toBeLessThanOrEqual(3000);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([host]) });
});

test("who lost its disk, and its wall clock is a day behind, learns its last life before it announces the next", () => {
  const batches: string[] = [];
  const scenario = new Scenario({
    seed: 13,
    observers: [{ sent: ({ name }, [kind]) => void (kind === Kind.batch && batches.push(name)) }],
  }).settle();
  const [host] = scenario.network.peerHosts as [Host];
  const before = scenario.network.peer(host).seeds.life;
  scenario.strike(() => {
    host.crash();
    host.wipeDisk();
    host.shiftWallClock(-86_400_000);
  });
  scenario.pass(2000);
  batches.length = 0;
  const { seeds } = scenario.network.bootPeer(host);
  scenario.strike(() => undefined);
  scenario.until(() => seeds.isMember, 10_000);
  expect(seeds.life).toBeGreaterThan(before);
  scenario.pass(1000);
  const number = scenario.gossip.messages.size;
  scenario.network.publish(host, "as before");
  scenario.pass(5000);
  const [, message] = [...scenario.gossip.messages][number] ?? [];
  expect(message).toMatchObject({ incarnation: seeds.life, sequence: 1 });
  expect(message?.heardBy.size).toBe(49);
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

test("after a restart of one after the other, and then of all at once, nobody is stuck for dead", () => {
  const scenario = new Scenario({ seed: 14, peers: 30, pace: "lan" }).settle();
  const { network } = scenario;
  const restart = (hosts: readonly Host[]): void => {
    scenario.strike(() => {
      for (const host of hosts) host.crash();
    });
    scenario.pass(500);
    scenario.strike(() => {
      for (const host of hosts) network.boot(host);
    });
  };
  for (const host of [...network.peerHosts, ...network.seedHosts]) {
    restart([host]);
    scenario.pass(500);
  }
  expect(scenario.until(() => network.isSettled && network.components === 1, 30_000)).toBeLessThan(30_000);
  scenario.pass(5000);
  restart(network.peerHosts);
  scenario.pass(10_000);
  restart([...network.peerHosts, ...network.seedHosts]);
  expect(scenario.until(() => network.isSettled && network.components === 1, 60_000)).toBeLessThan(60_000);
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

test("peers that stand still for seconds, again and again, are not removed, and neither is anybody whom they see", () => {
  const scenario = new Scenario({ seed: 15 }).settle();
  const sick = scenario.network.peerHosts.slice(10, 12);
  const { random } = scenario.network.world;
  const accused = suspicions(scenario, sick);
  for (let spell = 0; spell < 40; spell++) {
    const host = sick[spell % 2] as Host;
    scenario.strike(() => host.freeze());
    scenario.pass(2000 + 6000 * random.next());
    scenario.strike(() => host.thaw());
    scenario.pass(1000 + 8000 * random.next());
  }
  expect(accused).toEqual([]);
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

/** Makes the way from all others to a host, or from it to them, bad or good again. */
type Line = (network: Network, host: Host, other: Host, isBad: boolean) => void;

/** To the first nothing comes through, from the second nothing; the third loses four in five of what is sent to it. */
const LINES: readonly Line[] = [
  ({ world }, host, other, isBad) => cut(world, isBad, other, host),
  ({ world }, host, other, isBad) => cut(world, isBad, host, other),
  ({ world }, host, other, isBad) => world.weather({ loss: isBad ? 0.8 : 0 }, other, host),
];

function weatherOfLines(scenario: Scenario, isBad: boolean): void {
  const { network } = scenario;
  scenario.strike(() => {
    for (const [index, line] of LINES.entries()) {
      const host = network.peerHosts[index] as Host;
      for (const other of [...network.peerHosts, ...network.seedHosts])
        if (other !== host) line(network, host, other, isBad);
    }
  });
}

describe("who hears nobody, whom nobody hears, and who loses 80 % of what is sent to it", () => {
  test.each([
    ["for three minutes", 1, 180_000],
    ["for 20 s of every 40, five minutes long,", 8, 20_000],
  ])("%s is removed once at most, and a member when that is over", (_, times, forMs) => {
    const scenario = new Scenario({ seed: 16, peers: 30 }).settle();
    for (let time = 0; time < times; time++) {
      weatherOfLines(scenario, true);
      scenario.pass(forMs);
      weatherOfLines(scenario, false);
      if (times > 1) scenario.pass(forMs);
    }
    const { wrong, removed } = scenario.end();
    expect(wrong).toEqual([]);
    expect(removed).toEqual([...new Set(removed)]);
    expect(["peer 1", "peer 2", "peer 3"]).toEqual(expect.arrayContaining([...removed]));
  });
});

function cut(world: World, isBad: boolean, from: Host, to: Host): void {
  if (isBad) world.cutOneWay(from, to);
  else world.heal(from, to);
}

test("a tenth of everything lost for five minutes, and half of it for thirty seconds, removes nobody", () => {
  const scenario = new Scenario({ seed: 18, loss: 0.1 }).settle();
  scenario.pass(300_000);
  scenario.network.world.weather({ loss: 0.5 });
  scenario.pass(30_000);
  scenario.network.world.weather({ loss: 0 });
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

test("two neighbours that no longer reach each other make no case; they find others", () => {
  const scenario = new Scenario({ seed: 19 }).settle();
  const cases = casesOf(scenario);
  const [one] = scenario.network.peerHosts as [Host];
  const [other] = neighboursOf(scenario, one) as [Host];
  scenario.strike(({ world }) => world.cut(one, other));
  scenario.pass(240_000);
  expect(cases).toEqual([]);
  expect(neighboursOf(scenario, one)).not.toContain(other);
  for (const host of [one, other]) {
    expect(scenario.network.peer(host).overlay.degree).toBeGreaterThanOrEqual(3);
    expect(scenario.network.peer(host).overlay.owned).toBe(3);
  }
  scenario.strike(({ world }) => world.heal());
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

test("in a split of 70 to 30 the smaller side changes nothing, and comes back without a restart", () => {
  const scenario = new Scenario({ seed: 20 }).settle();
  const { network } = scenario;
  const minority = network.peerHosts.slice(0, 15);
  const [lonely, ...majority] = network.seedHosts as [Host, ...Host[]];
  scenario.strike(({ world }) =>
    world.partition([lonely, ...minority], [...majority, ...network.peerHosts.slice(15)]),
  );
  scenario.pass(240_000);
  expect(network.seed(lonely).ledger.size).toBe(50);
  for (const host of minority) expect(network.peer(host).seeds.ledger.size).toBe(50);
  for (const host of majority) expect(network.seed(host).ledger.size).toBe(35);
  scenario.strike(({ world }) => world.partition());
  expect(scenario.until(() => network.isSettled, 120_000)).toBeLessThan(120_000);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf(minority) });
});

test("many that start at once become one network, without a super-hub", () => {
  const scenario = new Scenario({ seed: 21, pace: "lan", peers: LARGE }).settle();
  const { network } = scenario;
  const degrees = network.live.map((host) => network.peer(host).overlay.degree);
  const { figures, ...shape } = shapeOf(degrees);
  console.log(figures);
  expect(shape).toEqual({ min: 3, hasSuperHub: false });
  expect(network.components).toBe(1);
  expect(scenario.end()).toEqual({ wrong: [], removed: [] });
});

/** Who is in the network at the end of a busy time in this weather, by name. */
function membersAfter(weather: Partial<Weather>): {
  readonly members: readonly string[];
  readonly ending: Ending;
} {
  const scenario = new Scenario({ seed: 22, peers: 20, pace: "lan" }).settle();
  const { network } = scenario;
  network.world.weather(weather);
  const [crashed, left, restarted] = network.peerHosts as [Host, Host, Host];
  scenario.strike(() => crashed.crash());
  scenario.pass(20_000);
  scenario.strike(() => left.stop());
  scenario.strike(() => network.addPeer());
  scenario.pass(20_000);
  scenario.strike(() => restarted.crash());
  scenario.pass(500);
  scenario.strike(() => network.boot(restarted));
  scenario.pass(80_000);
  network.world.weather({ duplicate: 0, reorder: 0 });
  const ending = scenario.end();
  const ids = new Map(network.peerHosts.map(({ signer, name }) => [signer.id as string, name]));
  const members = network.liveSeeds[0]?.ledger.memberIds() ?? [];
  return { members: Array.from(members, (id) => ids.get(id) ?? id).toSorted(), ending };
}

test("frames that come twice, in another order and up to a minute late lead to the same lists", () => {
  const fair = membersAfter({});
  const foul = membersAfter({ duplicate: 0.1, reorder: 0.1, late: { minMs: 0, maxMs: 60_000 } });
  expect(foul.members).toEqual(fair.members);
  expect(fair.ending).toEqual({ wrong: [], removed: ["peer 1"] });
  // Who restarted may have lost its former life, if all that it said of the new one came a minute late.
  expect(foul.ending.wrong).toEqual([]);
});
