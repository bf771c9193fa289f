import type { PeerId } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { Strikes } from "../src/strikes.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

const HOUR_MS = 3_600_000;
const [ann, ben, cid, dot] = ["ann", "ben", "cid", "dot"] as [PeerId, PeerId, PeerId, PeerId];
const victims = Array.from({ length: 6 }, (_, index) => `victim ${index}` as PeerId);
const [v0, v1, v2, v3] = victims as [PeerId, PeerId, PeerId, PeerId];

describe("strikes", () => {
  test("three victims within a day mute an accuser for a day from the third", () => {
    const strikes = new Strikes();
    expect(strikes.refuted(v0, ann, 0).isMuted).toBe(false);
    expect(strikes.refuted(v1, ann, 10 * HOUR_MS).isMuted).toBe(false);
    expect(strikes.isMuted(ann, 10 * HOUR_MS)).toBe(false);
    expect(strikes.refuted(v2, ann, 20 * HOUR_MS).isMuted).toBe(true);
    expect(strikes.isMuted(ann, 20 * HOUR_MS)).toBe(true);
    expect(strikes.isMuted(ann, 44 * HOUR_MS - 1)).toBe(true);
    expect(strikes.isMuted(ann, 44 * HOUR_MS)).toBe(false);
    expect(strikes.isMuted(ben, 20 * HOUR_MS)).toBe(false);
  });

  test("one victim, however often, is one strike; and so are three in more than a day", () => {
    const strikes = new Strikes();
    for (let time = 0; time < 100; time++) strikes.refuted(v0, ann, time * HOUR_MS);
    expect(strikes.isMuted(ann, 99 * HOUR_MS)).toBe(false);
    for (const [index, victim] of victims.entries()) strikes.refuted(victim, ben, index * 13 * HOUR_MS);
    expect(strikes.isMuted(ben, 65 * HOUR_MS)).toBe(false);
  });

  test("three accusers make a victim grey, for a day from the first of the last three", () => {
    const strikes = new Strikes();
    expect(strikes.refuted(v0, ann, 0).isGrey).toBe(false);
    expect(strikes.refuted(v0, ben, 0).isGrey).toBe(false);
    expect(strikes.refuted(v0, ann, HOUR_MS).isGrey).toBe(false);
    expect(strikes.refuted(v0, cid, 2 * HOUR_MS).isGrey).toBe(true);
    expect(strikes.refuted(v0, dot, 3 * HOUR_MS).isGrey).toBe(false);
    expect(strikes.isGrey(v0, 25 * HOUR_MS - 1)).toBe(true);
    expect(strikes.isGrey(v0, 25 * HOUR_MS)).toBe(false);
  });

  test("grey victims strike nobody, and who was muted because of them is heard again", () => {
    const strikes = new Strikes();
    for (const victim of [v0, v1, v2]) strikes.refuted(victim, ann, 0);
    expect(strikes.isMuted(ann, 0)).toBe(true);
    strikes.refuted(v0, ben, 1);
    strikes.refuted(v0, cid, 1);
    expect(strikes.isGrey(v0, 1)).toBe(true);
    expect(strikes.isMuted(ann, 1)).toBe(false);
    expect(strikes.refuted(v3, ann, 2).isMuted).toBe(true);
  });

  test("who is muted makes nobody grey", () => {
    const strikes = new Strikes();
    for (const victim of [v0, v1, v2]) strikes.refuted(victim, ann, 0);
    for (const accuser of [ann, ben, cid]) strikes.refuted(v3, accuser, 1);
    expect(strikes.isGrey(v3, 1)).toBe(false);
  });
});

function settled(count: number, seed: number): { town: Town; peers: TestPeer[] } {
  const town = new Town({ seed, signatures: "hash" });
  const peers = town.peers(count);
  town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
  town.world.run(2000);
  return { town, peers };
}

/** One accuses another, alone, and the seeds look. */
function accuseAlone(town: Town, accuser: TestPeer, victim: TestPeer): void {
  accuser.accuse(victim.id);
  town.world.run(70_000);
}

describe("at the seeds", () => {
  test("who accuses three that live, each alone, is muted; its word still opens a case, and finds the dead", () => {
    const { town, peers } = settled(8, 70);
    const [wolf, ...others] = peers as [TestPeer, ...TestPeer[]];
    for (const victim of others.slice(0, 3)) accuseAlone(town, wolf, victim);
    expect(town.told("muted").map(({ news }) => news.accuser)).toEqual([wolf.id, wolf.id, wolf.id]);
    const dead = others[4] as TestPeer;
    town.hostOfPeer(dead).crash();
    wolf.accuse(dead.id);
    town.until(() => town.isGone(dead), 60_000);
  });

  test("who is muted is no monitor: its accusation makes no majority", () => {
    const { town, peers } = settled(6, 71);
    const [wolf, ...others] = peers as [TestPeer, ...TestPeer[]];
    for (const victim of others.slice(0, 3)) accuseAlone(town, wolf, victim);
    const victim = others[4] as TestPeer;
    const before = town.told("caseOpened").length;
    // Of five monitors three are a majority, of the four that are left as well.
    for (const accuser of [wolf, ...others.slice(0, 2)]) accuser.accuse(victim.id);
    town.world.run(20_000);
    expect(town.told("caseOpened")).toHaveLength(before);
  });

  test("a peer that answers seeds and not its neighbours mutes none of them: it turns grey, and stays", () => {
    const { town, peers } = settled(9, 72);
    const [victim, ...honest] = peers as [TestPeer, ...TestPeer[]];
    for (let round = 0; round < 3; round++) for (const accuser of honest) accuseAlone(town, accuser, victim);
    expect(town.told("muted")).toEqual([]);
    expect(town.told("grey").map(({ news }) => news.victim)).toEqual([victim.id, victim.id, victim.id]);
    expect(town.told("removed")).toEqual([]);
    const newcomer = town.peer("newcomer");
    town.until(() => newcomer.listed.length >= 9, 5000);
    expect(new Set(newcomer.grey)).toEqual(new Set([victim.id]));
    expect(town.isListed(victim)).toBe(true);
  });

  test.each([
    [1, 0],
    [4, 2],
  ])("%i that are on and off mute %i of the honest who say so, until a third one does", (count, mutedMax) => {
    const { town, peers } = settled(count + 5, 73);
    const onAndOff = peers.slice(0, count);
    const honest = peers.slice(count);
    for (let round = 0; round < 6; round++) {
      for (const victim of onAndOff) {
        const host = town.hostOfPeer(victim);
        host.vanish();
        (honest[round % honest.length] as TestPeer).accuse(victim.id);
        town.world.run(15_000); // shorter than any case
        host.reappear();
        town.world.run(60_000);
      }
    }
    expect(new Set(town.told("muted").map(({ news }) => news.accuser)).size).toBe(mutedMax);
    expect(new Set(town.told("grey").map(({ news }) => news.victim)).size).toBe(count);
    expect(town.told("removed")).toEqual([]);
  });

  test("accusations of many at once strike nobody", () => {
    const { town, peers } = settled(8, 74);
    const [victim, ...accusers] = peers as [TestPeer, ...TestPeer[]];
    for (let round = 0; round < 5; round++) {
      for (const accuser of accusers) accuser.accuse(victim.id);
      town.world.run(70_000);
    }
    expect(town.told("refuted").length).toBeGreaterThan(0);
    expect(town.told("muted")).toEqual([]);
    expect(town.told("grey")).toEqual([]);
  });
});
