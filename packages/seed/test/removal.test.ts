import { signAccusation } from "@p2p/consensus";
import { describe, expect, test } from "vitest";
import type { Behaviour, TestPeer } from "./test-peer.ts";
import { Town, type TownOptions } from "./town.ts";

/** A town in which so many peers are members and seeds know how old their tick is. */
function settled(
  count: number,
  options: TownOptions = {},
  behaviour: Behaviour = {},
): { town: Town; peers: TestPeer[] } {
  const town = new Town(options);
  const peers = town.peers(count, behaviour);
  town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
  town.until(() => town.tick === 3, 30_000);
  town.world.run(2000);
  return { town, peers };
}

/** All of `accusers` accuse `victim`, as a majority of its monitors would. */
function accuseAll(accusers: readonly TestPeer[], victim: TestPeer): void {
  for (const accuser of accusers) accuser.accuse(victim.id);
}

describe("removal", () => {
  test("a killed peer (closed port) is removed 8 to 10 s after its case was opened", () => {
    const { town, peers } = settled(6, { seed: 40 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.hostOfPeer(victim).crash();
    accuseAll(others, victim);
    const tookMs = town.until(() => town.isGone(victim), 30_000);
    expect(tookMs).toBeGreaterThan(8000);
    expect(tookMs).toBeLessThan(10_000);
    town.world.run(2000);
    expect(town.told("caseOpened")).toHaveLength(3);
    expect(town.told("removed").map(({ news }) => news.reason)).toEqual(["dead", "dead", "dead"]);
    expect(town.told("removed").every(({ news }) => news.peer === victim.id)).toBe(true);
    expect(town.faults()).toEqual([]);
  });

  test("a silent peer (cable pulled) is removed 20 to 25 s after its case was opened", () => {
    const { town, peers } = settled(6, { seed: 41 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.hostOfPeer(victim).vanish();
    accuseAll(others, victim);
    const tookMs = town.until(() => town.isGone(victim), 60_000);
    expect(tookMs).toBeGreaterThan(20_000);
    expect(tookMs).toBeLessThan(25_000);
    expect(town.faults()).toEqual([]);
  });

  test("a report in a bundle works like accusations one by one, and is told once", () => {
    const { town, peers } = settled(6, { seed: 42 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.hostOfPeer(victim).crash();
    const accusations = others.map((other) => other.accusation(victim.id));
    for (const other of others) other.report(victim.id, accusations);
    expect(town.until(() => town.isGone(victim), 30_000)).toBeLessThan(10_000);
    expect(town.told("reported")).toHaveLength(3);
    expect(town.told("forged")).toEqual([]);
  });

  test("a report to one seed opens a case at all: evidence is relayed", () => {
    const { town, peers } = settled(6, { seed: 43 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.hostOfPeer(victim).crash();
    const [one] = others as [TestPeer];
    const accusations = others.map((other) => other.accusation(victim.id));
    const [connection] = [...one.lobby.seeds];
    for (const seed of one.lobby.seeds) if (seed !== connection) seed.close();
    one.report(victim.id, accusations);
    town.world.run(1000);
    expect(
      town
        .told("caseOpened")
        .map(({ news }) => news.reason)
        .toSorted(),
    ).toEqual(["evidence", "evidence", "report"]);
    town.until(() => town.isGone(victim), 10_000);
  });

  test("a live peer that everybody accuses, again and again, is never removed", () => {
    const { town, peers } = settled(8, { seed: 44 });
    const [victim, ...liars] = peers as [TestPeer, ...TestPeer[]];
    for (let round = 0; round < 20; round++) {
      accuseAll(liars, victim);
      town.world.run(30_000);
    }
    expect(town.told("refuted").length).toBeGreaterThan(20);
    expect(town.told("removed")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
    expect(town.faults()).toEqual([]);
  });

  test("a live peer that no seed can reach proves itself through witnesses", () => {
    const { town, peers } = settled(8, { seed: 45 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    for (const host of town.hosts) town.world.cut(host, town.hostOfPeer(victim));
    accuseAll(others.slice(0, 4), victim);
    town.world.run(120_000);
    expect(town.told("refuted").length).toBeGreaterThan(0);
    expect(town.told("removed")).toEqual([]);
    expect(town.told("proposedRemove")).toEqual([]);
  });

  test("a peer that restarts within five seconds is not removed", () => {
    for (const downMs of [1000, 3000, 5000]) {
      const { town, peers } = settled(6, { seed: 46 });
      const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
      const host = town.hostOfPeer(victim);
      host.crash();
      accuseAll(others, victim);
      town.world.run(downMs);
      host.restart();
      town.world.run(60_000);
      expect(town.told("removed"), `down for ${downMs} ms`).toEqual([]);
      expect(town.isListed(victim)).toBe(true);
      expect(new Set(town.lists()).size).toBe(1);
    }
  });

  test("a peer that accepts dials and answers nothing is silent, not refused", () => {
    const { town, peers } = settled(6, { seed: 47 }, { pollMs: 0 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    victim.isMute = true;
    accuseAll(others, victim);
    expect(town.until(() => town.isGone(victim), 60_000)).toBeGreaterThan(20_000);
  });

  test("a peer that answers no probe, but polls, proves by its polls that it lives", () => {
    const { town, peers } = settled(6, { seed: 47 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    victim.isMute = true;
    accuseAll(others, victim);
    town.world.run(120_000);
    expect(town.told("refuted").length).toBeGreaterThanOrEqual(3);
    expect(town.told("removed")).toEqual([]);
  });

  test("a lone accusation opens a case after half a minute, and a dead peer is removed on it", () => {
    const { town, peers } = settled(6, { seed: 48, options: { timing: { auditEveryMs: 36_000_000 } } });
    const [victim, accuser] = peers as [TestPeer, TestPeer];
    town.hostOfPeer(victim).crash();
    accuser.accuse(victim.id);
    town.world.run(28_000);
    expect(town.told("caseOpened")).toEqual([]);
    expect(town.until(() => town.isGone(victim), 60_000)).toBeLessThan(15_000);
    expect(town.told("caseOpened").map(({ news }) => news.reason)).toContain("accusation");
  });

  test("nobody accuses: a dead peer is found because it no longer polls", () => {
    const { town, peers } = settled(6, { seed: 49 });
    const [victim] = peers as [TestPeer];
    town.hostOfPeer(victim).vanish();
    const tookMs = town.until(() => town.isGone(victim), 240_000);
    expect(tookMs).toBeGreaterThan(50_000);
    expect(tookMs).toBeLessThan(150_000);
    expect(town.told("removed")).toHaveLength(3);
    expect(town.told("caseOpened").map(({ news }) => news.reason)).toContain("audit");
  });

  test("everybody is dead, nobody is left to notice: the list becomes empty after an hour", () => {
    const { town, peers } = settled(6, { seed: 50 });
    for (const peer of peers) town.hostOfPeer(peer).crash();
    const tookMs = town.until(() => peers.every((peer) => town.isGone(peer)), 4_000_000);
    expect(tookMs).toBeGreaterThan(3_600_000);
    expect(town.faults()).toEqual([]);
  });

  test("peers that live are audited, never accused", () => {
    const { town, peers } = settled(6, { seed: 51 });
    town.world.run(1_500_000);
    expect(town.told("caseOpened")).toEqual([]);
    expect(peers.every((peer) => town.isListed(peer))).toBe(true);
  });

  test("two of three seeds are down: nobody is removed; when one is back, the dead are", () => {
    const { town, peers } = settled(6, { seed: 52 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.hosts[0]?.crash();
    town.hosts[1]?.crash();
    town.hostOfPeer(victim).crash();
    accuseAll(others, victim);
    town.world.run(100_000);
    expect(town.told("removed")).toEqual([]);
    town.hosts[0]?.restart();
    town.until(() => town.isGone(victim), 240_000);
    expect(town.faults()).toEqual([]);
  });

  test("a peer that leaves is gone at once, without a case", () => {
    const { town, peers } = settled(6, { seed: 54 });
    const [leaver] = peers as [TestPeer];
    leaver.leave();
    expect(town.until(() => town.isGone(leaver), 5000)).toBeLessThan(500);
    town.world.run(200_000);
    expect(leaver.receipts).toBeGreaterThanOrEqual(2);
    expect(town.told("caseOpened")).toEqual([]);
    expect(town.told("removed").map(({ news }) => news.reason)).toEqual(["left", "left", "left"]);
    expect(town.told("proposedRemove").every(({ news }) => news.reason === "left")).toBe(true);
  });

  test("a leave to one seed is enough: it travels with its votes", () => {
    const { town, peers } = settled(4, { seed: 55 });
    const [leaver] = peers as [TestPeer];
    const [only, ...rest] = [...leaver.lobby.seeds];
    for (const seed of rest) seed.close();
    expect(only?.isOpen).toBe(true);
    leaver.leave();
    expect(town.until(() => town.isGone(leaver), 5000)).toBeLessThan(500);
  });

  test("a removed peer comes back with a higher incarnation, at once", () => {
    const { town, peers } = settled(4, { seed: 56 });
    const [leaver] = peers as [TestPeer];
    leaver.leave();
    town.until(() => town.isGone(leaver), 5000);
    leaver.register();
    town.world.run(1000);
    expect(town.isGone(leaver)).toBe(true);
    leaver.incarnation += 1;
    leaver.register();
    expect(town.until(() => town.isListed(leaver), 5000)).toBeLessThan(1000);
    expect(town.faults()).toEqual([]);
  });
});

describe("late reports are nobody's fault: nothing happens, and nobody is warned", () => {
  test("against the life before the one that the victim has since", () => {
    const { town, peers } = settled(6, { seed: 62 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    const late = others.map((other) => other.accusation(victim.id));
    victim.incarnation += 1;
    victim.register();
    town.until(() => town.seeds.every(({ ledger }) => ledger.isMember(victim.id, victim.incarnation)), 5000);
    others[0]?.report(victim.id, late);
    for (const [index, accusation] of late.entries()) others[index]?.accuse(victim.id, accusation);
    town.world.run(120_000);
    expect(town.told("caseOpened")).toEqual([]);
    expect(town.told("forged")).toEqual([]);
  });

  test("by who has left, or signed by who has left", () => {
    const { town, peers } = settled(6, { seed: 65 });
    const [victim, gone, ...others] = peers as [TestPeer, TestPeer, ...TestPeer[]];
    const late = gone.accusation(victim.id);
    gone.leave();
    town.until(() => town.isGone(gone), 5000);
    gone.report(victim.id, [late]);
    gone.accuse(victim.id, late);
    others[0]?.report(victim.id, [late]);
    town.world.run(120_000);
    expect(town.told("caseOpened")).toEqual([]);
    expect(town.told("forged")).toEqual([]);
  });

  test("against who is listed no longer, as its lease is over", () => {
    const { town, peers } = settled(3, { seed: 66, options: { timing: { tickMs: 1000, leaseTicks: 30 } } });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    const late = others.map((other) => other.accusation(victim.id));
    town.until(() => town.isGone(victim), 60_000);
    for (const [index, accusation] of late.entries()) others[index]?.accuse(victim.id, accusation);
    town.world.run(5000);
    expect(town.seeds.map(({ ledger }) => ledger.standing(victim.id)?.kind)).toEqual(
      town.seeds.map(() => "expired"),
    );
    expect(town.told("forged")).toEqual([]);
  });
});

describe("forged reports", () => {
  test("of an outsider: nothing happens, told once", () => {
    const { town, peers } = settled(4, { seed: 60 });
    const [victim] = peers as [TestPeer];
    const outsider = town.peer("outsider", { seeds: [], incarnation: 2 ** 41, pollMs: 0, againMs: 0 });
    town.world.run(1000);
    const { incarnation } = victim;
    for (let time = 0; time < 5; time++) {
      outsider.accuse(victim.id, outsider.accusation(victim.id, { incarnation, at: time }));
      town.world.run(1000);
    }
    town.world.run(120_000);
    expect(town.told("caseOpened")).toEqual([]);
    expect(town.told("forged")).toHaveLength(3);
    expect(town.isListed(victim)).toBe(true);
  });

  test("of a member, in the name of others: nothing happens, told once", () => {
    const { town, peers } = settled(6, { seed: 61 });
    const [victim, liar, ...others] = peers as [TestPeer, TestPeer, ...TestPeer[]];
    const { networkId } = liar.lobby.local;
    const forged = others.map((other) =>
      signAccusation({ ...other.accusation(victim.id) }, networkId, town.hostOfPeer(liar).signer),
    );
    for (let time = 0; time < 5; time++) liar.report(victim.id, forged);
    town.world.run(120_000);
    expect(town.told("caseOpened")).toEqual([]);
    expect(town.told("reported")).toEqual([]);
    expect(town.told("forged")).toHaveLength(3);
  });

  test("replayed ones, after the case they made has ended with life, open no other", () => {
    const { town, peers } = settled(6, { seed: 63 });
    const [victim, liar, ...others] = peers as [TestPeer, TestPeer, ...TestPeer[]];
    const stolen = [liar, ...others].map((other) => other.accusation(victim.id));
    liar.report(victim.id, stolen);
    town.world.run(5000);
    expect(town.told("refuted")).toHaveLength(3);
    for (let time = 0; time < 30; time++) {
      liar.report(victim.id, stolen);
      for (const accusation of stolen) liar.accuse(victim.id, accusation);
      town.world.run(10_000);
    }
    expect(town.told("caseOpened")).toHaveLength(3);
    expect(town.told("forged").length).toBeGreaterThan(0);
  });

  test("a majority is counted among the monitors: accusers who are no neighbours open an audit only", () => {
    const { town, peers } = settled(12, { seed: 64 });
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    const friends = others.slice(0, 6);
    for (const friend of friends) friend.link(victim);
    town.world.run(65_000);
    accuseAll(others.slice(6), victim);
    town.world.run(25_000);
    expect(town.told("caseOpened")).toEqual([]);
    town.world.run(10_000);
    expect(town.told("caseOpened").length).toBeGreaterThan(0);
    expect(town.told("removed")).toEqual([]);
  });
});
