import { LAN, type Profile } from "@p2p/peer";
import type { SeedClient, SeedClientEvents } from "@p2p/seed/client";
import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { Network, type NetworkOptions } from "../src/index.ts";

/** Ticks of two seconds and leases of 40 s: many of them pass in a world. */
const LEASE_TICKS = 20;
const TICK_MS = 2000;
const LEASE_MS = LEASE_TICKS * TICK_MS;
const profile: Profile = { ...LAN, seeds: { ...LAN.seeds, leaseTicks: LEASE_TICKS } };

function networkOf(options: NetworkOptions): { network: Network; told: Told[] } {
  const { seedTiming, ...rest } = options;
  const told: Told[] = [];
  const network = new Network({
    pace: "lan",
    profile,
    seedTiming: { tickMs: TICK_MS, leaseTicks: LEASE_TICKS, ...seedTiming },
    observers: [{ peerBooted: (host, peer) => listen(host, peer.seeds, told) }],
    ...rest,
  });
  return { network, told };
}

/** What a peer's client said. */
interface Told {
  readonly by: string;
  readonly event: "removed" | "selfRemoved" | "renewed";
  readonly reason?: SeedClientEvents["removed"][0]["reason"];
}

function listen({ name: by }: Host, seeds: SeedClient, told: Told[]): void {
  seeds.on("removed", ({ reason }) => told.push({ by, event: "removed", reason }));
  seeds.on("selfRemoved", () => told.push({ by, event: "selfRemoved" }));
  seeds.on("renewed", () => told.push({ by, event: "renewed" }));
}

describe("a lease that is renewed at half", () => {
  test("keeps everybody listed over three leases; nobody hears of a removal, and gossip goes on", () => {
    const { network, told } = networkOf({ seed: 400, peers: 6 });
    expect(network.settle()).toBe(true);
    const births = network.live.map((host) => network.peer(host).seeds.life);
    let sent = 0;
    for (const end = network.world.now + 3.2 * LEASE_MS; network.world.now < end; network.world.run(500)) {
      const host = network.live[sent % 6] as Host;
      network.publish(host, `message ${sent++}`);
      expect(network.liveSeeds.map(({ ledger }) => ledger.size)).toEqual([6, 6, 6]);
    }
    network.world.run(10_000);
    expect(network.books.removals).toEqual([]);
    expect(told.filter(({ event }) => event !== "renewed")).toEqual([]);
    for (const [index, host] of network.live.entries()) {
      const renewals = told.filter(({ by }) => by === host.name).length;
      expect(renewals).toBeGreaterThanOrEqual(5);
      expect(network.peer(host).seeds.life).toBeGreaterThanOrEqual((births[index] ?? 0) + renewals);
      const texts = (network.books.heard.get(host) ?? []).map(({ text }) => text);
      expect(new Set(texts).size).toBe(texts.length);
      expect(texts.length).toBe(sent - Math.ceil((sent - index) / 6));
    }
    expect(network.components).toBe(1);
    expect(network.listsAreEqual).toBe(true);
  });

  test("is renewed by the peers of one network at different times", () => {
    const { network, told } = networkOf({ seed: 401, peers: 12, signatures: "hash" });
    network.settle();
    const at = new Map<number, number>();
    for (let second = 0; second < 30; second++) {
      const before = told.length;
      network.world.run(1000);
      at.set(second, told.length - before);
    }
    expect(told.length).toBeGreaterThanOrEqual(12);
    expect(Math.max(...at.values())).toBeLessThan(9);
  });

  test("goes on being spoken in while the seeds are away in the middle of it", () => {
    const { network, told } = networkOf({ seed: 402, peers: 4 });
    network.settle();
    const [speaker, ...listeners] = network.live as [Host, ...Host[]];
    const { seeds } = network.peer(speaker);
    expect(network.world.runUntil(() => seeds.incarnation !== seeds.life, LEASE_MS)).toBe(true);
    for (const host of network.seedHosts) host.crash();
    expect(seeds.isMember).toBe(true);
    network.world.run(60_000);
    network.publish(speaker, "in the dark");
    network.world.run(2000);
    for (const host of listeners)
      expect((network.books.heard.get(host) ?? []).map(({ text }) => text)).toEqual(["in the dark"]);
    for (const host of network.seedHosts) network.boot(host);
    expect(network.settle()).toBe(true);
    expect(network.world.runUntil(() => seeds.incarnation === seeds.life, 30_000)).toBe(true);
    expect(seeds.isMember).toBe(true);
    expect(told.filter(({ event }) => event !== "renewed")).toEqual([]);
  });
});

describe("a lease that ends", () => {
  /** Seeds that never find anybody dead. */
  const blind = { caseAgeMs: 1e9 + 1, caseLifeMs: 1e9 + 2, caseLooksMs: [0, 1e9], caseRoundsMs: [0, 1e9] };

  test("takes a dead peer off every list though no seed ever votes, and peers are told why", () => {
    const { network, told } = networkOf({ seed: 410, peers: 5, seedTiming: blind });
    network.settle();
    const [victim, ...others] = network.live as [Host, ...Host[]];
    victim.crash();
    network.world.run(LEASE_MS + 5000);
    const { id } = victim.signer;
    expect(network.liveSeeds.every(({ ledger }) => !ledger.isMember(id))).toBe(true);
    expect(others.every((host) => !network.peer(host).seeds.ledger.isMember(id))).toBe(true);
    expect(told.filter(({ event }) => event === "removed")).toEqual(
      others.map(() => expect.objectContaining({ event: "removed", reason: "expired" })),
    );
    expect(network.books.removals.map(({ reason }) => reason)).toEqual(["expired", "expired", "expired"]);
    expect(network.isSettled).toBe(true);
  });

  test("while its peer could reach no seed: it is out, knows it, and comes back by itself", () => {
    const { network, told } = networkOf({ seed: 411, peers: 4, seedTiming: blind });
    network.settle();
    const [lonely] = network.live as [Host];
    for (const seed of network.seedHosts) network.world.cut(lonely, seed);
    network.world.run(1.2 * LEASE_MS);
    expect(network.liveSeeds.every(({ ledger }) => !ledger.isMember(lonely.signer.id))).toBe(true);
    // Its neighbours told it the time.
    expect(told).toContainEqual({ by: lonely.name, event: "selfRemoved" });
    expect(network.peer(lonely).seeds.isMember).toBe(false);
    network.world.heal();
    expect(network.settle()).toBe(true);
    expect(network.peer(lonely).seeds.isMember).toBe(true);
  });

  test("in a renewal that is under way: who leaves then, at any moment of it, is gone in both lives", () => {
    for (let delayMs = 0; delayMs <= 400; delayMs += 20) {
      const { network } = networkOf({ seed: 412, peers: 3, latency: { minMs: 10, maxMs: 30 } });
      network.settle();
      const [leaver] = network.live as [Host];
      const { seeds } = network.peer(leaver);
      expect(network.world.runUntil(() => seeds.incarnation !== seeds.life, LEASE_MS)).toBe(true);
      network.world.run(delayMs);
      leaver.stop();
      network.world.run(5000);
      const lists = network.liveSeeds.map(({ ledger }) => ledger.isMember(leaver.signer.id));
      expect([delayMs, ...lists]).toEqual([delayMs, false, false, false]);
      expect(network.books.removals.every(({ reason }) => reason === "left")).toBe(true);
    }
  });
});
