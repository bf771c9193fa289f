import { registrationDigest } from "@p2p/consensus";
import { LAN_TIMING, LIST, REGISTER, VOTE } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { describe, expect, test, vi } from "vitest";
import type { Network } from "../src/network.ts";
import { namesOf, Scenario, type ScenarioOptions } from "../src/scenario.ts";
import { compromise, Hostile, listing } from "./attack-hostile.ts";

// A few of these worlds are large, and machines may be busy.
vi.setConfig({ testTimeout: 300_000 });

const VOTES = "votes.log";

function settled(options: ScenarioOptions): Scenario {
  return new Scenario({ pace: "lan", ...options }).settle();
}

function isGone({ liveSeeds }: Network, host: Host): boolean {
  return liveSeeds.every(({ ledger }) => !ledger.isMember(host.signer.id));
}

function restart(scenario: Scenario, hosts: readonly Host[]): void {
  scenario.strike((network) => {
    for (const host of hosts) network.boot(host);
  });
}

function crash(scenario: Scenario, hosts: readonly Host[]): void {
  scenario.strike(() => {
    for (const host of hosts) host.crash();
  });
}

/** How many of the peers that run have heard what `speaker` says now, half a minute later. */
function hearers(scenario: Scenario, speaker: Host): number {
  const number = scenario.gossip.messages.size;
  scenario.network.publish(speaker, "who hears me?");
  const message = [...scenario.gossip.messages.values()][number];
  scenario.pass(30_000);
  return message?.heardBy.size ?? 0;
}

test("with two of five seeds down newcomers come, leavers go and the dead are removed", () => {
  const scenario = settled({ seed: 20 });
  const { network } = scenario;
  const [victim, leaver, speaker] = network.peerHosts as [Host, Host, Host];
  const away = network.seedHosts.slice(3);
  crash(scenario, away);
  scenario.pass(5000);
  scenario.strike(() => {
    network.addPeer();
    leaver.stop();
    victim.crash();
  });
  expect(scenario.until(() => network.isSettled, 30_000)).toBeLessThan(30_000);
  expect(hearers(scenario, speaker)).toBe(48);
  restart(scenario, away);
  expect(scenario.until(() => network.liveSeeds.every(({ isFresh }) => isFresh), 10_000)).toBeLessThan(
    10_000,
  );
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
});

test("with three of five down for half an hour nobody comes and nobody goes, gossip goes on, and then the dead are looked for anew", () => {
  const scenario = settled({ seed: 21, peers: 10 });
  const { network } = scenario;
  const [victim, revenant, speaker] = network.peerHosts as [Host, Host, Host];
  const away = network.seedHosts.slice(2);
  crash(scenario, away);
  scenario.pass(5000);
  scenario.strike(() => {
    network.addPeer();
    victim.crash();
    revenant.crash();
  });
  scenario.pass(1_740_000);
  expect(hearers(scenario, speaker)).toBe(7);
  expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([10, 10]);
  expect(network.books.removals).toEqual([]);
  // Whoever was dead for half an hour and lives when a quorum is back is not removed on old evidence.
  restart(scenario, [revenant]);
  scenario.pass(1000);
  const back = scenario.now;
  restart(scenario, away);
  expect(scenario.until(() => isGone(network, victim), 60_000)).toBeLessThan(60_000);
  expect(network.books.removalsOf(victim, back).latestMs).toBeGreaterThan(
    LAN_TIMING.caseLooksMs.at(-1) as number,
  );
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
});

/** What a seed says just before it writes a vote, just after, and when a quorum has voted. */
const MOMENTS: readonly number[] = [Kind.relay, Kind.evidence, Kind.vote, Kind.certificates];

/** Peers come, go and die, and seeds are killed about a vote's writing and sending; at most two are down at a time. */
function killings(seed: number): { readonly scenario: Scenario; readonly kills: number } {
  let kills = 0;
  let isOver = true;
  const sent = (host: Host, [kind = 0]: Uint8Array): void => {
    if (isOver || !MOMENTS.includes(kind)) return;
    const { network } = scenario;
    const { world, seedHosts } = network;
    if (!seedHosts.includes(host) || world.random.next() < 0.6) return;
    world.after(world.random.next() * 12, () => {
      if (isOver || !host.isUp || network.liveSeeds.length <= 3) return;
      kills += 1;
      crash(scenario, [host]);
      world.after(20 + 1500 * world.random.next(), () => restart(scenario, [host]));
    });
  };
  const scenario = settled({ seed, peers: 8, observers: [{ sent }] });
  isOver = false;
  churn(scenario, 90_000);
  isOver = true;
  scenario.pass(2000);
  return { scenario, kills };
}

function churn(scenario: Scenario, ms: number): void {
  const { network } = scenario;
  const { random } = network.world;
  for (const end = scenario.now + ms; scenario.now < end; scenario.pass(500 + 1000 * random.next())) {
    const host = network.peerHosts[Math.floor(random.next() * network.peerHosts.length)] as Host;
    scenario.strike(() => {
      if (!host.isUp) network.boot(host);
      else if (network.live.length < 4) return;
      else if (random.next() < 0.5) host.stop();
      else host.crash();
    });
  }
}

test("seeds that are killed before a vote is on disk, after, and before its certificate goes out never vote twice and lose nothing", () => {
  let total = 0;
  for (let seed = 30; total < 300; seed++) {
    const { scenario, kills } = killings(seed);
    expect(scenario.end().wrong, `world ${seed}`).toEqual([]);
    expect(kills, `world ${seed}`).toBeGreaterThan(30);
    total += kills;
  }
});

/** A network whose first seed is down for a moment. */
function withOneDown(seed: number): { scenario: Scenario; host: Host } {
  const scenario = settled({ seed, peers: 12 });
  const [host] = scenario.network.seedHosts as [Host];
  crash(scenario, [host]);
  scenario.pass(1000);
  return { scenario, host };
}

describe("a seed whose disk", () => {
  test("has a torn last record starts, catches up and votes", () => {
    const { scenario, host } = withOneDown(40);
    host.platter.append(VOTES, (host.platter.bytesOf(VOTES) as Uint8Array).slice(0, 60));
    restart(scenario, [host]);
    expect(scenario.until(({ liveSeeds }) => liveSeeds.every(({ isFresh }) => isFresh), 10_000)).toBeLessThan(
      10_000,
    );
    crash(scenario, scenario.network.seedHosts.slice(3));
    scenario.strike((network) => void network.addPeer());
    expect(scenario.until((network) => network.isSettled, 20_000)).toBeLessThan(20_000);
    restart(scenario, scenario.network.seedHosts.slice(3));
    expect(scenario.end()).toEqual({ wrong: [], removed: [] });
  });

  test.each([VOTES, "archive.log"])(
    "has a flipped bit in %s does not start, and says which file and what to do",
    (file) => {
      const { scenario, host } = withOneDown(41);
      const { network } = scenario;
      const { failures } = network.books;
      host.platter.flipBit(file, 1000);
      // It is given up before anybody looks at its list, which it has not read.
      network.boot(host);
      network.world.run(50);
      host.crash();
      expect(failures).toHaveLength(1);
      expect(failures[0]).toContain(`seed 1: ${file} is damaged at byte`);
      expect(failures.splice(0)[0]).toMatch(/Restore the file|delete/i);
      // The other four go on without it.
      const [victim] = network.peerHosts as [Host];
      crash(scenario, [victim]);
      expect(scenario.until(() => isGone(network, victim), 30_000)).toBeLessThan(30_000);
      host.platter.flipBit(file, 1000);
      restart(scenario, [host]);
      expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
    },
  );

  test.each(["lost", "an old copy"])("is %s is told so by the others, and votes no more", (what) => {
    const forgot: string[] = [];
    const votes: string[] = [];
    const scenario = settled({
      seed: 46,
      peers: 12,
      observers: [
        {
          seedBooted: ({ name }, seed) => void seed.on("forgotVotes", () => forgot.push(name)),
          sent: ({ name }, [kind]) => void (kind === Kind.vote && votes.push(name)),
        },
      ],
    });
    const { network } = scenario;
    const [host] = network.seedHosts as [Host];
    const early = host.platter.bytesOf(VOTES) as Uint8Array;
    votes.length = 0;
    scenario.strike(() => {
      for (let added = 0; added < 8; added++) network.addPeer();
    });
    scenario.until(({ isSettled }) => isSettled, 20_000);
    expect(votes).toContain(host.name);
    crash(scenario, [host]);
    host.wipeDisk();
    if (what === "an old copy") host.platter.append(VOTES, early);
    votes.length = 0;
    restart(scenario, [host]);
    scenario.pass(5000);
    // It lists whom the others list, and has no say.
    expect(forgot).toEqual([host.name]);
    const [victim] = network.peerHosts as [Host];
    crash(scenario, [victim]);
    scenario.strike(() => void network.addPeer());
    scenario.until(() => isGone(network, victim) && network.isSettled, 60_000);
    expect(new Set(votes)).toEqual(new Set(namesOf(network.seedHosts.slice(1))));
    expect(network.seed(host).ledger.size).toBe(20);
    expect(network.seed(host).isFresh).toBe(false);
    // So it is with three of five that remember; with two of them nothing is decided.
    crash(scenario, network.seedHosts.slice(3));
    const late = network.addPeer();
    scenario.pass(30_000);
    expect(network.peer(late).seeds.isMember).toBe(false);
    restart(scenario, network.seedHosts.slice(3));
    expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
  });

  test.each(["full", "read-only"])("is %s abstains, says so, and votes again once that is mended", (what) => {
    const failed: string[] = [];
    const scenario = settled({
      seed: 42,
      peers: 12,
      observers: [{ seedBooted: ({ name }, seed) => void seed.on("diskFailed", () => failed.push(name)) }],
    });
    const { network } = scenario;
    const bad = network.seedHosts.slice(0, 3);
    for (const { platter } of bad) {
      if (what === "full") platter.fill();
      else
        for (const operation of ["append", "truncate", "replace"] as const) platter.failNext(operation, 1e9);
    }
    const newcomer = network.addPeer();
    scenario.pass(20_000);
    expect(new Set(failed)).toEqual(new Set(bad.map(({ name }) => name)));
    expect(network.peer(newcomer).seeds.isMember).toBe(false);
    expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([12, 12, 12, 12, 12]);
    for (const { platter } of bad) platter.repair();
    expect(scenario.until(() => network.isSettled, 60_000)).toBeLessThan(60_000);
    expect(scenario.end()).toEqual({ wrong: [], removed: [] });
  });
});

test("votes that come twice, late and in another order count once for each seed", () => {
  const scenario = settled({ seed: 43, peers: 20 });
  const { network } = scenario;
  const weather = { duplicate: 0.5, reorder: 0.5, late: { minMs: 0, maxMs: 2000 } };
  for (const one of network.seedHosts)
    for (const other of network.seedHosts) network.world.weather(weather, one, other);
  // Three that cannot write abstain: two votes that come twice are no quorum.
  const full = network.seedHosts.slice(0, 3);
  for (const { platter } of full) platter.fill();
  const newcomer = network.addPeer();
  scenario.pass(60_000);
  expect(network.peer(newcomer).seeds.isMember).toBe(false);
  for (const { platter } of full) platter.repair();
  expect(scenario.until(() => network.isSettled, 60_000)).toBeLessThan(60_000);
  const [victim] = network.peerHosts as [Host];
  crash(scenario, [victim]);
  expect(scenario.until(() => isGone(network, victim), 60_000)).toBeLessThan(60_000);
  for (const { ledger } of network.liveSeeds)
    for (const { certificate } of ledger.members())
      expect(new Set(certificate.votes.map(({ seed }) => seed)).size).toBeGreaterThanOrEqual(3);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
});

test("one of four seeds that votes for both of two contents gets no two certified, and is named with its proof", () => {
  const scenario = settled({ seed: 44, seeds: 4, faulty: 1, peers: 20 });
  const { network } = scenario;
  const proofs: string[] = [];
  for (const seed of network.liveSeeds)
    seed.on("evidence", (one) => proofs.push(one.kind === "double vote" ? one.seed : "two certificates"));
  const rogue = compromise(network);
  for (let life = 5; life < 15; life++) {
    const host = network.world.host(`accomplice ${life}`);
    const accomplice = host.boot(() => new Hostile(network, host, { incarnation: life }));
    const twin = network.world.host(`twin ${life}`);
    twin.boot(() => new Hostile(network, twin, { signer: host.signer, incarnation: life }));
    network.world.run(1);
    const [here, there] = [accomplice.registration(life), accomplice.registration(life, twin.address)];
    const links = accomplice.dialSeeds();
    for (const registration of [here, there]) {
      rogue.lobby.seeds.broadcast(VOTE.encode(rogue.voteAdd(registration)));
      for (const [index, link] of links.entries())
        if ((index % 2 === 0) === (registration === here)) link.send(REGISTER.encode({ registration }));
    }
    scenario.pass(5000);
    const digests = new Set(
      network.liveSeeds.flatMap(({ ledger }) => {
        const { certificate } = ledger.standing(host.signer.id) ?? {};
        return certificate?.registration === undefined
          ? []
          : [
              Buffer.from(
                registrationDigest(certificate.registration, network.configuration.networkId),
              ).toString("hex"),
            ];
      }),
    );
    expect(digests.size, `life ${life}`).toBeLessThanOrEqual(1);
    host.crash();
    twin.crash();
  }
  expect(new Set(proofs)).toEqual(new Set([rogue.id]));
  // Nothing else is wrong; whoever it helped is dead, and goes.
  const { wrong, removed } = scenario.end();
  expect(wrong).toEqual([]);
  expect(removed.filter((name) => name.startsWith("peer"))).toEqual([]);
});

describe("a list", () => {
  test("that is stale, at one of five seeds that does not hear the others, is made good by theirs", () => {
    const scenario = settled({ seed: 45 });
    const { network } = scenario;
    const [stale, ...others] = network.seedHosts as [Host, ...Host[]];
    const [victim] = network.peerHosts as [Host];
    scenario.strike(({ world }) => {
      for (const other of others) world.cut(stale, other);
    });
    crash(scenario, [victim]);
    scenario.strike(() => void network.addPeer());
    const knows = (host: Host): boolean => network.peer(host).seeds.ledger.size === 50;
    scenario.pass(15_000);
    const newcomers = Array.from({ length: 5 }, () => network.addPeer());
    scenario.pass(15_000);
    expect(network.seed(stale).ledger.isMember(victim.signer.id)).toBe(true);
    for (const host of newcomers) {
      const { ledger } = network.peer(host).seeds;
      expect(ledger.size).toBe(55);
      expect(ledger.isMember(victim.signer.id)).toBe(false);
    }
    expect(network.live.some(knows)).toBe(false);
    scenario.strike(({ world }) => world.heal());
    expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
  });

  test("that one seed made up, of one dead member, is made good by the others", () => {
    const scenario = settled({ seed: 46 });
    const { network } = scenario;
    const [victim] = network.peerHosts as [Host];
    const listed = listing(network, victim.signer.id);
    const certificates = [listed.certificate];
    crash(scenario, [victim]);
    expect(scenario.until(() => isGone(network, victim), 30_000)).toBeLessThan(30_000);
    const rogue = compromise(network);
    rogue.on(Kind.listAsk, (_, from) =>
      from.send(LIST.encode({ members: [listed], certificates, next: undefined, fresh: true, grey: [] })),
    );
    const newcomers = Array.from({ length: 5 }, () => network.addPeer());
    scenario.pass(20_000);
    for (const host of newcomers) {
      const { ledger } = network.peer(host).seeds;
      expect(ledger.size).toBe(54);
      expect(ledger.isMember(victim.signer.id)).toBe(false);
    }
    expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
  });
});

test("two seeds parted from two decide nothing, and have equal lists without a flip once they are together", () => {
  const scenario = settled({ seed: 47, seeds: 4 });
  const { network } = scenario;
  const [one, two, three, four] = network.seedHosts as [Host, Host, Host, Host];
  const [victim, leaver] = network.peerHosts as [Host, Host];
  const told: string[] = [];
  for (const { name } of network.seedHosts) {
    const seed = network.seed(network.world.hosts.get(name) as Host);
    seed.on("added", ({ peer }) => told.push(`${name} added ${peer}`));
    seed.on("removed", ({ peer }) => told.push(`${name} removed ${peer}`));
  }
  scenario.strike(({ world }) => world.partition([one, two], [three, four]));
  scenario.pass(2000);
  const newcomer = network.addPeer();
  crash(scenario, [victim]);
  scenario.strike(() => leaver.stop());
  scenario.pass(120_000);
  expect(told).toEqual([]);
  scenario.strike(({ world }) => world.partition());
  // Time stood still: nobody is found dead before three more ticks.
  const limitMs = 40_000 + 3 * LAN_TIMING.tickMs;
  expect(scenario.until(() => network.isSettled && network.listsAreEqual, limitMs)).toBeLessThan(limitMs);
  expect(scenario.end()).toEqual({ wrong: [], removed: namesOf([victim]) });
  const { name } = one;
  expect(told.filter((line) => line.startsWith(name)).toSorted()).toEqual(
    [
      `${name} added ${newcomer.signer.id}`,
      `${name} removed ${leaver.signer.id}`,
      `${name} removed ${victim.signer.id}`,
    ].toSorted(),
  );
});
