import { createSigner, type PeerId } from "@p2p/identity";
import {
  askWho,
  type CloseReason,
  type Connection,
  type DialOutcome,
  HELLO,
  type Introduction,
  introduce,
  keepLink,
  type Link,
  type LinkOwner,
  Lobby,
  type LobbyOptions,
  WHO,
} from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { type Host, World } from "../src/index.ts";

// The lobby of @p2p/wire, tried in a world, because it needs a network to stand in.

function lobbyOn(host: Host, options: Partial<LobbyOptions> = {}): Lobby {
  return host.boot(() => {
    const lobby = new Lobby({
      transport: host.transport(),
      listen: host.address,
      signer: host.signer,
      verifier: host.verifier,
      clock: host.clock,
      random: host.random,
      ...options,
    });
    lobby.open((error) => expect(error).toBeUndefined());
    return lobby;
  });
}

function pair(seed = 1, optionsA: Partial<LobbyOptions> = {}, optionsB: Partial<LobbyOptions> = {}) {
  const world = new World({ seed });
  const [hostA, hostB] = [world.host("a"), world.host("b")];
  const [a, b] = [lobbyOn(hostA, optionsA), lobbyOn(hostB, optionsB)];
  world.run(100);
  return { world, hostA, hostB, a, b };
}

/** Dials and lets the world run until it is known what came of it. */
function dial(
  world: World,
  from: Lobby,
  to: string,
  options: Parameters<Lobby["dial"]>[1] = {},
): DialOutcome {
  const outcomes: DialOutcome[] = [];
  from.dial(to, { ...options, done: (outcome) => outcomes.push(outcome) });
  expect(outcomes).toEqual([]);
  world.runUntil(() => outcomes.length > 0, 20_000);
  world.run(1000);
  expect(outcomes).toHaveLength(1);
  return outcomes[0] as DialOutcome;
}

function failureOf(outcome: DialOutcome): CloseReason {
  if ("connection" in outcome) throw new Error("the dial succeeded");
  return outcome.failed;
}

describe("two lobbies", () => {
  test("know each other's key, role and address after HELLO", () => {
    const { world, a, b, hostB } = pair();
    const outcome = dial(world, a, hostB.address) as { connection: Connection };
    expect(outcome.connection.remote).toMatchObject({
      id: b.id,
      proof: "key",
      role: "peer",
      purpose: "member",
      listen: hostB.address,
      observed: "10.0.0.1",
    });
    expect([...a.links].map(({ id }) => id)).toEqual([b.id]);
    expect([...b.links].map(({ id }) => id)).toEqual([a.id]);
    expect(b.links.get(a.id)?.remote.listen).toBe(a.address);
  });

  test("put a seed's link and a probe's into rooms of their own", () => {
    const { world, a, b } = pair(1, {}, { role: "seed" });
    dial(world, a, b.address as string);
    dial(world, a, b.address as string, { purpose: "probe" });
    expect([a.links.size, a.seeds.size, a.probes.size]).toEqual([0, 1, 1]);
    expect([b.links.size, b.seeds.size, b.probes.size]).toEqual([1, 0, 1]);
  });

  test("end a probe that nobody ends", () => {
    const { world, a, b } = pair();
    dial(world, a, b.address as string, { purpose: "probe" });
    world.run(20_000);
    expect([a.probes.size, b.probes.size]).toEqual([0, 0]);
  });

  test("of different networks part, and each is told the difference", () => {
    const { world, a, b } = pair(1, { network: "red" }, { network: "blue" });
    const turned: CloseReason[] = [];
    b.on("turnedAway", ({ reason }) => turned.push(reason));
    expect(failureOf(dial(world, a, b.address as string))).toEqual({
      kind: "rejected",
      code: "network",
      detail: 'the other network is called "blue", this one "red"',
    });
    expect(turned).toMatchObject([{ kind: "rejected", code: "network" }]);
  });

  test.each<[string, number, number, RegExp]>([
    ["seeds", 0, 0, /^the seeds differ: only here 11111111; only there 22222222$/],
    ["number of faulty seeds", 0, 1, /f = 1, this one f = 0/],
  ])("whose networks differ in the %s are told so", (what, faultyA, faultyB, sentence) => {
    const seedsOf = (digit: string) => [(what === "seeds" ? digit : "1").repeat(64) as PeerId];
    const { world, a, b } = pair(
      1,
      { network: { name: "p2p", seeds: seedsOf("1"), faulty: faultyA } },
      { network: { name: "p2p", seeds: seedsOf("2"), faulty: faultyB } },
    );
    expect(failureOf(dial(world, a, b.address as string))).toMatchObject({
      detail: expect.stringMatching(sentence),
    });
  });

  test("keep one of the links that both dialled at once, and the same one", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { world, a, b } = pair(seed);
      a.dial(b.address as string);
      world.run(world.random.next() * 100);
      b.dial(a.address as string);
      world.run(10_000);
      expect([a.links.size, b.links.size]).toEqual([1, 1]);
      expect(a.links.get(b.id)?.dialled).not.toBe(b.links.get(a.id)?.dialled);
    }
  });

  test("let a redial take the place of a link that one of them holds for broken, and keep it", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { world, a, b } = pair(seed);
      dial(world, seed % 2 === 0 ? a : b, (seed % 2 === 0 ? b : a).address as string);
      const left: string[] = [];
      b.links.on("left", (_, { kind }) => left.push(kind));
      const outcome = dial(world, a, b.address as string, { replaces: true });
      world.run(20_000);
      expect("connection" in outcome && outcome.connection.isOpen).toBe(true);
      expect([a.links.size, b.links.size, left]).toEqual([1, 1, ["replaced"]]);
    }
  });

  test("let a new run take the place of the old one, whose end nobody saw", () => {
    const { world, hostA, a, b } = pair();
    dial(world, a, b.address as string);
    hostA.vanish();
    const again = lobbyOn(world.host("a again"), { signer: hostA.signer });
    world.run(100);
    expect(b.links.size).toBe(1);
    dial(world, again, b.address as string);
    expect([...b.links].map(({ isOpen, remote }) => [isOpen, remote.id])).toEqual([[true, again.id]]);
  });
});

describe("a dial", () => {
  test("says that nobody listens", () => {
    const { world, a, hostB } = pair();
    hostB.crash();
    expect(failureOf(dial(world, a, hostB.address))).toEqual({ kind: "refused" });
  });

  test("says that nobody answers: the machine is gone, or its program hangs", () => {
    const { world, a, b, hostB } = pair();
    hostB.freeze();
    expect(failureOf(dial(world, a, b.address as string))).toEqual({
      kind: "mistaken",
      detail: "silent in HELLO",
    });
    hostB.thaw();
    hostB.vanish();
    expect(failureOf(dial(world, a, b.address as string))).toMatchObject({ kind: "unreachable" });
  });

  test("finds out that somebody else answers", () => {
    const { world, a, b } = pair();
    const stranger = createSigner().id;
    const missed: string[] = [];
    a.on("missed", ({ address, reason }) => missed.push(`${address} ${reason.kind}`));
    const failure = failureOf(dial(world, a, b.address as string, { expect: stranger }));
    expect(failure).toMatchObject({
      kind: "mistaken",
      detail: expect.stringContaining(stranger.slice(0, 8)),
    });
    expect(missed).toEqual([`${b.address} mistaken`]);
    expect([a.links.size, b.links.size]).toEqual([0, 0]);
  });

  test("to oneself is refused", () => {
    const { world, a } = pair();
    expect(failureOf(dial(world, a, a.address as string))).toMatchObject({ kind: "rejected", code: "self" });
  });

  test("that is given up tells nothing, whenever that is", () => {
    for (let delayMs = 0; delayMs < 200; delayMs += 10) {
      const { world, a, b } = pair();
      const outcomes: DialOutcome[] = [];
      const giveUp = a.dial(b.address as string, { done: (outcome) => outcomes.push(outcome) });
      world.run(delayMs);
      const known = outcomes.length;
      giveUp();
      world.run(10_000);
      expect(outcomes).toHaveLength(known);
      expect(a.links.size).toBe(known);
      expect(b.links.size).toBe(known);
    }
  });
});

describe("a lobby's door", () => {
  test("lets a rule refuse whoever has proved himself, and says why", () => {
    const { world, a, b } = pair();
    b.admit((remote) => (remote.id === a.id ? { code: "barred", detail: "not today" } : undefined));
    expect(failureOf(dial(world, a, b.address as string))).toEqual({
      kind: "rejected",
      code: "barred",
      detail: "not today",
    });
    expect("connection" in dial(world, a, b.address as string, { purpose: "probe" })).toBe(true);
  });

  test("has a limit to those whom it accepts, not to those whom it dials", () => {
    const world = new World();
    const hub = lobbyOn(world.host("hub"), { limits: { acceptedMax: 2 } });
    const others = ["a", "b", "c", "d"].map((name) => lobbyOn(world.host(name)));
    world.run(100);
    const outcomes = others.slice(0, 3).map((other) => dial(world, other, hub.address as string));
    expect(outcomes.map((outcome) => "connection" in outcome)).toEqual([true, true, false]);
    expect(failureOf(outcomes[2] as DialOutcome)).toMatchObject({ code: "full" });
    expect("connection" in dial(world, hub, others[3]?.address as string)).toBe(true);
  });

  test("drops the oldest of those who say nothing, so that a newcomer still gets in", () => {
    const world = new World();
    const hub = lobbyOn(world.host("hub"), { limits: { halfOpenMax: 10, handshakeTimeoutMs: 60_000 } });
    const guest = lobbyOn(world.host("guest"));
    world.run(100);
    const closed: Link[] = [];
    const silent: LinkOwner = {
      linkOpened: () => undefined,
      linkFrame: () => undefined,
      linkDrained: () => undefined,
      linkClosed: (link) => closed.push(link),
    };
    const stranger = world.host("stranger").transport();
    for (let count = 0; count < 50; count++) stranger.dial(hub.address as never, silent);
    world.run(500);
    expect("connection" in dial(world, guest, hub.address as string)).toBe(true);
    expect(closed.length).toBeGreaterThanOrEqual(40);
  });

  test("keeps places for favoured hosts, which strangers cannot crowd out", () => {
    const world = new World();
    const seed = world.host("seed");
    const options = { limits: { halfOpenMax: 10, handshakeTimeoutMs: 60_000 }, favouredHosts: [seed.ip] };
    const hub = lobbyOn(world.host("hub"), options);
    world.run(100);
    const closed: string[] = [];
    const silent = (name: string): LinkOwner => ({
      linkOpened() {},
      linkFrame() {},
      linkDrained() {},
      linkClosed: () => closed.push(name),
    });
    seed.transport().dial(hub.address as never, silent("seed"));
    world.run(500);
    const stranger = world.host("stranger").transport();
    for (let count = 0; count < 50; count++) stranger.dial(hub.address as never, silent("stranger"));
    world.run(500);
    expect(closed).toHaveLength(40);
    expect(closed).not.toContain("seed");
  });

  test("lets a favoured host have more than its own places while others leave them free", () => {
    const world = new World();
    const seed = world.host("seed");
    const options = { limits: { halfOpenMax: 100, handshakeTimeoutMs: 60_000 }, favouredHosts: [seed.ip] };
    const hub = lobbyOn(world.host("hub"), options);
    world.run(100);
    let closed = 0;
    const silent: LinkOwner = {
      linkOpened() {},
      linkFrame() {},
      linkDrained() {},
      linkClosed: () => closed++,
    };
    const transport = seed.transport();
    for (let count = 0; count < 164; count++) transport.dial(hub.address as never, silent);
    world.run(500);
    expect(closed).toBe(0);
    for (let count = 0; count < 10; count++) transport.dial(hub.address as never, silent);
    world.run(500);
    expect(closed).toBe(10);
  });

  test("takes at most three silent links from one public host", () => {
    const world = new World();
    const hub = lobbyOn(world.host("hub"), { limits: { handshakeTimeoutMs: 60_000 } });
    world.run(100);
    const stranger = world.host("stranger", { address: "8.8.8.8:7000" as never }).transport();
    let closed = 0;
    for (let count = 0; count < 10; count++) {
      stranger.dial(hub.address as never, {
        linkOpened() {},
        linkFrame() {},
        linkDrained() {},
        linkClosed: () => closed++,
      });
    }
    world.run(1000);
    expect(closed).toBe(7);
  });

  test.each<[string, (link: Link) => Uint8Array]>([
    ["junk", () => Uint8Array.of(0x20, 1, 2, 3)],
    ["a HELLO that cannot be read", () => Uint8Array.of(HELLO.kind, 0xc0)],
    ["a long frame", () => Uint8Array.from({ length: 5000 }, () => HELLO.kind)],
  ])("cuts a stranger who begins with %s", (_, frame) => {
    const { world, b } = pair();
    const turned: CloseReason[] = [];
    b.on("turnedAway", ({ reason }) => turned.push(reason));
    const stranger = world.host("stranger").transport();
    stranger.dial(b.address as never, {
      linkOpened: (link) => void link.send(frame(link)),
      linkFrame() {},
      linkDrained() {},
      linkClosed() {},
    });
    world.run(1000);
    expect(turned).toMatchObject([{ kind: "misbehaved" }]);
  });

  test("does not believe a HELLO whose key did not sign", () => {
    const world = new World();
    const [liar, honest] = [world.host("liar"), world.host("honest")];
    const victim = createSigner();
    const lobby = lobbyOn(honest);
    const impostor = lobbyOn(liar, { signer: { id: victim.id, sign: (bytes) => liar.signer.sign(bytes) } });
    world.run(100);
    const turned: CloseReason[] = [];
    lobby.on("turnedAway", ({ reason }) => turned.push(reason));
    failureOf(dial(world, impostor, lobby.address as string));
    failureOf(dial(world, lobby, impostor.address as string));
    expect(turned).toEqual([{ kind: "misbehaved", detail: "HELLO_ACK with a bad signature" }]);
    expect([lobby.links.size, impostor.links.size]).toEqual([0, 0]);
  });

  test("answers who it is, before HELLO and in whatever network", () => {
    const seeds = ["1".repeat(64) as PeerId];
    const { world, hostA, b } = pair(1, {}, { network: { name: "other", seeds, faulty: 0 } });
    const answers: (Introduction | CloseReason)[] = [];
    const { verifier, clock, random } = hostA;
    askWho({ transport: hostA.transport(), verifier, clock, random }, b.address as never, (answer) =>
      answers.push(answer),
    );
    world.run(1000);
    expect(answers).toEqual([{ id: b.id, seeds }]);
  });

  test("answers that once on a link: each answer costs a signature", () => {
    const { world, b } = pair();
    let answers = 0;
    world
      .host("stranger")
      .transport()
      .dial(b.address as never, {
        linkOpened: (link) => {
          for (let count = 0; count < 5; count++) link.send(WHO.encode({ nonce: new Uint8Array(32) }));
        },
        linkFrame: () => answers++,
        linkDrained() {},
        linkClosed() {},
      });
    world.run(1000);
    expect(answers).toBe(1);
  });
});

/** A seed that only introduces itself, and somebody who asks. */
function introducing() {
  const world = new World();
  const [seed, guest] = [world.host("seed"), world.host("guest")];
  const ports = { transport: seed.transport(), signer: seed.signer, clock: seed.clock };
  seed.boot(() => introduce(ports, seed.address, () => undefined));
  world.run(100);
  return { world, seed, guest };
}

describe("a node that only introduces itself", () => {
  test("says who it is, and names nobody else", () => {
    const { world, seed, guest } = introducing();
    const { verifier, clock, random } = guest;
    const answers: (Introduction | CloseReason)[] = [];
    askWho({ transport: guest.transport(), verifier, clock, random }, seed.address, (answer) =>
      answers.push(answer),
    );
    world.run(1000);
    expect(answers).toEqual([{ id: seed.signer.id, seeds: [] }]);
  });

  test("lets go of those who ask nothing: after five seconds, or when more come than it has places for", () => {
    const { world, seed, guest } = introducing();
    let closed = 0;
    const silent = { linkOpened() {}, linkFrame() {}, linkDrained() {}, linkClosed: () => closed++ };
    const transport = guest.transport();
    for (let count = 0; count < 300; count++) transport.dial(seed.address, silent);
    world.run(1000);
    expect(closed).toBe(44);
    world.run(5000);
    expect(closed).toBe(300);
  });
});

describe("a lobby that stops", () => {
  test("says goodbye to members, so that nobody takes it for a crash", () => {
    const { world, a, b } = pair();
    dial(world, a, b.address as string);
    const left: CloseReason[] = [];
    b.links.on("left", (_, reason) => left.push(reason));
    let stopped = 0;
    a.close("node", () => stopped++);
    a.close("node", () => stopped++);
    world.run(5000);
    expect(left).toEqual([{ kind: "goodbye", scope: "node", detail: "stopping" }]);
    expect(stopped).toBe(2);
    expect(failureOf(dial(world, b, a.address as string))).toEqual({ kind: "refused" });
  });

  test("gives up its dials and tells whoever dialled", () => {
    const { world, a, hostB } = pair();
    hostB.freeze();
    const outcomes: DialOutcome[] = [];
    a.dial(hostB.address, { done: (outcome) => outcomes.push(outcome) });
    world.run(1000);
    a.close();
    expect(outcomes).toEqual([{ failed: { kind: "closed" } }]);
  });
});

describe("a kept link", () => {
  test("comes back after every crash of the far end, until it is kept no longer", () => {
    const { world, a, hostB } = pair();
    const stop = keepLink(a, hostB.address);
    for (let round = 0; round < 3; round++) {
      world.run(12_000);
      expect(a.links.size).toBe(1);
      hostB.crash();
      world.run(15_000);
      expect(a.links.size).toBe(0);
      lobbyOn(hostB);
    }
    world.run(12_000);
    expect(a.links.size).toBe(1);
    stop();
    hostB.crash();
    lobbyOn(hostB);
    world.run(30_000);
    expect(a.links.size).toBe(0);
  });

  test("finds whoever answers there next, unless it was told whose key must answer", () => {
    const { world, hostB, a, b } = pair();
    keepLink(a, hostB.address);
    const strict = lobbyOn(world.host("c"));
    keepLink(strict, hostB.address, b.id);
    world.run(1000);
    expect([a.links.has(b.id), strict.links.has(b.id)]).toEqual([true, true]);
    hostB.crash();
    const signer = createSigner();
    const successor = lobbyOn(hostB, { signer });
    world.run(30_000);
    expect(a.links.has(successor.id)).toBe(true);
    expect(strict.links.size).toBe(0);
  });

  test("ends with its lobby", () => {
    const { world, hostB, a } = pair();
    const missed: string[] = [];
    a.on("missed", ({ reason }) => missed.push(reason.kind));
    keepLink(a, hostB.address);
    world.run(1000);
    a.close();
    world.run(60_000);
    expect(missed).toEqual(["closed"]);
  });
});
