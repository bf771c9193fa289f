import { FrameType, integer, keepLink, Lobby, type LobbyOptions, parseAddress, record } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { type Host, World } from "../src/index.ts";

// What a lobby of @p2p/wire does about those who misbehave, tried in a world, because it needs a network to stand in.

const NOTE = new FrameType<{ count: number }>(0xc0, "NOTE", record({ count: integer(0, 9) }));
const UNREADABLE: Uint8Array = Uint8Array.of(0xc0, 0x91, 0xc3);

function lobbyOn(host: Host, options: Partial<LobbyOptions> = {}): Lobby {
  return host.boot(() => {
    const { signer, verifier, clock, random, address: listen } = host;
    const lobby = new Lobby({
      transport: host.transport(),
      listen,
      signer,
      verifier,
      clock,
      random,
      ...options,
    });
    for (const room of [lobby.links, lobby.seeds, lobby.probes]) room.route(NOTE, () => undefined);
    lobby.open(() => undefined);
    return lobby;
  });
}

/** Two lobbies, the first linked to the second, and what the second tells. */
function pair(): { world: World; a: Lobby; b: Lobby; news: unknown[]; call: (purpose?: "probe") => string } {
  const world = new World({ seed: 1 });
  const [a, b] = [lobbyOn(world.host("a")), lobbyOn(world.host("b"))];
  const news: unknown[] = [];
  b.on("blamed", ({ offence, points }) => news.push(["blamed", offence, points]));
  b.on("barred", ({ peer, forMs }) => news.push(["barred", peer === a.id, forMs]));
  const call = (purpose?: "probe"): string => {
    let outcome = "";
    a.dial(b.bound ?? "", {
      purpose,
      done: (end) => (outcome = "connection" in end ? "linked" : JSON.stringify(end.failed)),
    });
    world.run(1000);
    return outcome;
  };
  world.run(100);
  expect(call()).toBe("linked");
  return { world, a, b, news, call };
}

describe("who is barred", () => {
  test("is cut, told why when it calls again, and let in after ten minutes", () => {
    const { world, a, b, news, call } = pair();
    const reasons: unknown[] = [];
    b.links.on("left", (_, reason) => reasons.push(reason));
    a.links.get(b.id)?.send(UNREADABLE);
    world.run(1000);
    expect(reasons).toEqual([{ kind: "misbehaved", detail: "NOTE: count: expected an integer from 0 to 9" }]);
    expect(news).toEqual([
      ["blamed", "malformed", 100],
      ["barred", true, 600_000],
    ]);
    expect(JSON.parse(call())).toEqual({
      kind: "rejected",
      code: "barred",
      detail: "for another 599 s: NOTE: count: expected an integer from 0 to 9",
    });
    world.run(600_000);
    expect(call()).toBe("linked");
  });

  test("may still call for a probe, or it would take this node for dead", () => {
    const { a, b, call } = pair();
    b.blame(a.id, "rejected", "by the application");
    expect([call(), call("probe")]).toEqual([expect.stringContaining("by the application"), "linked"]);
  });

  test("is not let in by a handshake that it had begun before, however far that is", () => {
    for (let afterMs = 0; afterMs < 200; afterMs += 10) {
      const { world, a, b } = pair();
      world.weather({ latency: { minMs: 20, maxMs: 30 } });
      a.dial(b.bound ?? "", { replaces: true });
      world.run(afterMs);
      b.blame(a.id, "forged", "meanwhile");
      world.run(5000);
      expect([b.links.size, a.links.size]).toEqual([0, 0]);
    }
  });

  test("by its key is not its neighbour behind the same address, nor itself with another key", () => {
    const world = new World({ seed: 2 });
    const hub = lobbyOn(world.host("hub"));
    const nodes = Array.from({ length: 40 }, (_, index) =>
      lobbyOn(world.host(`n${index}`, { address: parseAddress(`198.51.100.7:${7000 + index}`) })),
    );
    world.run(100);
    for (const node of nodes) keepLink(node, hub.bound ?? "", hub.id);
    world.run(20_000);
    expect(hub.links.size).toBe(40);
    const [attacker] = nodes as [Lobby];
    attacker.links.get(hub.id)?.send(UNREADABLE);
    world.run(60_000);
    expect(hub.links.size).toBe(39);
    expect(hub.barOf(attacker.id)).toBeDefined();
    expect(nodes.slice(1).some(({ id }) => hub.barOf(id) !== undefined)).toBe(false);
  });
});

describe("over a probe link", () => {
  test("who misbehaves is cut, and not remembered: anybody can have one", () => {
    const { world, a, b, news, call } = pair();
    call("probe");
    for (const probe of a.probes) probe.send(UNREADABLE);
    world.run(1000);
    expect(b.probes.size).toBe(0);
    expect(news).toEqual([]);
    expect(b.links.size).toBe(1);
  });
});

test("a listener that blames, dials or closes when it hears of a bar sees that it stands", () => {
  const { world, a, b } = pair();
  const seen: unknown[] = [];
  b.on("barred", ({ peer }) => {
    seen.push(b.links.has(peer), b.barOf(peer)?.detail);
    b.dial(a.bound ?? "", {
      expect: peer,
      done: (end) => seen.push("failed" in end && end.failed.kind),
    });
    b.blame(peer, "excess", "and more");
  });
  b.blame(a.id, "forged", "a vote");
  expect(seen).toEqual([false, "a vote"]);
  world.run(1000);
  expect(seen).toEqual([false, "a vote", "rejected"]);
});
