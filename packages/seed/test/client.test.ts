import { CERTIFICATES, type Registration } from "@p2p/consensus";
import { describe, expect, test } from "vitest";
import { SeedClient } from "../src/client/index.ts";
import { REGISTER } from "../src/frames.ts";
import { type Peer, ScriptedTown } from "./client-town.ts";

const EPOCH_S = Date.UTC(2026, 0, 1) / 1000;

function registrations(town: ScriptedTown): readonly Registration[] {
  return town.seeds.flatMap((seed) => seed.of(REGISTER).map(({ registration }) => registration));
}

function isIn(peer: Peer): boolean {
  return peer.outcome !== undefined && peer.outcome.error === undefined && peer.client.isMember;
}

describe("a peer registers", () => {
  test("with ⌊n/2⌋+1 seeds, and is told everybody else", () => {
    const town = new ScriptedTown(5);
    const anna = town.peer("anna");
    town.run(2000);
    const ben = town.peer("ben");
    town.run(2000);
    expect([anna, ben].map(isIn)).toEqual([true, true]);
    expect(ben.news.registered).toMatchObject([{ incarnation: EPOCH_S + 2, peers: [{ peer: anna.id }] }]);
    expect(anna.news.added).toMatchObject([{ peer: ben.id, address: ben.host.address }]);
    expect(
      town.seeds.filter((seed) =>
        seed.of(REGISTER).some(({ registration }) => registration.peer === anna.id),
      ),
    ).toHaveLength(3);
  });

  test("and is told whom more than f seeds call grey", () => {
    const town = new ScriptedTown(4, { faulty: 1 });
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(3000);
    for (const seed of town.seeds) seed.grey = [anna.id];
    const [liar] = town.seeds;
    if (liar !== undefined) liar.grey = [anna.id, ben.id];
    const carl = town.peer("carl");
    town.run(3000);
    expect(carl.news.registered?.[0]?.grey).toEqual(new Set([anna.id]));
  });

  test("keeps links to q seeds once it is in", () => {
    const town = new ScriptedTown(5);
    const anna = town.peer("anna");
    town.run(5000);
    expect(anna.client.linked).toHaveLength(3);
  });

  test("and a listener that throws keeps nobody else from hearing it", () => {
    const failures: string[] = [];
    const town = new ScriptedTown(3, { onFailure: ({ message }) => failures.push(message) });
    const anna = town.peer("anna", { registers: false });
    anna.client.on("registered", () => {
      throw new Error("a listener's own");
    });
    const heard: number[] = [];
    anna.client.on("registered", ({ incarnation }) => heard.push(incarnation));
    town.run(10);
    anna.register(town.world);
    town.run(5000);
    expect(isIn(anna)).toBe(true);
    expect(heard).toHaveLength(1);
    expect(failures).toEqual([expect.stringContaining("a listener's own")]);
  });

  test("with its incarnation on disk before anybody hears of it", () => {
    const town = new ScriptedTown(3, { disk: { syncMs: { minMs: 500, maxMs: 501 } } });
    const anna = town.peer("anna");
    town.world.runUntil(() => registrations(town).length > 0, 5000);
    expect(anna.host.platter.bytesOf("incarnation")).toBeDefined();
    const early = new ScriptedTown(3, { disk: { syncMs: { minMs: 500, maxMs: 501 } } });
    early.peer("anna");
    early.run(490);
    expect(registrations(early)).toEqual([]);
  });

  test("and shows its certificate in HELLO from then on", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    expect(anna.client.credential()).toBeUndefined();
    town.run(2000);
    const ben = town.peer("ben", { registers: false });
    town.run(10);
    anna.lobby.dial(ben.host.address);
    town.run(1000);
    expect(ben.lobby.links.get(anna.id)?.remote.credential).toEqual(
      Uint8Array.from(anna.client.credential() ?? []),
    );
  });

  test("when a seed does not answer, with another one", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds.slice(0, 2)) seed.manner = "silent";
    const anna = town.peer("anna");
    town.run(20_000);
    expect(isIn(anna)).toBe(true);
  });

  test("when a seed is down, with another one", () => {
    const town = new ScriptedTown(3, { down: [0] });
    const anna = town.peer("anna");
    town.run(5000);
    expect(isIn(anna)).toBe(true);
    expect(anna.news.waiting).toBeUndefined();
  });

  test("waits while too few seeds are up, and says which are missing", () => {
    const town = new ScriptedTown(3, { down: [0, 1] });
    const anna = town.peer("anna");
    town.run(60_000);
    expect(anna.outcome).toBeUndefined();
    const missing = town.configuration.seeds.slice(0, 2);
    expect(anna.news.waiting?.at(-1)?.missing.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(missing);
    expect(anna.news.waiting?.length).toBeLessThanOrEqual(7);
    town.bootSeed(0);
    town.run(15_000);
    expect(isIn(anna)).toBe(true);
  });

  test("waits for seeds that are not fresh yet", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds) seed.isFresh = false;
    const anna = town.peer("anna");
    town.run(20_000);
    expect(anna.outcome).toBeUndefined();
    expect(registrations(town)).toEqual([]); // without a state file it does not know what it said before
    for (const seed of town.seeds) seed.isFresh = true;
    town.run(3000);
    expect(isIn(anna)).toBe(true);
  });

  test("asks again after `held`, with pauses of 2 to 30 s", () => {
    const town = new ScriptedTown(1);
    town.seed(0).manner = { outcome: "held", code: "", detail: "" };
    const anna = town.peer("anna");
    town.run(120_000);
    expect(anna.outcome).toBeUndefined();
    const times = town
      .seed(0)
      .heard.filter(({ name }) => name === "REGISTER")
      .map(({ at }) => at);
    const pauses = times.slice(1).map((at, index) => Math.round((at - (times[index] as number)) / 1000));
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30]);
    town.seed(0).manner = "certify";
    town.run(31_000);
    expect(isIn(anna)).toBe(true);
  });

  test("is told NOT_DIALABLE when a quorum can no longer be had, with the address and what to do", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds)
      seed.manner = { outcome: "rejected", code: "unreachable", detail: "nobody answered at 10.0.0.4:7000" };
    const anna = town.peer("anna");
    town.run(10_000);
    expect(anna.outcome?.error?.code).toBe("NOT_DIALABLE");
    expect(anna.outcome?.error?.message).toMatch(/10\.0\.0\.4:7000.*open that port/);
    expect(anna.news.rejected).toHaveLength(2);
    expect(anna.client.linked).toEqual([]);
  });

  test("is told REGISTRATION_REJECTED when admission says no", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds)
      seed.manner = { outcome: "rejected", code: "token", detail: "no such token" };
    const anna = town.peer("anna");
    town.run(10_000);
    expect(anna.outcome?.error?.code).toBe("REGISTRATION_REJECTED");
    expect(anna.outcome?.error?.message).toContain("no such token");
  });

  test.each([1, 2, 3])("gets in though two seeds of five say no (seed %i)", (seed) => {
    const town = new ScriptedTown(5, { seed });
    for (const one of town.seeds) one.manner = { outcome: "pending", code: "", detail: "" };
    for (const seat of [0, 1])
      town.seed(seat).manner = { outcome: "rejected", code: "unreachable", detail: "" };
    const anna = town.peer("anna");
    town.run(5000);
    // Three are at work on it, whoever said no.
    expect(town.seeds.slice(2).map((one) => one.of(REGISTER).length > 0)).toEqual([true, true, true]);
    for (const one of town.seeds.slice(2)) one.manner = "certify";
    town.run(30_000);
    expect(isIn(anna)).toBe(true);
  });

  test("may try again after it was refused", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds) seed.manner = { outcome: "rejected", code: "unreachable", detail: "" };
    const anna = town.peer("anna");
    town.run(5000);
    for (const seed of town.seeds) seed.manner = "certify";
    anna.register(town.world);
    town.run(5000);
    expect(isIn(anna)).toBe(true);
    expect(() => anna.register(town.world)).toThrow("cannot register: this client is member");
  });

  test("goes above what it said before, though that was certified in the end", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds) seed.manner = { outcome: "rejected", code: "unreachable", detail: "" };
    const anna = town.peer("anna");
    town.run(5000);
    const [first] = registrations(town) as [Registration];
    for (const seed of town.seeds) {
      seed.manner = "certify";
      seed.ledger.admit(town.added(first));
    }
    anna.host.shiftWallClock(-3_600_000);
    anna.register(town.world);
    town.run(5000);
    expect(isIn(anna)).toBe(true);
    expect(anna.client.incarnation).toBe(first.incarnation + 1);
  });

  test("takes a higher incarnation when seeds know other words of it in this one", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds) seed.manner = { outcome: "rejected", code: "conflict", detail: "" };
    const anna = town.peer("anna");
    town.world.runUntil(() => anna.client.incarnation > EPOCH_S, 5000);
    for (const seed of town.seeds) seed.manner = "certify";
    town.run(5000);
    expect(isIn(anna)).toBe(true);
    expect(anna.client.incarnation).toBeGreaterThan(EPOCH_S);
  });

  test("is told when the seeds are of another network", () => {
    const town = new ScriptedTown(3);
    // The same addresses, other keys: a configuration of yesterday.
    const { configuration } = new ScriptedTown(3, { seed: 2 });
    const anna = town.peer("anna", { configuration });
    town.run(5000);
    expect(anna.outcome?.error?.code).toBe("NETWORK_MISMATCH");
    expect(anna.outcome?.error?.message).toMatch(/the seeds differ/);
  });

  test("cannot with a lobby of another network, or one that does not listen", () => {
    const town = new ScriptedTown(3);
    const host = town.world.host("anna");
    const { configuration } = town;
    const lobby = town.lobby(host, { network: "another" });
    expect(() => new SeedClient({ lobby, configuration, disk: host.disk })).toThrow("another network");
    const client = new SeedClient({ lobby: town.lobby(host), configuration, disk: host.disk });
    expect(() => client.register(() => undefined)).toThrow("the lobby has to listen first");
  });
});

describe("the address", () => {
  test("of a peer that listens everywhere is where q seeds see it", () => {
    const town = new ScriptedTown(3);
    const host = town.world.host("anna");
    const anna = town.peer("anna", { listen: "0.0.0.0:7000" });
    town.run(5000);
    expect(isIn(anna)).toBe(true);
    expect(anna.client.ledger.addressOf(anna.id)).toBe(host.address);
    expect(anna.lobby.address).toBe(host.address);
  });

  test("is what the caller says", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna", { client: { address: "anna.example:1234" } });
    town.run(5000);
    expect(anna.client.ledger.addressOf(anna.id)).toBe("anna.example:1234");
  });
});

describe("the list", () => {
  test("is the union of what ⌊n/2⌋+1 seeds list", () => {
    const town = new ScriptedTown(3);
    town.seed(0).isStale = true;
    const others = ["b", "c", "d", "e", "f"].map((name) => town.peer(name));
    town.run(5000);
    expect(others.map(isIn)).toEqual(others.map(() => true));
    const anna = town.peer("anna");
    town.run(5000);
    expect(anna.list).toHaveLength(6);
    expect(anna.news.registered?.[0]?.peers).toHaveLength(5);
  });

  test("of a seed that missed a removal does not bring the dead back", () => {
    const town = new ScriptedTown(3);
    const ben = town.peer("ben");
    town.run(3000);
    ben.host.crash();
    const removal = town.removed(ben.id, ben.client.incarnation);
    for (const seat of [1, 2]) town.seed(seat).settle(removal);
    for (const name of ["p", "q", "r", "s"]) {
      const peer = town.peer(name);
      town.run(5000);
      expect(peer.list).not.toContain(ben.id);
    }
  });

  test("learns what happened while no seed was linked", () => {
    const town = new ScriptedTown(3);
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(5000);
    town.world.partition([anna.host], [...town.seedHosts]);
    town.run(60_000);
    ben.host.crash();
    town.settle(town.removed(ben.id, ben.client.incarnation));
    const carl = town.peer("carl");
    town.run(5000);
    expect(anna.list).toEqual([anna.id, ben.id].toSorted());
    town.world.heal();
    town.run(30_000);
    expect(anna.list).toEqual([anna.id, carl.id].toSorted());
    expect(anna.news.removed).toMatchObject([{ peer: ben.id, reason: "dead" }]);
  });

  test("a certificate that seeds never voted for is not believed", () => {
    const town = new ScriptedTown(3);
    const [anna, ben] = [town.peer("anna"), town.peer("ben")];
    town.run(5000);
    const removal = town.removed(ben.id, ben.client.incarnation);
    const votes = removal.votes.map((vote) => ({ ...vote, signature: new Uint8Array(64) }));
    for (const seed of town.seeds)
      seed.lobby.links.get(anna.id)?.send(CERTIFICATES.encode({ certificates: [{ ...removal, votes }] }));
    town.run(1000);
    expect(anna.list).toContain(ben.id);
    expect(anna.news.unlinked?.map(({ reason }) => reason.kind)).toContain("misbehaved");
  });
});

describe("incarnations", () => {
  test("a restart takes a higher one, though the clock went back", () => {
    const town = new ScriptedTown(3);
    const before = town.peer("anna");
    town.run(5000);
    before.host.crash();
    before.host.shiftWallClock(-3_600_000);
    for (const seat of [0, 1, 2]) {
      town.seedHosts[seat]?.crash();
      town.bootSeed(seat); // with an empty list: only the disk knows
    }
    const after = town.peer("anna");
    town.run(5000);
    expect(isIn(after)).toBe(true);
    expect(after.client.incarnation).toBe(before.client.incarnation + 1);
  });

  test("a wiped disk learns its incarnation from the seeds before it announces anything", () => {
    const town = new ScriptedTown(3);
    const before = town.peer("anna");
    town.run(5000);
    before.host.crash();
    before.host.wipeDisk();
    before.host.shiftWallClock(-3_600_000);
    const after = town.peer("anna");
    town.run(5000);
    expect(isIn(after)).toBe(true);
    expect(after.client.incarnation).toBe(before.client.incarnation + 1);
    expect(registrations(town).every(({ incarnation }) => incarnation >= before.client.incarnation)).toBe(
      true,
    );
  });

  test("a damaged file is named, with what to do", () => {
    const town = new ScriptedTown(3);
    const before = town.peer("anna");
    town.run(5000);
    before.host.crash();
    before.host.platter.flipBit("incarnation");
    const after = town.peer("anna");
    town.run(5000);
    expect(after.outcome?.error?.code).toBe("STORE_CORRUPT");
    expect(after.outcome?.error?.message).toMatch(/"incarnation".*delete it/);
    expect(registrations(town)).toHaveLength(2);
  });

  test("a disk that fails is said so, and nothing is announced", () => {
    const town = new ScriptedTown(3);
    town.world.host("anna").platter.failNext("replace");
    const anna = town.peer("anna");
    town.run(5000);
    expect(anna.outcome?.error?.code).toBe("DISK_FAILED");
    expect(registrations(town)).toEqual([]);
  });

  test("a copy of the state directory makes the first one stop", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(5000);
    const twin = town.world.host("twin");
    twin.platter.replace("incarnation", anna.host.platter.bytesOf("incarnation") as Uint8Array);
    const copy = town.peer("twin", { signer: anna.host.signer });
    town.run(60_000);
    expect(isIn(copy)).toBe(true);
    expect(anna.client.isMember).toBe(false);
    expect(anna.news.identityInUse?.[0]?.error.code).toBe("IDENTITY_IN_USE");
    expect(anna.news.identityInUse?.[0]?.error.message).toContain(twin.address);
    expect(new Set(registrations(town).map(({ incarnation }) => incarnation)).size).toBe(2);
    expect(copy.news.identityInUse).toBeUndefined();
  });

  test("a leave that this process did not sign makes it stop, too", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(5000);
    const { incarnation } = anna.client;
    town.settle(town.removed(anna.id, incarnation, town.leaveOf(anna.host.signer, incarnation)));
    town.run(1000);
    expect(anna.log).toContain("identityInUse");
  });
});

describe("a peer that says that it will be back soon", () => {
  test("does so once in a life, while it is a member, and never for longer than it may", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    expect(anna.client.backSoon(60_000)).toBeUndefined();
    expect(() => anna.client.backSoon(60_001)).toThrow(RangeError);
    town.run(5000);
    expect(() => anna.client.backSoon(0)).toThrow(RangeError);
    expect(anna.client.backSoon(60_000)).toBeInstanceOf(Uint8Array);
    expect(anna.client.backSoon(60_000)).toBeUndefined();
  });
});
