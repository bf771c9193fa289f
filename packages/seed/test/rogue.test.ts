import { Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { VOTE } from "../src/frames.ts";
import { betrayed } from "./rogue.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

describe("a compromised seed", () => {
  test("votes against a live peer, again and again: nobody votes because it does", () => {
    const { town, rogue, peers } = betrayed(90);
    const [victim] = peers as [TestPeer];
    for (let second = 0; second < 120; second++) {
      rogue.voteDead(victim.id, victim.incarnation);
      if (second % 30 === 0) rogue.suspect(victim.id, victim.incarnation);
      town.world.run(1000);
    }
    expect(town.told("removed")).toEqual([]);
    expect(town.told("proposedRemove")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
    expect(town.told("refuted").length).toBeGreaterThan(0);
  });

  test("brings a forged leave with a vote that is too old to matter: nobody takes it for a wish to go", () => {
    const { town, rogue, peers } = betrayed(93);
    const [victim] = peers as [TestPeer];
    rogue.forgeLeave(victim.id, victim.incarnation);
    town.world.run(30_000);
    expect(town.told("proposedRemove")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
  });

  test("suspects everybody, all the time: cases stay few", () => {
    const { town, rogue, peers } = betrayed(91);
    for (let second = 0; second < 300; second++) {
      for (const peer of peers) rogue.suspect(peer.id, peer.incarnation);
      town.world.run(1000);
    }
    // At each of two seeds, for each of five members, one a minute.
    expect(town.told("caseOpened").length).toBeLessThanOrEqual(2 * 5 * 6);
    expect(town.told("removed")).toEqual([]);
  });
});

describe("a vote that is being written", () => {
  test("is not sent when life is seen before it is on disk", () => {
    let votes = 0;
    const town = new Town({
      seed: 93,
      disk: { syncMs: { minMs: 2000, maxMs: 2000 } },
      sent: (_, frame) => {
        const news = frame[0] === Kind.vote ? VOTE.decode(frame) : undefined;
        if (news !== undefined && "vote" in news && news.vote.fact.kind === "remove") votes += 1;
      },
    });
    const peers = town.peers(6, { pollMs: 0 });
    town.until(() => peers.every((peer) => town.isListed(peer)), 30_000);
    town.until(() => town.tick === 7, 300_000);
    const [victim, ...others] = peers as [TestPeer, ...TestPeer[]];
    town.world.run(1000);
    victim.isMute = true;
    for (const other of others) other.accuse(victim.id);
    town.until(() => town.told("proposedRemove").length === 3, 60_000);
    victim.isMute = false;
    victim.incarnation += 1;
    victim.register();
    town.world.run(20_000);
    expect(votes).toBe(0);
    expect(town.told("removed")).toEqual([]);
    expect(town.isListed(victim)).toBe(true);
  });
});
