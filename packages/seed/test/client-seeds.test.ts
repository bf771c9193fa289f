import { type Accusation, signAccusation } from "@p2p/consensus";
import { edgeTerms, type PeerId, signEdge } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { LAN_TIMING as CLIENT_LAN_TIMING } from "../src/client/index.ts";
import { LAN_TIMING, Seed } from "../src/index.ts";
import { type Peer, type PeerOptions, Town } from "./client-town.ts";

/** A town whose seeds are real, at the faster pace. */
class SeededTown extends Town {
  /** As they run now, by their seats. */
  readonly seeds: Seed[] = [];
  /** What the seeds reported, as `event peer`. */
  readonly transcript: string[] = [];

  constructor(seeds: number, seed: number, down: readonly number[] = []) {
    super(seeds, { seed, latency: { minMs: 1, maxMs: 10 } });
    for (const seat of this.seedHosts.keys()) if (!down.includes(seat)) this.bootSeed(seat);
    for (const seat of down) this.seedHosts[seat]?.crash();
  }

  bootSeed(seat: number): void {
    const host = this.seedHosts[seat];
    host?.boot(() => {
      const { signer, verifier, disk, clock, random } = host;
      const transport = host.transport();
      const { configuration } = this;
      const seed = new Seed({
        configuration,
        signer,
        verifier,
        disk,
        transport,
        clock,
        random,
        timing: LAN_TIMING,
      });
      seed.on("removed", ({ peer, reason }) => this.transcript.push(`${reason} ${peer}`));
      seed.on("caseOpened", ({ peer, reason }) => this.transcript.push(`case ${reason} ${peer}`));
      seed.on("forged", ({ detail }) => this.transcript.push(`forged ${detail}`));
      seed.open((error) => {
        if (error !== undefined) throw error;
      });
      this.seeds[seat] = seed;
    });
  }

  override peer(name: string, options: PeerOptions = {}): Peer {
    return super.peer(name, { timing: CLIENT_LAN_TIMING, ...options });
  }

  /** Every list there is, once each. */
  lists(peers: readonly Peer[]): readonly (readonly PeerId[])[] {
    const lists = [
      ...this.seeds.map(({ ledger }) => [...ledger.memberIds()].toSorted()),
      ...peers.map(({ list }) => list),
    ];
    return [...new Set(lists.map((list) => list.join()))].map((list) => list.split(",") as PeerId[]);
  }
}

function areIn(peers: readonly Peer[]): boolean {
  return peers.every(
    ({ outcome, client }) => outcome !== undefined && outcome.error === undefined && client.isMember,
  );
}

const names = ["anna", "ben", "carl", "dora", "emil"];

describe.each([1, 2, 3])("with real seeds (seed %i)", (seed) => {
  test("five register at three, and all lists are equal", () => {
    const town = new SeededTown(3, seed);
    const peers = names.map((name) => town.peer(name));
    expect(town.world.runUntil(() => areIn(peers), 10_000)).toBe(true);
    town.run(5000);
    expect(town.lists(peers)).toEqual([peers.map(({ id }) => id).toSorted()]);
    for (const { news, log, id } of peers) {
      const told = [...(news.registered?.[0]?.peers ?? []), ...(news.added ?? [])].map(({ peer }) => peer);
      expect(told.toSorted()).toEqual(
        peers
          .map((peer) => peer.id)
          .filter((other) => other !== id)
          .toSorted(),
      );
      expect(log).not.toContain("removed");
    }
  });

  test("one seed down makes no difference", () => {
    const town = new SeededTown(3, seed, [seed % 3]);
    const peers = names.map((name) => town.peer(name));
    expect(town.world.runUntil(() => areIn(peers), 15_000)).toBe(true);
  });

  test("two seeds down: they wait, and get in once one is back", () => {
    const town = new SeededTown(3, seed, [0, 2]);
    const peers = names.map((name) => town.peer(name));
    town.run(30_000);
    expect(peers.map(({ outcome }) => outcome)).toEqual(names.map(() => undefined));
    for (const { log } of peers) expect(log).toContain("waiting");
    town.bootSeed(2);
    expect(town.world.runUntil(() => areIn(peers), 20_000)).toBe(true);
  });

  test("the whole network at once, seeds and peers", () => {
    const town = new SeededTown(5, seed);
    const peers = names.map((name) => town.peer(name));
    expect(town.world.runUntil(() => areIn(peers), 15_000)).toBe(true);
  });

  test("nobody who polls is looked for, for ten minutes", () => {
    const town = new SeededTown(3, seed);
    const peers = names.map((name) => town.peer(name));
    town.run(600_000);
    expect(town.transcript).toEqual([]);
    expect(areIn(peers)).toBe(true);
    expect(peers.flatMap(({ log }) => log.filter((event) => event === "unlinked"))).toEqual([]);
  });

  test("a seed that stands still and takes dials keeps nobody waiting", () => {
    const town = new SeededTown(3, seed);
    town.run(2000);
    town.seedHosts[seed % 3]?.freeze();
    const peers = names.map((name) => town.peer(name));
    expect(town.world.runUntil(() => areIn(peers), 3000)).toBe(true);
  });

  test("who starts again speaks for a life that no seed knows yet, before it can register", () => {
    const town = new SeededTown(3, seed);
    const anna = town.peer("anna");
    town.run(5000);
    anna.host.crash();
    for (const host of town.seedHosts) host.crash();
    const again = town.peer("anna");
    town.run(1000);
    expect(again.client.isMember).toBe(false);
    expect(again.client.incarnation).toBeGreaterThan(anna.client.incarnation);
  });

  test("a restart comes back with a higher incarnation, and nobody was removed", () => {
    const town = new SeededTown(3, seed);
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(5000);
    anna.host.crash();
    const again = town.peer("anna");
    town.run(5000);
    expect(areIn([again, ben])).toBe(true);
    expect(again.client.incarnation).toBeGreaterThan(anna.client.incarnation);
    expect(ben.client.ledger.isMember(anna.id, again.client.incarnation)).toBe(true);
    expect(ben.news.removed).toBeUndefined();
  });

  test("so does a wiped disk with a clock an hour behind", () => {
    const town = new SeededTown(3, seed);
    const anna = town.peer("anna");
    town.run(5000);
    anna.host.crash();
    anna.host.wipeDisk();
    anna.host.shiftWallClock(-3_600_000);
    const again = town.peer("anna");
    town.run(5000);
    expect(areIn([again])).toBe(true);
    expect(again.client.incarnation).toBe(anna.client.incarnation + 1);
  });

  test("a crash in the middle of registering does no harm, with or without its disk", () => {
    const town = new SeededTown(3, seed);
    town.run(2000);
    for (const wipes of [false, true, false, true]) {
      const anna = town.peer("anna");
      town.run(20 + 15 * seed);
      anna.host.crash();
      if (wipes) anna.host.wipeDisk();
    }
    const last = town.peer("anna");
    town.run(15_000);
    expect(areIn([last])).toBe(true);
    expect(last.log).not.toContain("identityInUse");
  });

  test("a copied state directory: one of the two stops, the other stays", () => {
    const town = new SeededTown(3, seed);
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(5000);
    const twin = town.world.host("twin");
    twin.platter.replace("incarnation", anna.host.platter.bytesOf("incarnation") as Uint8Array);
    const copy = town.peer("twin", { signer: anna.host.signer });
    town.run(60_000);
    expect([anna, copy].filter(({ log }) => log.includes("identityInUse"))).toEqual([anna]);
    expect(copy.client.isMember).toBe(true);
    expect(ben.client.ledger.addressOf(anna.id)).toBe(twin.address);
  });

  test("two processes of one key that start together: not both stay", () => {
    const town = new SeededTown(3, seed);
    town.run(2000);
    const anna = town.peer("anna");
    const copy = town.peer("twin", { signer: anna.host.signer });
    town.run(60_000);
    expect([anna, copy].filter(({ client }) => client.isMember)).toHaveLength(1);
    expect([anna, copy].filter(({ log }) => log.includes("identityInUse"))).toHaveLength(1);
  });

  test("who cannot be dialled is told so within 10 s", () => {
    const town = new SeededTown(3, seed);
    town.run(2000);
    const since = town.world.now;
    const anna = town.peer("anna", { client: { address: "10.0.0.99:7000" } });
    const ben = town.peer("ben", {
      client: { address: `${town.world.hosts.get("ben")?.ip ?? "10.0.0.5"}:9` },
    });
    town.run(10_000);
    for (const { outcome } of [anna, ben]) {
      expect(outcome?.error?.code).toBe("NOT_DIALABLE");
      expect((outcome?.at ?? 0) - since).toBeLessThan(10_000);
    }
    expect(anna.outcome?.error?.message).toContain("10.0.0.99:7000");
  });

  test("a live member that is unheard of is removed, and comes back by itself", () => {
    const town = new SeededTown(3, seed);
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(5000);
    const { incarnation } = anna.client;
    town.world.partition([anna.host], [...town.seedHosts, ben.host]);
    town.run(200_000);
    expect(ben.list).toEqual([ben.id]);
    town.world.heal();
    town.run(60_000);
    expect(areIn([anna, ben])).toBe(true);
    expect(anna.client.incarnation).toBeGreaterThan(incarnation);
    expect(town.lists([anna, ben])).toHaveLength(1);
    expect(anna.log).toContain("rejoined");
  });

  test("a leave has its receipts, and everybody hears of it", () => {
    const town = new SeededTown(3, seed);
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(10_000);
    let receipts: number | undefined;
    anna.client.leave((count) => {
      receipts = count;
    });
    town.run(2100);
    expect(receipts).toBeGreaterThanOrEqual(2);
    expect(ben.news.removed).toMatchObject([{ peer: anna.id, reason: "left" }]);
    expect(town.transcript.filter((line) => line.startsWith("left"))).toHaveLength(3);
    anna.host.crash();
    const again = town.peer("anna");
    town.run(5000);
    expect(areIn([again])).toBe(true);
  });

  test("seeds that all restart find their members again, and members them", () => {
    const town = new SeededTown(3, seed);
    const peers = names.map((name) => town.peer(name));
    town.run(5000);
    for (const [seat, host] of town.seedHosts.entries()) {
      host.crash();
      town.bootSeed(seat);
    }
    town.run(30_000);
    expect(areIn(peers)).toBe(true);
    expect(town.lists(peers)).toEqual([peers.map(({ id }) => id).toSorted()]);
    for (const { client } of peers) expect(client.linked.length).toBeGreaterThanOrEqual(2);
  });

  test("a dead member that everybody accuses is removed at every peer", () => {
    const town = new SeededTown(3, seed);
    const peers = names.map((name) => town.peer(name));
    town.run(5000);
    const [victim, ...others] = peers as [Peer, ...Peer[]];
    victim.host.crash();
    const { incarnation } = victim.client;
    const accusations: Accusation[] = others.map((accuser) => {
      const at = accuser.host.clock.wallTime();
      const terms = { victim: victim.id, incarnation, accuser: accuser.id, at, lastSeen: at };
      return signAccusation(terms, town.configuration.networkId, accuser.host.signer);
    });
    for (const [index, { client }] of others.entries()) {
      client.accuse({ accusation: accusations[index] as Accusation, nonce: new Uint8Array(32).fill(index) });
    }
    others[0]?.client.report({ victim: victim.id, incarnation, accusations });
    town.run(15_000);
    for (const { list, news } of others) {
      expect(list).not.toContain(victim.id);
      expect(news.removed).toMatchObject([{ peer: victim.id, reason: "dead" }]);
    }
    expect(town.transcript.filter((line) => line.startsWith("case"))).toHaveLength(3);
  });

  test("edges reach seeds, and those that are linked later; a seed then says who watches", () => {
    const town = new SeededTown(3, seed);
    const peers = [...names, "fritz", "gerda", "hans"].map((name) => town.peer(name));
    town.run(5000);
    const [anna, ben] = peers as [Peer, Peer];
    const ends = [anna, ben].map(({ id, client }) => ({ id, incarnation: client.incarnation }));
    const since = anna.host.clock.wallTime();
    const terms = edgeTerms(ends[0] as never, ends[1] as never, since, since + 600_000);
    const { networkId } = town.configuration;
    const signatureBy = (id: PeerId): Uint8Array =>
      signEdge(terms, networkId, id === anna.id ? anna.host.signer : ben.host.signer);
    anna.client.edges([{ ...terms, signatureA: signatureBy(terms.a), signatureB: signatureBy(terms.b) }]);
    town.run(12_000);
    for (const { edges } of town.seeds) expect(edges.size).toBe(1);
    let monitors: readonly PeerId[] = [];
    anna.client.electorate(ben.id, (ids) => {
      monitors = ids;
    });
    town.run(500);
    expect(monitors).toContain(anna.id);
    expect(monitors).toHaveLength(5);
  });
});
