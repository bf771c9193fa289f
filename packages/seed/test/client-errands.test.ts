import { ACCUSE, electorate, signAccusation } from "@p2p/consensus";
import { type Edge, edgeTerms, type PeerId, signEdge } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { EDGES, ELECTORATE_ASK, REPORT } from "../src/frames.ts";
import { type Peer, ScriptedTown } from "./client-town.ts";

function edgeBetween(town: ScriptedTown, anna: Peer, ben: Peer): Edge {
  const [owner, other] = [anna, ben].map(({ id, client }) => ({ id, incarnation: client.incarnation }));
  const since = anna.host.clock.wallTime();
  const terms = edgeTerms(owner as never, other as never, since, since + 600_000);
  const by = (id: PeerId): Uint8Array =>
    signEdge(terms, town.configuration.networkId, (id === anna.id ? anna : ben).host.signer);
  return { ...terms, signatureA: by(terms.a), signatureB: by(terms.b) };
}

function inTown(seeds = 3): { town: ScriptedTown; anna: Peer; ben: Peer } {
  const town = new ScriptedTown(seeds);
  const [anna, ben] = [town.peer("anna"), town.peer("ben")];
  town.run(5000);
  return { town, anna, ben };
}

describe("accusations and reports", () => {
  test("go to all seeds, over links made for it where there is none, which end after the errand", () => {
    const { town, anna, ben } = inTown(5);
    const at = anna.host.clock.wallTime();
    const terms = { victim: ben.id, incarnation: ben.client.incarnation, accuser: anna.id, at, lastSeen: at };
    const accusation = signAccusation(terms, town.configuration.networkId, anna.host.signer);
    expect(anna.client.linked).toHaveLength(3);
    anna.client.accuse({ accusation, nonce: new Uint8Array(32) });
    anna.client.report({ victim: ben.id, incarnation: terms.incarnation, accusations: [accusation] });
    town.run(1000);
    expect(town.seeds.map((seed) => seed.of(ACCUSE).length)).toEqual([1, 1, 1, 1, 1]);
    expect(town.seeds.map((seed) => seed.of(REPORT).length)).toEqual([1, 1, 1, 1, 1]);
    town.run(6000);
    expect(anna.client.linked.length).toBeLessThanOrEqual(4); // a poll may be visiting
    expect(anna.news.linked).toHaveLength(3);
  });

  test("to a seed that is down are dropped, and to the others delivered", () => {
    const { town, anna, ben } = inTown();
    town.seedHosts[0]?.crash();
    town.run(1000);
    const terms = { victim: ben.id, incarnation: 1, accuser: anna.id, at: 1, lastSeen: 1 };
    const accusation = signAccusation(terms, town.configuration.networkId, anna.host.signer);
    for (let count = 0; count < 1000; count++)
      anna.client.report({ victim: ben.id, incarnation: 1, accusations: [accusation] });
    town.run(10_000);
    for (const seat of [1, 2]) expect(town.seed(seat).of(REPORT)).toHaveLength(1000);
    town.bootSeed(0);
    town.run(60_000);
    expect(town.seed(0).of(REPORT)).toEqual([]);
  });
});

describe("edges", () => {
  test("go to the linked seeds, and again to a seed that is linked later", () => {
    const { town, anna, ben } = inTown();
    const edge = edgeBetween(town, anna, ben);
    const linked = town.seeds.filter(({ id }) => anna.client.linked.includes(id));
    anna.client.edges([edge]);
    town.run(1000);
    expect(linked.map((seed) => seed.of(EDGES).length)).toEqual(linked.map(() => 1));
    linked[0]?.host.crash();
    town.run(5000);
    const third = town.seeds.find((seed) => !linked.includes(seed));
    expect(third?.of(EDGES).map(({ made }) => made.length)).toEqual([1]);
  });

  test("that ended are told as ended", () => {
    const { town, anna, ben } = inTown();
    const edge = edgeBetween(town, anna, ben);
    anna.client.edges([edge]);
    anna.client.edges([], [edge]);
    town.run(1000);
    const [linked] = town.seeds.filter(({ id }) => anna.client.linked.includes(id));
    expect(linked?.of(EDGES).map(({ made, ended }) => [made.length, ended.length])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    linked?.host.crash();
    town.run(5000);
    const last = town.seeds.flatMap((seed) => seed.of(EDGES)).at(-1);
    expect([last?.made.length, last?.ended.length]).toEqual([0, 1]);
  });
});

describe("an electorate", () => {
  test("is what a seed says", () => {
    const { town, anna, ben } = inTown();
    let monitors: readonly PeerId[] = [];
    anna.client.electorate(ben.id, (ids) => {
      monitors = ids;
    });
    expect(monitors).toEqual([]);
    town.run(500);
    expect(monitors).toHaveLength(1);
    expect(town.configuration.has(monitors[0] as PeerId)).toBe(true); // the scripted seeds name themselves
  });

  test("is the peer's own view after a second without an answer", () => {
    const { town, anna, ben } = inTown();
    for (const seed of town.seeds) seed.answersElectorate = false;
    let at: number | undefined;
    const since = town.world.now;
    const done = (ids: readonly PeerId[]): void => {
      at = town.world.now;
      expect(ids).toEqual(electorate(ben.id, [anna.id], anna.list));
    };
    anna.client.electorate(ben.id, done, [anna.id]);
    anna.client.electorate(ben.id, done, [anna.id]); // is not asked twice
    town.run(2000);
    expect(at).toBe(since + 1000);
    expect(town.seeds.reduce((count, seed) => count + seed.of(ELECTORATE_ASK).length, 0)).toBe(1);
  });

  test("is the peer's own view at once when there is no seed, or too many questions are open", () => {
    const { town, anna, ben } = inTown();
    for (const host of town.seedHosts) host.crash();
    town.run(1000);
    let answers = 0;
    for (let count = 0; count < 1000; count++) anna.client.electorate(ben.id, () => (answers += 1));
    town.run(1);
    expect(answers).toBe(1000);
  });

  test("is asked for 256 victims at a time", () => {
    const { town, anna, ben } = inTown();
    for (const seed of town.seeds) seed.answersElectorate = false;
    let answers = 0;
    for (let count = 0; count < 300; count++) {
      const victim = count.toString(16).padStart(64, "0") as PeerId;
      anna.client.electorate(victim, () => (answers += 1));
    }
    town.run(1);
    expect(answers).toBe(300 - 256);
    expect(anna.list).toContain(ben.id);
    town.run(1000);
    expect(answers).toBe(300);
  });
});
