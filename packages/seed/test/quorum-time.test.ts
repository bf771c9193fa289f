import { CERTIFICATES, type Certificate, contradict, signTick, TICK, type Vote } from "@p2p/consensus";
import type { Host } from "@p2p/sim";
import { type Connection, Kind, Lobby } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { TICK_VOTE, VOTE } from "../src/frames.ts";
import type { Behaviour, TestPeer } from "./test-peer.ts";
import { Town, type TownOptions } from "./town.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Ticks of a second and leases of 30: worlds in which much time passes soon. */
const QUICK = { tickMs: 1000, leaseTicks: 30 };

/** A town in which so many peers are members. */
function settled(
  count: number,
  options: TownOptions = {},
  behaviour: Behaviour = {},
): { town: Town; peers: TestPeer[] } {
  const town = new Town(options);
  const peers = town.peers(count, behaviour);
  town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
  return { town, peers };
}

function ticks(town: Town): number[] {
  return town.seeds.map(({ tick }) => tick);
}

describe("time", () => {
  test("goes on by one about every minute, at all seeds, and is told to whoever is linked", () => {
    const { town, peers } = settled(2, { seed: 300 });
    const heard: number[] = [];
    peers[0]?.lobby.seeds.route(TICK, ({ tick }) => heard.push(tick));
    town.world.run(6.5 * MINUTE - town.world.now);
    // The first three take a few seconds.
    expect(ticks(town)).toEqual([9, 9, 9]);
    expect(new Set(heard)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  test("stands still without a quorum, and goes on with it", () => {
    const { town } = settled(1, { seed: 301 });
    town.world.run(3 * MINUTE);
    const [first, second] = town.hosts as [Host, Host];
    first.crash();
    second.crash();
    const [before] = ticks(town);
    town.world.run(HOUR);
    expect(ticks(town)).toEqual([before]);
    first.restart();
    town.world.run(MINUTE + 5000);
    expect(ticks(town)).toEqual([(before ?? 0) + 1, (before ?? 0) + 1]);
  });

  test("is not set back when all seeds restart at once, whatever they were writing", () => {
    for (let seed = 0; seed < 20; seed++) {
      const town = new Town({ seed: 310 + seed, options: { timing: QUICK } });
      let latest = 0;
      for (let round = 0; round < 5; round++) {
        town.world.run(3000 + town.world.random.next() * 1000);
        latest = town.tick;
        for (const host of town.hosts) host.crash();
        town.world.run(100);
        for (const host of town.hosts) host.restart();
        town.world.run(500);
        expect(Math.max(...ticks(town)), `world ${310 + seed}`).toBeGreaterThanOrEqual(latest);
      }
      expect(latest).toBeGreaterThan(9);
    }
  });

  test("is the same at once for a seed that comes late", () => {
    const town = new Town({ seed: 302, booted: false, options: { timing: QUICK } });
    const [first, second, late] = town.hosts as [Host, Host, Host];
    town.bootSeed(first);
    town.bootSeed(second);
    town.world.run(60_000);
    town.bootSeed(late);
    town.world.run(300);
    expect(new Set(ticks(town)).size).toBe(1);
  });

  test("cannot be made to run faster by f lying seeds, nor be held up", () => {
    const town = new Town({ seed: 303, seeds: 4, faulty: 1, booted: false, options: { timing: QUICK } });
    const [liar, ...honest] = town.hosts as [Host, ...Host[]];
    for (const host of honest) town.bootSeed(host);
    const lobby = liar.boot(() => haste(town, liar));
    const { configuration } = town;
    for (let step = 0; step < 600; step++) {
      // Every vote that could be wanted, and a certificate of its own vote alone.
      const next = signTick(town.tick + 1, configuration, liar.signer);
      lobby.seeds.broadcast(TICK_VOTE.encode(next));
      lobby.seeds.broadcast(TICK_VOTE.encode(signTick(town.tick + 1000, configuration, liar.signer)));
      const { cfg, seed, signature } = next;
      const votes = [...honest.map((host) => ({ seed: host.signer.id, signature })), { seed, signature }];
      lobby.seeds.broadcast(TICK.encode({ tick: town.tick + 7, cfg, votes }));
      town.world.run(100);
    }
    expect(town.tick).toBeLessThanOrEqual(60);
    expect(town.tick).toBeGreaterThan(50);
    expect(town.told("forged").some(({ news }) => news.from === liar.signer.id)).toBe(true);
  });
});

describe("a quorum of seeds away for 36 hours", () => {
  test("loses nobody: leases did not run", { timeout: 120_000 }, () => {
    const { town, peers } = settled(3, { seed: 320, signatures: "hash" }, { pollMs: MINUTE });
    town.world.run(5 * MINUTE);
    const [, second, third] = town.hosts as [Host, Host, Host];
    const before = town.tick;
    second.crash();
    third.crash();
    town.world.run(36 * HOUR);
    expect(peers.every((peer) => town.isListed(peer))).toBe(true);
    second.restart();
    third.restart();
    town.world.run(5 * MINUTE);
    expect(peers.every((peer) => town.isListed(peer))).toBe(true);
    expect(town.told("removed")).toEqual([]);
    // They hurry after a start.
    expect(town.tick).toBeLessThanOrEqual(before + 9);
    expect(town.faults()).toEqual([]);
  });
});

describe("wall clocks", () => {
  test.each([
    ["90 s", 90_000],
    ["a day", DAY],
    ["a year", 365 * DAY],
  ])("of seeds that are %s apart change nothing: additions, removals and leaves go on", (_, apartMs) => {
    const town = new Town({ seed: 330 });
    const [first, , third] = town.hosts as [Host, Host, Host];
    first.shiftWallClock(-apartMs);
    third.shiftWallClock(apartMs);
    const peers = town.peers(6);
    town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
    town.world.run(2000);
    const [victim, leaver, ...others] = peers as [TestPeer, TestPeer, ...TestPeer[]];
    town.hostOfPeer(victim).crash();
    for (const other of others) other.accuse(victim.id);
    town.until(() => town.isGone(victim), 30_000);
    leaver.leave();
    town.until(() => town.isGone(leaver), 5000);
    const late = town.peer("late");
    town.until(() => town.isListed(late), 10_000);
    expect(new Set(town.lists()).size).toBe(1);
    expect(town.faults()).toEqual([]);
  });

  test("that jump by a day and back change nothing, restarts included", () => {
    const { town, peers } = settled(6, { seed: 331 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.until(() => town.tick === 3, 30_000);
    for (const other of others) other.link(victim);
    town.world.run(2 * MINUTE);
    for (const byMs of [DAY, -2 * DAY, DAY]) {
      for (const host of town.world.hosts.values()) host.shiftWallClock(byMs);
      (town.hosts[0] as Host).restart();
      town.world.run(2 * MINUTE);
      expect(peers.every((peer) => town.isListed(peer))).toBe(true);
      expect(town.seeds.map(({ edges }) => edges.size)).toEqual([5, 5, 5]);
    }
    // The edges' age was not lost, and none was won.
    const { edges } = town.seedOf(town.hosts[0] as Host);
    expect(edges.neighbours(victim.id, victim.incarnation, 5 * MINUTE, 2 * MINUTE)).toHaveLength(5);
    expect(edges.neighbours(victim.id, victim.incarnation, 9 * MINUTE, 2 * MINUTE)).toEqual([]);
    town.hostOfPeer(victim).crash();
    for (const other of others) other.accuse(victim.id);
    town.until(() => town.isGone(victim), 30_000);
    expect(town.told("removed").every(({ news }) => news.peer === victim.id)).toBe(true);
    expect(town.faults()).toEqual([]);
  });
});

test("an accuser whose clock was set back is heard again in its next life", () => {
  const { town, peers } = settled(6, { seed: 333 });
  const [victim, accuser] = peers as [TestPeer, TestPeer];
  town.world.run(2000);
  const at = accuser.lobby.local.clock.wallTime();
  const casesAfter = (accusedAt: number): number => {
    const before = town.told("caseOpened").length;
    accuser.accuse(victim.id, accuser.accusation(victim.id, { at: accusedAt }));
    town.world.run(2 * MINUTE);
    return town.told("caseOpened").length - before;
  };
  expect(casesAfter(at)).toBe(3);
  expect(casesAfter(at - DAY)).toBe(0);
  accuser.incarnation += 1;
  accuser.register();
  town.world.run(2000);
  expect(casesAfter(at - DAY)).toBe(3);
});

describe("a lease", () => {
  test("that nobody renews ends: a dead peer is gone though nobody looks for it", () => {
    const timing = { ...QUICK, auditEveryMs: 1e9, pollMs: 1e9 };
    const { town, peers } = settled(2, { seed: 340, options: { timing } }, { againMs: 0 });
    const [victim] = peers as [TestPeer];
    town.hostOfPeer(victim).crash();
    const tookMs = town.until(() => town.isGone(victim), 60_000);
    expect(tookMs).toBeGreaterThan(28_000);
    expect(tookMs).toBeLessThan(34_000);
    town.world.run(2000);
    const removals = town.told("removed").filter(({ news }) => news.peer === victim.id);
    expect(removals.map(({ news }) => news.reason)).toEqual(["expired", "expired", "expired"]);
    expect(town.told("caseOpened")).toEqual([]);
    expect(new Set(town.lists()).size).toBe(1);
  });

  test("that is over leaves nothing to a seed that was away, and lists nobody by it again", () => {
    const { town, peers } = settled(2, { seed: 341, options: { timing: QUICK } }, { againMs: 0 });
    const [away] = town.hosts as [Host];
    away.crash();
    for (const peer of peers) town.hostOfPeer(peer).crash();
    town.until(() => peers.every((peer) => town.isGone(peer)), 120_000);
    away.restart();
    town.world.run(10_000);
    expect(town.seedOf(away).isFresh).toBe(true);
    expect(peers.every((peer) => town.isGone(peer))).toBe(true);
    expect(town.told("added").filter(({ at }) => at > 10_000)).toEqual([]);
  });
});

describe("votes to add a peer", () => {
  test("that were cast long ago are cast anew while it asks, and so count with those of others", () => {
    const { town } = settled(0, { seed: 345, options: { timing: QUICK } });
    const [first, second, third] = town.hosts as [Host, Host, Host];
    town.world.run(3000);
    third.crash();
    const host = town.world.host("late");
    town.world.cut(host, second);
    const late = town.peer("late", {}, host);
    town.world.run(20_000);
    expect(town.told("proposedAdd").map(({ seed }) => seed)).toEqual([first.name]);
    expect(town.isGone(late)).toBe(true);
    town.world.heal();
    town.until(() => town.isListed(late), 60_000);
    expect(town.faults()).toEqual([]);
  });

  // World 349: a vote that its voter had forgotten was held as proof against it.
  test.each([346, 349, 350, 351])(
    "that came to nothing stand in nobody's way after two leases: world %i",
    (seed) => {
      const town = new Town({ seed, options: { timing: { ...QUICK, leaseTicks: 15 } } });
      town.world.run(2000);
      const [one, other, third] = town.hosts as [Host, Host, Host];
      const rebel = town.peer("rebel", { isShy: true, incarnation: 5 });
      third.crash();
      town.world.cut(one, other);
      town.until(() => rebel.lobby.seeds.size === 2, 5000);
      const [registration, rival] = [rebel.registration(), rebel.registration({ token: Uint8Array.of(9) })];
      for (const connection of rebel.lobby.seeds)
        rebel.register(connection.id === one.signer.id ? registration : rival, [connection]);
      town.world.run(1000);
      town.world.heal();
      for (let second = 0; second < 25; second++) {
        rebel.register(registration);
        town.world.run(1000);
        expect(town.isGone(rebel)).toBe(true);
      }
      town.world.run(20_000);
      rebel.register(registration);
      town.until(() => town.isListed(rebel), 10_000);
      expect(town.told("evidence")).toEqual([]);
    },
  );
});

describe("a vote that is younger than the certificate", () => {
  test("is remembered for two leases all the same: else a peer could have an honest seed vote twice", () => {
    const votes: Vote[] = [];
    const timing = { ...QUICK, leaseTicks: 15 };
    const town = new Town({
      seed: 352,
      seeds: 4,
      faulty: 1,
      options: { timing },
      sent: (host, frame) => {
        const news = host === town.hosts[0] && frame[0] === Kind.vote ? VOTE.decode(frame) : undefined;
        if (news !== undefined && "vote" in news) votes.push(news.vote);
      },
    });
    town.world.run(2000);
    const [young, , , last] = town.hosts as [Host, Host, Host, Host];
    const host = town.world.host("rebel");
    for (const seed of [young, last]) town.world.cut(host, seed);
    const rebel = town.peer("rebel", { isShy: true, incarnation: 5, seeds: [0, 1, 2, 3], pollMs: 0 }, host);
    town.until(() => rebel.lobby.seeds.size === 2, 5000);
    const [registration, rival] = [rebel.registration(), rebel.registration({ token: Uint8Array.of(9) })];
    rebel.register(registration);
    town.world.run(8000);
    town.world.heal();
    town.world.cut(host, last);
    const youngLink = (): Connection | undefined => rebel.lobby.seeds.get(young.signer.id);
    town.until(() => youngLink() !== undefined, 5000);
    rebel.register(registration, [youngLink() as Connection]);
    town.until(() => town.isListed(rebel), 5000);
    const certified = town.tick;
    while (town.tick < certified + 2 * timing.leaseTicks + 2) {
      rebel.register(rival, [youngLink() as Connection]);
      town.world.run(500);
    }
    const [first, ...others] = votes.filter(({ fact }) => fact.kind === "add") as [Vote, ...Vote[]];
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((vote) => contradict(first, vote, timing.leaseTicks))).toEqual([]);
  });
});

describe("what was removed", () => {
  test("is forgotten by all seeds after two leases, for good, and nobody is listed by an old word", () => {
    const { town, peers } = settled(3, { seed: 350, options: { timing: QUICK } });
    const [leaver, other] = peers as [TestPeer, TestPeer, TestPeer];
    const addition = town.seeds[0]?.ledger.standing(leaver.id)?.certificate as Certificate;
    const registration = leaver.registration();
    leaver.leave();
    town.until(() => town.isGone(leaver), 5000);
    const removal = town.seeds[0]?.ledger.standing(leaver.id)?.certificate as Certificate;
    town.hostOfPeer(leaver).crash();
    town.world.run(50_000);
    expect(town.seeds.map(({ ledger }) => ledger.standing(leaver.id)?.kind)).toEqual(
      Array(3).fill("removed"),
    );
    town.world.run(15_000);
    const isKnown = (): boolean => town.seeds.some(({ ledger }) => ledger.standing(leaver.id) !== undefined);
    for (let step = 0; step < 100; step++) {
      if (step % 10 === 0) {
        for (const certificate of [addition, removal])
          other.lobby.seeds.broadcast(CERTIFICATES.encode({ certificates: [certificate] }));
        other.register(registration);
        (town.hosts[step % 3] as Host).restart();
      }
      town.world.run(300);
      expect([step, isKnown()]).toEqual([step, false]);
    }
    expect(new Set(town.lists()).size).toBe(1);
    expect(town.faults()).toEqual([]);
  });
});

describe("a seed that has no new ticks", () => {
  test("casts no vote for a death, and does again once it has", () => {
    const { town, peers } = settled(6, { seed: 360 });
    const [lonely, ...others] = town.hosts as [Host, Host, Host];
    for (const other of others) town.world.cut(lonely, other);
    town.world.run(5 * MINUTE);
    const [victim, ...accusers] = peers as [TestPeer, ...TestPeer[]];
    town.hostOfPeer(victim).vanish();
    for (const accuser of accusers) accuser.accuse(victim.id);
    town.until(() => town.told("removed").length > 0, MINUTE);
    expect(town.told("caseOpened").some(({ seed }) => seed === lonely.name)).toBe(true);
    town.world.run(MINUTE);
    expect(town.told("proposedRemove").filter(({ seed }) => seed === lonely.name)).toEqual([]);
    town.world.heal();
    town.until(() => town.isGone(victim), MINUTE);
    town.world.run(3000);
    expect(new Set(ticks(town)).size).toBe(1);
    expect(town.faults()).toEqual([]);
  });
});

/** Something that speaks like a seed. */
function haste(town: Town, host: Host): Lobby {
  const { network, seeds } = town.configuration;
  const lobby = new Lobby({
    transport: host.transport(),
    clock: host.clock,
    random: host.random,
    signer: host.signer,
    verifier: host.verifier,
    role: "seed",
    listen: host.address,
    network,
  });
  lobby.open(() => {
    for (const { id, address } of seeds) if (id !== host.signer.id) lobby.dial(address, { expect: id });
  });
  return lobby;
}
