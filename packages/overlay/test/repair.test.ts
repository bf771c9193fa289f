import { describe, expect, test, vi } from "vitest";
import { edgeWith, Village, type Villager } from "./village.ts";

// Minutes of many nodes: seconds on an idle machine, and it is not always idle.
vi.setConfig({ testTimeout: 60_000 });

/** A quiet network of `count` members. */
function quiet(count: number, seed: number, options: ConstructorParameters<typeof Village>[0] = {}): Village {
  const village = new Village({ seed, ...options });
  village.populate(count, 200);
  village.world.run(15_000);
  return village;
}

/** A neighbour that `villager` owns the link with. */
function ownNeighbour(village: Village, villager: Villager): Villager {
  const edge = [...villager.overlay.edges()].find(({ owner }) => owner === villager.lobby.id);
  const id = edge?.a === villager.lobby.id ? edge.b : edge?.a;
  return village.all.find(({ lobby }) => lobby.id === id) as Villager;
}

describe("when a neighbour crashes", () => {
  test("the owner of the link draws another within seconds, the other end does not", () => {
    const village = quiet(20, 11);
    const owner = village.get("n7");
    const victim = ownNeighbour(village, owner);
    const losers = village.all.filter((villager) => village.areLinked(villager, victim));
    const owners = losers.filter((loser) => edgeWith(loser, victim.lobby.id)?.owner === loser.lobby.id);
    const rounds = new Map(losers.map((loser) => [loser, loser.told.rounds]));
    village.kill(victim.name, 60_000);
    village.world.run(7000);
    expect(owners).toContain(owner);
    for (const loser of losers) {
      expect(loser.told.unlinked).toContain(victim.lobby.id);
      expect(loser.overlay.owned).toBe(3);
      expect(loser.told.rounds > (rounds.get(loser) as number)).toBe(owners.includes(loser));
    }
  });

  test("nobody draws before a redial had its chance: a link that breaks and comes back keeps owner and edge", () => {
    const village = quiet(12, 12, { redials: true });
    const owner = village.get("n5");
    const other = ownNeighbour(village, owner);
    const before = edgeWith(owner, other.lobby.id);
    const rounds = village.all.map(({ told }) => told.rounds);
    // The far end cuts it, as a machine does that lost the connection: no goodbye.
    other.lobby.links.get(owner.lobby.id)?.close({ kind: "broken", detail: "reset" });
    village.world.run(5000);
    expect(village.areLinked(owner, other)).toBe(true);
    expect(edgeWith(owner, other.lobby.id)).toEqual(before);
    expect(edgeWith(other, owner.lobby.id)).toEqual(before);
    expect(owner.told.unlinked).not.toContain(other.lobby.id);
    expect(village.all.map(({ told }) => told.rounds)).toEqual(rounds);
    expect(village.disagreements).toEqual([]);
  });

  test("its owner stays the owner even when the other end redials", () => {
    const village = quiet(12, 13);
    const owner = village.get("n5");
    const other = ownNeighbour(village, owner);
    const before = edgeWith(owner, other.lobby.id);
    other.lobby.links.get(owner.lobby.id)?.close({ kind: "broken", detail: "reset" });
    other.lobby.dial(owner.host.address, { expect: owner.lobby.id, replaces: true });
    village.world.run(5000);
    expect(other.lobby.links.get(owner.lobby.id)?.dialled).toBe(true);
    expect(edgeWith(other, owner.lobby.id)).toEqual(before);
    expect(owner.overlay.owned).toBe(3);
    expect(village.disagreements).toEqual([]);
  });

  test("who comes back after another was drawn takes its place again: both ends end the younger edge", () => {
    const village = quiet(16, 14);
    const owner = village.get("n8");
    const other = ownNeighbour(village, owner);
    other.lobby.links.get(owner.lobby.id)?.close({ kind: "broken", detail: "reset" });
    village.world.run(100);
    village.world.cut(owner.host, other.host);
    village.world.run(15_000);
    expect(village.areLinked(owner, other)).toBe(false);
    expect(owner.overlay.owned).toBe(3);
    village.world.heal();
    other.lobby.dial(owner.host.address, { expect: owner.lobby.id, replaces: true });
    village.world.run(5000);
    expect(village.areLinked(owner, other)).toBe(true);
    expect(owner.overlay.owned).toBe(3);
    expect(owner.told.ended).toHaveLength(1);
    expect(village.meanDegree).toBe(6);
    expect(village.disagreements).toEqual([]);
  });

  test("all three of them at once: the owner is linked again before anybody is told of the deaths", () => {
    const village = quiet(30, 15);
    const owner = village.get("n20");
    const owned = [...owner.overlay.edges()].filter((edge) => edge.owner === owner.lobby.id);
    for (const { a, b } of owned) village.kill(village.nameOf(a === owner.lobby.id ? b : a), 60_000);
    village.world.run(10_000);
    expect(owner.overlay.owned).toBe(3);
    expect(village.components).toEqual([27]);
  });

  test("the last one of two: the survivor is isolated, says so, and waits", () => {
    const village = quiet(2, 16);
    village.kill("n1", 12_000);
    village.world.run(60_000);
    const survivor = village.get("n0");
    expect(survivor.told.isolated).toBe(1);
    expect(survivor.overlay.members).toBe(0);
    const { rounds } = survivor.told;
    village.world.run(600_000);
    expect(survivor.told.rounds).toBe(rounds);
    village.add("n2");
    village.world.run(5000);
    expect(survivor.overlay.degree).toBe(1);
  });
});

describe("when a member is forgotten", () => {
  test("its link is closed at both ends and drawn again by its owner", () => {
    const village = quiet(24, 17);
    const owner = village.get("n4");
    const other = ownNeighbour(village, owner);
    for (const { overlay } of village.all) overlay.forget(other.lobby.id);
    village.world.run(5000);
    expect(village.areLinked(owner, other)).toBe(false);
    expect(owner.overlay.owned).toBe(3);
    expect([...owner.overlay.edges()].some(({ a, b }) => a === other.lobby.id || b === other.lobby.id)).toBe(
      false,
    );
  });
});

describe("when a member comes back in a new incarnation", () => {
  test("after a crash, before anybody noticed: new links, new edges, no old incarnation left", () => {
    const village = quiet(15, 18, { redials: true });
    const reborn = village.restart("n6");
    village.world.run(15_000);
    expect(reborn.overlay.owned).toBe(3);
    expect(village.components).toEqual([15]);
    expect(village.disagreements).toEqual([]);
    for (const { a, incarnationA, incarnationB } of reborn.overlay.edges()) {
      expect(a === reborn.lobby.id ? incarnationA : incarnationB).toBe(2);
    }
  });

  test("while it runs: the edges are made anew on the same links, by their owners", () => {
    const village = quiet(15, 19);
    const reborn = village.get("n6");
    const links = [...reborn.lobby.links];
    reborn.incarnation = 7;
    reborn.overlay.renewEdges();
    village.world.run(1000);
    expect([...reborn.lobby.links]).toEqual(links);
    expect(village.disagreements).toEqual([]);
    const edges = [...reborn.overlay.edges()];
    expect(edges).toHaveLength(links.length);
    for (const { a, incarnationA, incarnationB } of edges)
      expect(a === reborn.lobby.id ? incarnationA : incarnationB).toBe(7);
    expect(new Set(edges.map(({ owner }) => owner)).size).toBeGreaterThan(1);
  });

  test("and the others hear of it before it says anything: the owners offer again", () => {
    const village = quiet(15, 20);
    const reborn = village.get("n6");
    reborn.incarnation = 7;
    village.announce("n6");
    village.world.run(3000);
    const inbound = [...reborn.overlay.edges()].filter(({ owner }) => owner !== reborn.lobby.id);
    expect(inbound.length).toBeGreaterThan(0);
    for (const { a, incarnationA, incarnationB } of inbound)
      expect(a === reborn.lobby.id ? incarnationA : incarnationB).toBe(7);
  });
});

describe("edges", () => {
  test("are renewed by their owner at half their life, for as long as the link stands", () => {
    const village = quiet(6, 21, { overlay: { timing: { edgeLifeMs: 60_000 } } });
    const [one] = village.all as [Villager];
    const links = [...one.lobby.links];
    village.world.run(600_000);
    expect([...one.lobby.links]).toEqual(links);
    expect(one.overlay.degree).toBe(5);
    for (const { until } of one.overlay.edges())
      expect(until).toBeGreaterThan(one.host.clock.wallTime() + 25_000);
    const own = [...one.overlay.edges()].filter(({ owner }) => owner === one.lobby.id).length;
    expect(one.told.edges.length).toBeGreaterThan(own * 18);
  });

  test("do not mind clocks that are a year apart", () => {
    const village = new Village({ seed: 22 });
    village.add("past", {}, { wallOffsetMs: -365 * 86_400_000 });
    village.add("now");
    village.add("future", {}, { wallOffsetMs: 365 * 86_400_000 });
    village.world.run(1_200_000);
    for (const { overlay } of village.all) expect(overlay.degree).toBe(2);
    expect(village.disagreements).toEqual([]);
  });
});

describe("churn", () => {
  test("three times over: mean degree stays 2m, everybody owns three, one component", () => {
    const village = quiet(40, 23, { redials: true, signatures: "hash" });
    for (let turn = 0; turn < 120; turn++) {
      const victim = village.all[Math.floor(village.world.random.next() * village.all.length)] as Villager;
      village.kill(victim.name);
      village.add(`t${turn}`);
      village.world.run(3000);
    }
    village.world.run(60_000);
    expect(village.all).toHaveLength(40);
    expect(village.components).toEqual([40]);
    expect(village.meanDegree).toBe(6);
    expect(village.all.every(({ overlay }) => overlay.owned === 3)).toBe(true);
    expect(village.disagreements).toEqual([]);
  });

  test("a third crash at once: the rest is one component again, degrees as before", () => {
    const village = quiet(45, 24, { signatures: "hash" });
    for (let index = 0; index < 15; index++) village.kill(`n${index * 3}`);
    village.world.run(60_000);
    expect(village.components).toEqual([30]);
    expect(village.meanDegree).toBe(6);
  });
});

test("nothing is due any more once an overlay has stopped, whatever its neighbours say before the lobby closes", () => {
  const village = new Village();
  const { world } = village;
  const [leaver, other] = [village.add("leaver"), village.add("other")];
  world.run(10_000);
  leaver.overlay.stop();
  for (const { overlay } of [leaver, other]) {
    for (const villager of [leaver, other]) villager.incarnation += 1;
    overlay.offer([leaver, other].map((villager) => village.memberOf(villager)));
  }
  other.overlay.renewEdges();
  world.run(1000);
  other.host.crash();
  leaver.lobby.close("node");
  const stoppedAt = world.now;
  while (world.step());
  expect(world.now - stoppedAt).toBeLessThan(60_000);
});

test("nor is a repair: a neighbour that said goodbye is not replaced after the stop", () => {
  const village = new Village({ overlay: { timing: { repairJitterMs: 3_600_000 } } });
  const { world } = village;
  village.populate(6, 500);
  world.run(10_000);
  const leaver = village.get("n0");
  const lost = ownNeighbour(village, leaver);
  lost.lobby.links.get(leaver.lobby.id)?.goodbye("link", "leaving");
  world.run(1000);
  expect(leaver.told.unlinked).toContain(lost.lobby.id);
  for (const { overlay, lobby } of village.all) {
    overlay.stop();
    lobby.close("node");
  }
  const stoppedAt = world.now;
  while (world.step());
  expect(world.now - stoppedAt).toBeLessThan(60_000);
});
