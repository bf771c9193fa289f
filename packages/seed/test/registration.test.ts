import type { Host } from "@p2p/sim";
import { Lobby, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { LIST_ASK } from "../src/frames.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

describe("registration", () => {
  test("a peer is a member at all three seeds within two seconds", () => {
    const town = new Town();
    town.world.run(1000);
    const peer = town.peer("p");
    expect(town.until(() => town.isListed(peer), 5000)).toBeLessThan(2000);
    expect(town.told("added")).toHaveLength(3);
    town.world.run(100);
    expect(peer.ledger.isMember(peer.id, peer.incarnation)).toBe(true);
    expect(town.faults()).toEqual([]);
  });

  test("seeds that all start cold become fresh together", () => {
    const town = new Town();
    expect(town.until(() => town.seeds.every(({ isFresh }) => isFresh), 5000)).toBeLessThan(2000);
  });

  test("twenty peers at once: equal lists, each event once at each seed", () => {
    const town = new Town({ seed: 20 });
    const peers = town.peers(20);
    town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
    town.world.run(10_000);
    expect(new Set(town.lists()).size).toBe(1);
    expect(town.told("added")).toHaveLength(60);
    expect(town.faults()).toEqual([]);
    for (const peer of peers) expect(peer.ledger.size).toBe(20);
  });

  test("who only waits to be a member is told of itself alone, and a member of everybody", () => {
    const town = new Town({ seed: 31 });
    const member = town.peer("member");
    const waiting = town.peer("waiting", { isShy: true });
    town.until(() => town.isListed(member), 5000);
    const [last, ...others] = [town.peer("last"), ...town.peers(5)] as [TestPeer, ...TestPeer[]];
    town.until(() => [last, ...others].every((peer) => town.isListed(peer)), 10_000);
    town.world.run(1000);
    expect(member.ledger.size).toBe(7);
    expect(waiting.ledger.size).toBe(0);
    waiting.register();
    town.until(() => waiting.ledger.size === 8, 5000);
    waiting.leave();
    town.until(() => waiting.ledger.standing(waiting.id)?.kind === "removed", 5000);
    expect(town.faults()).toEqual([]);
  });

  test("the list comes in pages, in order and whole", () => {
    const town = new Town({ seed: 21, seeds: 1, signatures: "hash" });
    const peers = town.peers(260, { pollMs: 0, againMs: 0 });
    town.until(() => peers.every((peer) => town.isListed(peer)), 20_000);
    const [first] = peers;
    town.world.run(2000);
    first?.listed.splice(0);
    [...(first?.lobby.seeds ?? [])][0]?.send(LIST_ASK.encode({ after: undefined, wanted: [] }));
    town.world.run(2000);
    expect(first?.listed).toEqual(peers.map(({ id }) => id).toSorted());
  }, 60_000);

  test("registered with two seeds only: the third learns of it by relay", () => {
    const town = new Town({ seed: 3 });
    const peer = town.peer("p", { seeds: [0, 1] });
    town.until(() => town.isListed(peer), 5000);
    expect(town.told("proposedAdd").length).toBeGreaterThanOrEqual(2);
    expect(town.faults()).toEqual([]);
  });

  test("a vote is as good as a relay: it reaches the third seed of a quorum by way of the second", () => {
    const town = new Town({ seed: 12, seeds: 4 });
    town.world.run(2000);
    const [first, , third, fourth] = town.configuration.seeds.map(({ id }) => town.hostOf(id)) as [
      Host,
      Host,
      Host,
      Host,
    ];
    fourth.crash();
    town.world.cut(first, third);
    const peer = town.peer("p", { seeds: [0] });
    expect(town.until(() => town.seeds.some(({ ledger }) => ledger.isMember(peer.id)), 5000)).toBeLessThan(
      3000,
    );
    expect(town.faults()).toEqual([]);
  });

  test("one seed of three down: goes on; two down: nothing is decided, until one is back", () => {
    const town = new Town({ seed: 4 });
    town.world.run(2000);
    town.hosts[2]?.crash();
    const early = town.peer("early");
    town.until(() => town.isListed(early), 5000);
    town.hosts[1]?.crash();
    const late = town.peer("late");
    town.world.run(60_000);
    expect(town.isGone(late)).toBe(true);
    expect(town.isListed(early)).toBe(true);
    expect(town.told("proposedAdd").filter(({ news }) => news.peer === late.id)).toHaveLength(1);
    town.hosts[1]?.restart();
    town.until(() => town.isListed(late) && town.isListed(early), 20_000);
    expect(town.faults()).toEqual([]);
  });

  test("a seed that restarts alone holds registrations until it is fresh", () => {
    const town = new Town({ seed: 5, booted: false });
    const [first, second] = town.hosts;
    if (!first || !second) throw new Error("no hosts");
    town.bootSeed(first);
    const peer = town.peer("p");
    town.world.run(10_000);
    expect(peer.answers.at(-1)?.outcome).toBe("held");
    expect(town.told("proposedAdd")).toEqual([]);
    town.bootSeed(second);
    town.until(() => town.isListed(peer), 20_000);
    expect(town.told("fresh")).toHaveLength(2);
  });

  test("nobody answers at the address: rejected, with the address tried", () => {
    const town = new Town({ seed: 6 });
    const host = town.world.host("p");
    const nobody = parseAddress(`${host.ip}:22`);
    const peer = town.peer("p", { address: nobody }, host);
    town.world.run(20_000);
    expect(town.isGone(peer)).toBe(true);
    const { outcome, code, detail } = peer.answers.at(-1) ?? {};
    expect([outcome, code]).toEqual(["rejected", "unreachable"]);
    expect(detail).toBe(`nobody listens at ${nobody}: it refuses links`);
    expect(town.invariants.votes).toBe(0);
  });

  test("somebody else answers at the address: rejected", () => {
    const town = new Town({ seed: 7 });
    const other = town.peer("other");
    town.until(() => town.isListed(other), 5000);
    const peer = town.peer("p", { address: town.hostOfPeer(other).address });
    town.world.run(20_000);
    expect(town.isGone(peer)).toBe(true);
  });

  test("a peer that answers in a later life than it registered gets no vote for the earlier one", () => {
    const town = new Town({ seed: 70 });
    const peer = town.peer("p", { againMs: 0 });
    const registered = peer.incarnation;
    town.until(() => peer.answers.length > 0, 5000);
    peer.incarnation += 1;
    town.world.run(10_000);
    expect(peer.answers.map(({ outcome }) => outcome)).not.toContain("rejected");
    expect(town.isGone(peer)).toBe(true);
    expect(town.told("proposedAdd").filter(({ news }) => news.incarnation === registered)).toEqual([]);
    peer.register();
    town.until(() => town.seeds.every(({ ledger }) => ledger.isMember(peer.id, registered + 1)), 5000);
  });

  test("admission is asked once for each peer, and what it says reaches the peer", () => {
    const asked: string[] = [];
    const admission = ({ address }: { readonly address: string }) => {
      asked.push(address);
      return asked.length > 3 ? { code: "closed", detail: "no more members" } : undefined;
    };
    const town = new Town({ seed: 8, options: { admission: { policy: admission } } });
    town.world.run(1000);
    const first = town.peer("first");
    town.until(() => town.isListed(first), 5000);
    first.incarnation += 1;
    first.register();
    town.until(() => town.seeds.every(({ ledger }) => ledger.isMember(first.id, first.incarnation)), 5000);
    expect(asked).toHaveLength(3);
    const second = town.peer("second");
    town.world.run(3000);
    expect(second.answers.at(-1)?.code).toBe("closed");
    expect(town.isGone(second)).toBe(true);
  });

  test("an incarnation at or below the certified one is answered with the certificate", () => {
    const town = new Town({ seed: 9 });
    const peer = town.peer("p", { incarnation: 100 });
    town.until(() => town.isListed(peer), 5000);
    const events = town.told("added").length;
    peer.register(peer.registration({ incarnation: 99 }));
    town.world.run(3000);
    expect(town.told("added")).toHaveLength(events);
    expect(peer.answers.some(({ outcome }) => outcome === "rejected")).toBe(false);
  });

  test("an incarnation that would burn all numbers is implausible", () => {
    const town = new Town({ seed: 10 });
    const peer = town.peer("p", { incarnation: 2 ** 41 });
    town.world.run(5000);
    expect(peer.answers.at(-1)?.code).toBe("implausible");
  });

  test("two registrations for one life: at most one is certified, at every seed the same", () => {
    for (let seed = 100; seed < 130; seed++) {
      const town = new Town({ seed });
      town.world.run(1000);
      const peer = town.peer("p", { againMs: 0, incarnation: 5 });
      town.until(() => peer.lobby.seeds.size === 3, 5000);
      const rival = peer.registration({ token: Uint8Array.of(7) });
      peer.register(rival, [...peer.lobby.seeds].slice(seed % 3));
      town.world.run(15_000);
      expect(town.faults(), `seed ${seed}`).toEqual([]);
      expect(new Set(town.lists()).size, `seed ${seed}`).toBe(1);
    }
  });

  test("a stranger who says he is a seed is refused at the door", () => {
    const town = new Town({ seed: 11 });
    town.world.run(1000);
    const host = town.world.host("stranger");
    const { name, seeds, faulty } = town.configuration;
    const { clock, random, signer, verifier } = host;
    const network = { name, seeds: seeds.map(({ id }) => id), faulty };
    const lobby = new Lobby({
      transport: host.transport(),
      clock,
      random,
      signer,
      verifier,
      network,
      role: "seed",
    });
    const refusals: string[] = [];
    lobby.on("missed", ({ reason }) => refusals.push(reason.kind === "rejected" ? reason.code : reason.kind));
    for (const { address } of seeds) lobby.dial(address);
    town.world.run(1000);
    expect(refusals).toEqual(["stranger", "stranger", "stranger"]);
    expect(town.seeds.map((seed) => seed.lobby.seeds.size)).toEqual([2, 2, 2]);
  });
});
