import { createSigner, type PeerId } from "@p2p/identity";
import { keepLink, Lobby, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { BATCH, DIGEST, Gossip, WANT } from "../src/index.ts";
import { line, ring } from "./graphs.ts";
import { batchBy, type Citizen, forgeryOf, frameBy, slip, Town } from "./town.ts";
import { INTERVAL_MS, keepLinked, nothing, talk } from "./trouble.ts";

/** Whom each citizen blames, from now on. */
function blamedIn(town: Town): Set<PeerId> {
  const blamed = new Set<PeerId>();
  for (const { lobby } of town.citizens) lobby.on("blamed", ({ peer }) => blamed.add(peer));
  return blamed;
}

/** A summary of a run that somebody claims to have seen, of an origin of that number. */
function claimed(number: number): {
  origin: PeerId;
  incarnation: number;
  highest: number;
  stretches: number[];
} {
  const origin = createSigner(
    Uint8Array.from({ length: 32 }, (_, at) => (at < 2 ? number >> (8 * at) : 9)),
  ).id;
  return { origin, incarnation: 1, highest: 5, stretches: [] };
}

/** Offers runs that there are not, each time others, for so long. */
function lure(town: Town, liar: Citizen, victim: Citizen, forMs: number): void {
  for (let round = 0; town.world.now < forMs && victim.lobby.links.has(liar.id); round++) {
    const runs = [claimed(3 * round), claimed(3 * round + 1)];
    slip(liar, victim, DIGEST.encode({ round, scope: "all", runs }));
    town.world.run(INTERVAL_MS);
  }
}

describe("a neighbour that offers what it does not have", () => {
  test("is barred after some offers, and nobody else is blamed", () => {
    const town = new Town({ seed: 5 });
    town.add({ repair: false });
    town.link([...line(3), [3, 1]]);
    const blamed = blamedIn(town);
    const [liar, victim] = [town.at(0), town.at(1)];
    const bars: unknown[] = [];
    victim.lobby.on("barred", ({ peer, offence }) => bars.push([peer, offence]));
    lure(town, liar, victim, 600_000);
    expect(bars).toEqual([[liar.id, "unfollowed"]]);
    expect(town.world.now).toBeLessThan(120_000);
    expect([...blamed]).toEqual([liar.id]);
    expect(victim.lobby.links.size).toBe(2);
  });

  test("is not by the way: it speaks the truth otherwise, and floods", () => {
    const town = new Town({ seed: 6 });
    town.add({ repair: false });
    town.link([...line(3), [3, 1]]);
    const [liar, victim] = [town.at(0), town.at(1)];
    town.world.after(0, function say(): void {
      liar.gossip.publish("as good as any");
      town.world.after(1000, say);
    });
    lure(town, liar, victim, 600_000);
    expect(victim.lobby.links.has(liar.id)).toBe(false);
  });

  test("is forgiven a few times", () => {
    const town = new Town({ seed: 7 });
    town.add({ repair: false });
    town.link(line(2));
    const [liar, victim] = [town.at(0), town.at(1)];
    for (let hour = 0; hour < 5; hour++) {
      lure(town, liar, victim, town.world.now + 3 * INTERVAL_MS);
      town.world.run(3_600_000);
    }
    expect(victim.lobby.links.has(liar.id)).toBe(true);
  });
});

describe("nobody is blamed", () => {
  test("for passing on what it could not know: forks, overlaps, strangers, old words and too many of them", () => {
    const town = new Town({ seed: 8 });
    const rate = { messagesPerSecond: 5, messagesBurst: 20 };
    town.link([...ring(6), [0, 3]], {
      rate,
      validate: ({ text }) => (text === "dull" ? "ignore" : "accept"),
    });
    const blamed = blamedIn(town);
    const [origin, ...others] = town.citizens as [Citizen, ...Citizen[]];
    for (let sequence = 1; sequence <= 60; sequence++) {
      const [one, another] = [town.at(1), town.at(5)];
      slip(origin, one, frameBy(origin, { sequence, texts: ["one thing"] }));
      slip(origin, another, frameBy(origin, { sequence, texts: ["another"] }));
      slip(origin, one, frameBy(origin, { sequence, texts: ["over", "lapping"] }));
      slip(origin, another, frameBy(origin, { incarnation: 1 + (sequence % 3), sequence, texts: ["dull"] }));
      town.world.run(500);
    }
    talk(town, others, 100, 20);
    town.world.run(20 * INTERVAL_MS);
    expect([...blamed]).toEqual([]);
  });

  test("by who joins late, flaps, or hears of everything by repair alone", () => {
    const town = new Town({ seed: 9 });
    const edges = [...ring(8), [0, 4] as const];
    town.link(edges, { strategy: nothing });
    const blamed = blamedIn(town);
    keepLinked(town, edges);
    for (let round = 0; round < 12; round++) {
      const late = town.add({ strategy: nothing });
      late.lobby.on("blamed", ({ peer }) => blamed.add(peer));
      late.dial(town.at(round % 8));
      late.gossip.publish("I am new");
      talk(town, town.citizens.slice(0, 8), 3, 700);
      for (const link of town.at(round % 8).lobby.links) link.close({ kind: "broken", detail: "a cable" });
    }
    town.world.run(20 * INTERVAL_MS);
    expect([...blamed]).toEqual([]);
    expect(town.at(3).gossip.counts.repaired).toBeGreaterThan(200);
  });
});

describe("fifty honest nodes and one attacker behind one address", () => {
  test("only the attacker is cut, wherever it goes", () => {
    const town = new Town({ seed: 10 });
    for (let port = 1; port <= 51; port++)
      town.add({}, { address: parseAddress(`198.51.100.7:${7000 + port}`) });
    town.link([...ring(50), ...line(25).map(([a, b]) => [2 * a, 2 * b] as const)]);
    const blamed = blamedIn(town);
    const [attacker, honest] = [town.at(50), town.citizens.slice(0, 50)];
    for (const victim of honest) attacker.dial(victim);
    town.world.run(1000);
    for (const victim of honest) slip(attacker, victim, forgeryOf(attacker));
    town.world.run(1000);
    expect([...blamed]).toEqual([attacker.id]);
    expect(attacker.lobby.links.size).toBe(0);
    honest[7]?.gossip.publish("all here");
    town.world.run(1000);
    expect(honest.filter(({ texts }) => texts.at(-1) === "all here")).toHaveLength(49);
    const [speaker, neighbour] = honest as [Citizen, Citizen];
    slip(speaker, neighbour, frameBy(speaker, { texts: ["on time"] }));
    town.world.run(1000);
    expect(neighbour.texts).toContain("on time");
  });
});

test("50 000 forged messages through reconnects cost a check of a signature for each bar, and one for each proof of a key", () => {
  const town = new Town({ seed: 11 });
  town.link(line(2));
  const [speaker] = town.citizens as [Citizen, Citizen];
  const host = town.world.host("victim");
  let checks = 0;
  const victim = new Lobby({
    transport: host.transport(),
    listen: host.address,
    signer: host.signer,
    verifier: {
      verify: (...signed) => {
        checks++;
        return host.verifier.verify(...signed);
      },
    },
    clock: host.clock,
    random: host.random,
  });
  const gossip = new Gossip({ links: victim.links });
  victim.open(() => undefined);
  const attacker = town.world.host("attacker");
  const hostile = new Lobby({
    transport: attacker.transport(),
    listen: attacker.address,
    signer: attacker.signer,
    verifier: attacker.verifier,
    clock: attacker.clock,
    random: attacker.random,
  });
  hostile.open(() => undefined);
  const forged = forgeryOf(speaker);
  let [dials, sent] = [0, 0];
  const again = (): void => {
    if (++dials > 10_000) return;
    hostile.dial(host.address, {
      done: (outcome) => {
        if ("connection" in outcome) for (let five = 0; five < 5; five++) outcome.connection.send(forged);
        sent += 5;
        town.world.after(5, again);
      },
    });
  };
  again();
  town.world.runUntil(() => dials > 10_000, 3_600_000);
  expect(sent).toBe(50_000);
  // HELLO_ACK and the first BATCH, once in the ten minutes that the bar stands.
  const bars = 1 + Math.floor(town.world.now / 600_000);
  expect(checks).toBeLessThanOrEqual(2 * bars);
  expect(checks).toBeGreaterThanOrEqual(2);
  expect(gossip.counts.rejected).toBe(bars);
});

test("what is barred here is not dialled from here, for as long", () => {
  const town = new Town({ seed: 12 });
  town.link(line(2));
  const [one, other] = town.citizens as [Citizen, Citizen];
  slip(other, one, BATCH.encode({ ...batchBy(other), signature: new Uint8Array(64) }));
  town.world.run(100);
  const reasons: string[] = [];
  one.lobby.on("missed", ({ reason }) =>
    reasons.push(reason.kind === "rejected" ? reason.code : reason.kind),
  );
  keepLink(one.lobby, other.host.address, other.id);
  town.world.run(590_000);
  expect(new Set(reasons)).toEqual(new Set(["barred"]));
  expect(one.lobby.links.size).toBe(0);
  expect(one.lobby.barOf(other.id)).toMatchObject({
    offence: "forged",
    detail: "BATCH with a bad signature",
  });
  town.world.run(30_000);
  expect(one.lobby.links.size).toBe(1);
  expect(one.lobby.barOf(other.id)).toBeUndefined();
});

test("who lists more than is read, but no more than a correct node with a shorter interval, is not blamed", () => {
  const town = new Town({ seed: 14 });
  town.link(line(2));
  const blamed = blamedIn(town);
  const [busy, victim] = [town.at(0), town.at(1)];
  for (let interval = 0; interval < 20; interval++) {
    for (let round = 0; round < 200; round++)
      slip(busy, victim, DIGEST.encode({ round, scope: "news", runs: [] }));
    town.world.run(INTERVAL_MS);
  }
  expect([...blamed]).toEqual([]);
  expect(victim.gossip.counts.ignored).toBeGreaterThan(20 * 100);
});

test("WANT frames beyond all measure are held against their sender alone", () => {
  const town = new Town({ seed: 13 });
  town.link(line(3));
  const blamed = blamedIn(town);
  const [hostile, victim] = [town.at(0), town.at(1)];
  slip(hostile, victim, DIGEST.encode({ round: 1, scope: "all", runs: [] }));
  for (let round = 0; round < 500; round++) {
    slip(hostile, victim, DIGEST.encode({ round, scope: "all", runs: [] }));
    slip(hostile, victim, WANT.encode({ round, runs: [] }));
  }
  town.world.run(1000);
  expect([...blamed]).toEqual([hostile.id]);
  expect(victim.lobby.links.has(hostile.id)).toBe(false);
});
