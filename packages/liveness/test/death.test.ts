import { verifyReport } from "@p2p/consensus";
import type { Connection } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { LAN_TIMING } from "../src/index.ts";
import { Mesh, type MeshOptions } from "./mesh.ts";

/** A mesh that has run long enough for every link to have been pinged. */
function settled(names: string, options?: MeshOptions): Mesh {
  const mesh = new Mesh(names, options);
  mesh.world.run(40_000);
  return mesh;
}

test("five nodes that live tell nothing", () => {
  const mesh = settled("abcde");
  mesh.world.run(600_000);
  expect(mesh.news).toEqual([]);
  expect(mesh.node("a").liveness.roundTripMs(mesh.id("b"))).toBeGreaterThan(20);
});

describe("a crash that leaves a closed port", () => {
  test("is suspected within one dial, accused after an inquiry, confirmed by everybody after five seconds", () => {
    const mesh = settled("abcde");
    const { now } = mesh.world;
    mesh.host("e").crash();
    mesh.world.run(10_000);
    expect(mesh.firstAfter(now, "suspected", "e")).toBeLessThan(150);
    expect(mesh.firstAfter(now, "accused", "e")).toBeGreaterThan(3000);
    expect(mesh.firstAfter(now, "confirmed", "e")).toBeGreaterThan(5000);
    expect(mesh.firstAfter(now, "confirmed", "e")).toBeLessThan(5500);
    expect(mesh.who("confirmed", "e")).toBe("abcd");
    expect(mesh.node("a").liveness.suspects).toEqual([mesh.id("e")]);
  });

  test("is reported with a majority of sound accusations, and the seeds are told of each", () => {
    const mesh = settled("abcde");
    const { liveness, lobby } = mesh.node("a");
    const problems: unknown[] = [];
    liveness.on("confirmed", ({ report }) => {
      const { networkId, verifier } = lobby.local;
      problems.push(
        verifyReport(report, networkId, verifier),
        report.accusations.length >= 3,
        report.incarnation,
      );
    });
    mesh.host("e").crash();
    mesh.world.run(10_000);
    expect(problems).toEqual([undefined, true, 1]);
    expect(mesh.roll.toldToSeeds).toHaveLength(4);
  });

  test("is confirmed once a suspicion, accused again and again, until the member is forgotten", () => {
    const mesh = settled("abcde");
    mesh.host("e").crash();
    mesh.world.run(120_000);
    expect(mesh.of("confirmed", "e")).toHaveLength(4);
    expect(mesh.of("accused", "e")).toHaveLength(4);
    const rounds = mesh.roll.toldToSeeds.length / 4;
    expect(rounds).toBe(6); // 3 s, then every 23 s
    mesh.roll.listed.delete(mesh.id("e"));
    for (const name of "abcd") mesh.node(name).liveness.forget(mesh.id("e"));
    mesh.world.run(120_000);
    expect(mesh.roll.toldToSeeds).toHaveLength(rounds * 4);
    expect(mesh.node("a").liveness.suspects).toEqual([]);
  });

  test("ends by itself where nobody says forget but the member is listed no longer", () => {
    const mesh = settled("abc");
    mesh.host("c").crash();
    mesh.world.run(10_000);
    mesh.roll.listed.delete(mesh.id("c"));
    mesh.world.run(30_000);
    expect(mesh.node("a").liveness.suspects).toEqual([]);
    expect(mesh.of("cleared", "c")).toEqual([]);
  });

  test.each([2, 3, 4, 5, 6, 8])("is confirmed in a network of %i", (size) => {
    const mesh = settled("abcdefgh".slice(0, size));
    mesh.host("a").crash();
    mesh.world.run(12_000);
    expect(mesh.who("confirmed", "a")).toBe("bcdefgh".slice(0, size - 1));
  });

  test("is confirmed where seeds take their time to name the electorate", () => {
    const mesh = settled("abcde");
    mesh.roll.later = (answer) => void mesh.world.after(1500, answer);
    mesh.host("e").crash();
    mesh.world.run(10_000);
    expect(mesh.who("confirmed", "e")).toBe("abcd");
  });

  test("of three of five leaves no majority until one of them is off the list", () => {
    const mesh = settled("abcde");
    for (const name of "cde") mesh.host(name).crash();
    mesh.world.run(60_000);
    expect(mesh.who("accused", "e")).toBe("ab");
    expect(mesh.who("confirmed", "e")).toBe("");
    mesh.roll.listed.delete(mesh.id("c"));
    mesh.world.run(30_000);
    expect(mesh.who("confirmed", "e")).toBe("ab");
  });

  test("and a restart within five seconds is cleared, never confirmed", () => {
    for (const [index, downMs] of [200, 1000, 2900, 3100, 4000, 4900].entries()) {
      const mesh = settled("abcde", { seed: 100 + index });
      mesh.host("e").crash();
      mesh.world.run(downMs);
      mesh.host("e").restart();
      mesh.world.run(60_000);
      expect(mesh.who("confirmed", "e")).toBe("");
      expect(mesh.who("cleared", "e")).toBe("abcd");
      expect(mesh.node("a").liveness.suspects).toEqual([]);
    }
  });

  test("and a restart that dials others clears itself with them at once", () => {
    const mesh = settled("abcde");
    mesh.host("e").crash();
    mesh.world.run(3500);
    const { now } = mesh.world;
    mesh.host("e").restart();
    mesh.world.run(500);
    expect(mesh.who("cleared", "e")).toBe("abcd");
    expect(mesh.firstAfter(now, "cleared", "e")).toBeLessThan(400);
  });

  test("and a restart within two seconds that dials nobody is not even accused", () => {
    const mesh = settled("abcde");
    mesh.host("e").crash();
    mesh.world.run(1500);
    const host = mesh.host("e");
    mesh.hosts.splice(0, mesh.hosts.length, host);
    host.restart();
    mesh.world.run(60_000);
    expect(mesh.told.filter(({ event }) => event === "accused")).toEqual([]);
    expect(mesh.told.filter(({ event }) => event === "cleared")).toHaveLength(4);
  });

  test("and a restart that dials nobody is found by the last look before the report", () => {
    const mesh = settled("abcde");
    mesh.host("e").crash();
    mesh.world.run(4500);
    const host = mesh.host("e");
    mesh.hosts.splice(0, mesh.hosts.length, host);
    host.restart();
    mesh.world.run(60_000);
    expect(mesh.told.filter(({ event }) => event === "confirmed")).toEqual([]);
    expect(mesh.told.filter(({ event }) => event === "cleared")).toHaveLength(4);
  });
});

describe("a cable pulled", () => {
  test("is suspected after two misses, confirmed seven seconds later", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const mesh = settled("abcde", { seed });
      const { now } = mesh.world;
      mesh.host("e").vanish();
      mesh.world.run(60_000);
      const suspectedAfter = mesh.firstAfter(now, "suspected", "e");
      expect(suspectedAfter).toBeGreaterThan(11_700);
      expect(suspectedAfter).toBeLessThan(2 * 14_300 + 1000);
      const confirmedAfter = mesh.firstAfter(now, "confirmed", "e") - suspectedAfter;
      expect(confirmedAfter).toBeGreaterThan(4900);
      expect(confirmedAfter).toBeLessThan(7500);
      expect(mesh.who("confirmed", "e")).toBe("abcd");
    }
  });

  test("makes its owner suspect everybody, and blame itself: it accuses nobody", () => {
    const mesh = settled("abcde");
    mesh.host("e").vanish();
    mesh.world.run(60_000);
    for (const name of "abcd")
      expect([mesh.who("suspected", name), mesh.who("accused", name)]).toEqual(["e", ""]);
    expect(mesh.node("e").liveness.healthScore).toBeGreaterThan(4);
  });

  test("for minutes makes its owner accuse everybody after all, and nobody else believes it", () => {
    const mesh = settled("abcde");
    mesh.host("e").vanish();
    mesh.world.run(150_000);
    for (const name of "abcd")
      expect([mesh.who("accused", name), mesh.who("confirmed", name)]).toEqual(["e", ""]);
  });

  test("and plugged in again after a minute clears everybody, both ways", () => {
    const mesh = settled("abcde");
    mesh.host("e").vanish();
    mesh.world.run(60_000);
    mesh.host("e").reappear();
    mesh.world.run(60_000);
    expect(mesh.who("cleared", "e")).toBe("abcd");
    expect(mesh.node("e").liveness.suspects).toEqual([]);
  });

  test("and plugged in again clears the neighbour by the first answer on a link that held", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const mesh = settled("ab", { seed, patience: { minMs: 1e6, maxMs: 1e6 } });
      mesh.host("b").vanish();
      mesh.world.run(45_000);
      const { now } = mesh.world;
      mesh.host("b").reappear();
      mesh.world.run(5000);
      expect(mesh.firstAfter(now, "cleared", "b")).toBeLessThan(4000); // what was sent comes at last
    }
  });

  test("where everything is fast is confirmed in less than five seconds", () => {
    const mesh = settled("abcde", { liveness: { timing: LAN_TIMING } });
    const { now } = mesh.world;
    mesh.host("e").vanish();
    mesh.world.run(5000);
    expect(mesh.who("confirmed", "e")).toBe("abcd");
    expect(mesh.firstAfter(now, "confirmed", "e")).toBeGreaterThan(2000);
  });

  test("of most of the network leaves a node with a bounded number of suspicions", () => {
    const mesh = settled("abcdefgh", { liveness: { suspicionsMax: 3 } });
    mesh.host("a").vanish();
    mesh.world.run(45_000);
    expect(mesh.node("a").liveness.suspects).toHaveLength(3);
  });
});

describe("a node that stops for a while", () => {
  test("and misses one ping is redialled at once, and its link replaced when it goes on", () => {
    const { mesh, held } = redialledWhileFrozen();
    mesh.world.run(1000);
    mesh.host("b").thaw();
    mesh.world.run(1000);
    const link = mesh.node("a").lobby.links.get(mesh.id("b"));
    expect(mesh.news).toEqual([]);
    expect(link?.isOpen).toBe(true);
    expect(link).not.toBe(held);
  });

  test.each([5, 26, 68, 69])(
    "and takes the redial just as the other end gives it up, is not suspected for that (seed %i)",
    (seed) => {
      const { mesh } = redialledWhileFrozen(seed);
      mesh.world.run(3880);
      mesh.host("b").thaw();
      mesh.world.run(10_000);
      expect(mesh.news).toEqual([]);
    },
  );

  test("of ten seconds is not even suspected", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const mesh = settled("abcde", { seed });
      mesh.host("e").freeze();
      mesh.world.run(10_000);
      mesh.host("e").thaw();
      mesh.world.run(60_000);
      expect(mesh.news).toEqual([]);
    }
  });

  test("of two minutes is confirmed, accuses nobody when it wakes up, and is cleared", () => {
    const mesh = settled("abcde");
    mesh.host("e").freeze();
    mesh.world.run(120_000);
    mesh.host("e").thaw();
    mesh.world.run(60_000);
    expect(mesh.who("confirmed", "e")).toBe("abcd");
    expect(mesh.who("cleared", "e")).toBe("abcd");
    expect(mesh.told.filter(({ by, event }) => by === "e" && event === "accused")).toEqual([]);
  });
});

describe("two nodes that cannot reach each other", () => {
  test("hear from helpers that the other lives, give up their link and accuse nobody", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const mesh = settled("abcde", { seed });
      mesh.world.cut(mesh.host("a"), mesh.host("e"));
      mesh.world.run(60_000);
      for (const event of ["suspected", "cleared", "gaveUp"] as const) expect(mesh.who(event, "e")).toBe("a");
      expect(mesh.told.filter(({ event }) => event === "accused")).toEqual([]);
      expect(mesh.node("a").lobby.links.has(mesh.id("e"))).toBe(false);
    }
  });

  test("in one direction only: the same", () => {
    for (const [from, to] of ["ae", "ea"]) {
      const mesh = settled("abcde");
      mesh.world.cutOneWay(mesh.host(from as string), mesh.host(to as string));
      mesh.world.run(90_000);
      expect(mesh.told.filter(({ event }) => event === "accused")).toEqual([]);
      expect(mesh.node("a").lobby.links.has(mesh.id("e"))).toBe(false);
    }
  });

  test("for a short while have their link replaced", () => {
    const mesh = settled("abcde");
    const held = mesh.node("a").lobby.links.get(mesh.id("e"));
    mesh.world.cut(mesh.host("a"), mesh.host("e"));
    mesh.world.runUntil(() => mesh.who("cleared", "e") === "a" || mesh.who("cleared", "a") === "e", 60_000);
    mesh.world.heal();
    mesh.world.run(30_000);
    const link = mesh.node("a").lobby.links.get(mesh.id("e"));
    expect(link?.isOpen).toBe(true);
    expect(link).not.toBe(held);
    expect(mesh.told.filter(({ event }) => event === "accused" || event === "gaveUp")).toEqual([]);
  });

  test("and have no other member to ask, accuse", () => {
    const mesh = settled("ab");
    mesh.world.cut(mesh.host("a"), mesh.host("b"));
    mesh.world.run(60_000);
    expect([mesh.who("confirmed", "a"), mesh.who("confirmed", "b")]).toEqual(["b", "a"]);
  });
});

describe("a goodbye", () => {
  test("to one link makes nobody suspect anybody", () => {
    const mesh = settled("abc");
    mesh.node("c").lobby.links.get(mesh.id("a"))?.goodbye("link");
    mesh.world.run(200_000);
    expect(mesh.news).toEqual([]);
  });

  test("to the network excuses for a minute, then the member is treated like any other", () => {
    const mesh = settled("abcde");
    const { now } = mesh.world;
    mesh.host("e").stop();
    mesh.world.run(59_000);
    expect(mesh.news).toEqual([]);
    mesh.world.run(10_000);
    expect(mesh.firstAfter(now, "accused", "e")).toBeGreaterThan(60_000);
    expect(mesh.who("confirmed", "e")).toBe("abcd");
  });

  test("and a return within the minute leave no trace", () => {
    const mesh = settled("abcde");
    mesh.host("e").stop();
    mesh.world.run(30_000);
    mesh.host("e").restart();
    mesh.world.run(120_000);
    expect(mesh.news).toEqual([]);
  });

  test("is forgotten with a return: who vanishes then is confirmed within the minute", () => {
    const mesh = settled("abcde");
    mesh.host("e").stop();
    mesh.world.run(2000);
    mesh.host("e").restart();
    mesh.world.run(1000);
    mesh.host("e").vanish();
    mesh.world.run(45_000);
    expect(mesh.who("confirmed", "e")).toBe("abcd");
  });

  test("of a member that has left for good is followed by nothing", () => {
    const mesh = settled("abcde");
    mesh.host("e").stop();
    mesh.roll.listed.delete(mesh.id("e"));
    mesh.world.run(200_000);
    expect(mesh.news).toEqual([]);
  });
});

test("a new life of a suspect ends the suspicion against the old one", () => {
  const mesh = settled("abcde");
  mesh.host("e").vanish();
  mesh.world.runUntil(() => mesh.who("suspected", "e") === "abcd", 60_000);
  mesh.enlist(mesh.host("e"), 2);
  mesh.world.run(30_000);
  expect(mesh.who("cleared", "e")).toBe("abcd");
});

test("listeners that throw disturb nothing, and what they throw is not swallowed", () => {
  const thrown: unknown[] = [];
  const mesh = settled("abcde", { onFailure: ({ cause }) => void thrown.push(cause) });
  for (const name of "abcd") {
    for (const event of ["suspected", "accused", "confirmed", "cleared", "answered"] as const) {
      mesh.node(name).liveness.on(event, () => {
        throw new Error(event);
      });
    }
  }
  mesh.host("e").crash();
  mesh.world.run(10_000);
  expect(mesh.who("confirmed", "e")).toBe("abcd");
  mesh.host("e").restart();
  mesh.world.run(10_000);
  expect(mesh.who("cleared", "e")).toBe("abcd");
  expect(new Set(thrown.map((error) => (error as Error).message))).toEqual(
    new Set(["suspected", "accused", "confirmed", "cleared"]),
  );
});

test("what a listener throws does not keep an accusation from being counted", () => {
  const mesh = settled("ab", { onFailure: () => undefined });
  for (const event of ["suspected", "accused"] as const) {
    mesh.node("a").liveness.on(event, () => {
      throw new Error(event);
    });
  }
  mesh.host("b").crash();
  mesh.world.run(10_000);
  expect(mesh.who("confirmed", "b")).toBe("a");
});

test("a neighbour that is forgotten is not pinged any more, although its link stands", () => {
  const mesh = settled("ab");
  const { liveness, lobby } = mesh.node("a");
  expect(liveness.roundTripMs(mesh.id("b"))).toBeDefined();
  liveness.forget(mesh.id("b"));
  expect(liveness.roundTripMs(mesh.id("b"))).toBeUndefined();
  mesh.host("b").vanish();
  mesh.world.run(14_500);
  expect(lobby.links.has(mesh.id("b"))).toBe(true);
  mesh.world.run(100_000);
  expect(mesh.who("suspected", "b")).toBe("");
});

test("a node that stopped is silent, and orders nothing more", () => {
  const mesh = settled("ab");
  const { liveness, lobby } = mesh.node("b");
  mesh.host("a").crash();
  mesh.world.run(1000);
  liveness.stop();
  liveness.stop();
  lobby.close();
  mesh.told.length = 0;
  mesh.world.run(30_000); // what the lobby still had open
  expect(mesh.world.step()).toBe(false);
  expect(mesh.told).toEqual([]);
});

test("one seed gives one history", () => {
  expect(history(7)).toBe(history(7));
  expect(history(7)).not.toBe(history(8));
});

/** Everything that happens in a minute with two deaths. */
function history(seed: number): string {
  const lines: string[] = [];
  const mesh = settled("abcde", { seed, signatures: "ed25519", trace: (line) => lines.push(line) });
  mesh.host("e").vanish();
  mesh.world.run(30_000);
  mesh.host("d").crash();
  mesh.world.run(30_000);
  return lines.join("\n");
}

/** Node b is frozen, a has missed a ping of it and is dialling it anew. */
function redialledWhileFrozen(seed = 1): { mesh: Mesh; held: Connection | undefined } {
  const lines: string[] = [];
  const mesh = settled("ab", { seed, trace: (line) => lines.push(line) });
  const held = mesh.node("a").lobby.links.get(mesh.id("b"));
  lines.length = 0;
  mesh.host("b").freeze();
  const isRedialled = (): boolean => lines.some((line) => line.includes(` a dial ${mesh.host("b").address}`));
  expect(mesh.world.runUntil(isRedialled, 18_000)).toBe(true);
  return { mesh, held };
}
