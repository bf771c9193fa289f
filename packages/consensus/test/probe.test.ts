import type { Signer } from "@p2p/identity";
import type { Connection, Lobby } from "@p2p/wire";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ALIVE,
  PROBE,
  type ProbeOutcome,
  Prober,
  type ProbeTarget,
  type ProofOfLife,
  signProofOfLife,
} from "../src/index.ts";
import { hash, signerOf } from "./cast.ts";
import { addressAt, Town } from "./town.ts";

const alice = signerOf("alice");
const [mine, yours] = [hash("mine"), hash("yours")];
const target: ProbeTarget = {
  peer: alice.id,
  incarnation: 7,
  address: addressAt(7001),
  nonces: [mine, yours],
  timeoutMs: 4000,
};

let town: Town;
let lobby: Lobby;
let prober: Prober;
let strays: ProofOfLife[];
let outcomes: ProbeOutcome[];

beforeEach(() => {
  town = new Town();
  lobby = town.lobby("prober", 6000);
  strays = [];
  outcomes = [];
  prober = new Prober({ lobby, probesMax: 2, stray: (proof) => strays.push(proof) });
});

const look = (change: Partial<ProbeTarget> = {}) =>
  prober.probe({ ...target, ...change }, (outcome) => outcomes.push(outcome));
const kinds = (): string[] => outcomes.map(({ kind }) => kind);

/** Somebody at alice's address, who answers each PROBE by `answer`. */
function resident(answer: (nonces: readonly Uint8Array[], from: Connection) => void, name = "alice"): Lobby {
  const home = town.lobby(name, 7001);
  home.probes.route(PROBE, ({ nonces }, from) => answer(nonces, from));
  return home;
}

function signs(nonces: readonly Uint8Array[], incarnation = 7, signer: Signer = alice): Uint8Array {
  const terms = { peer: alice.id, incarnation, nonces };
  return ALIVE.encode({ proof: signProofOfLife(terms, lobby.local.networkId, signer) });
}

describe("a member is alive", () => {
  test("that signs the nonces it was shown; the link is closed afterwards", () => {
    const home = resident((nonces, from) => from.send(signs(nonces)));
    look();
    expect(prober.size).toBe(1);
    town.clock.run(100);
    expect(outcomes).toMatchObject([{ kind: "alive", proof: { peer: alice.id, nonces: [mine, yours] } }]);
    expect([prober.size, lobby.probes.size, home.probes.size]).toEqual([0, 0, 0]);
    town.clock.run(60_000);
    expect(outcomes).toHaveLength(1);
  });

  test("and nothing waits afterwards", () => {
    resident((nonces, from) => from.send(signs(nonces)));
    look({ timeoutMs: 1e6 });
    town.clock.run(100);
    expect(kinds()).toEqual(["alive"]);
    expect(town.clock.waiting).toBe(0);
  });

  test("in a later life than the one in question", () => {
    resident((nonces, from) => from.send(signs(nonces, 8)));
    look();
    town.clock.run(100);
    expect(kinds()).toEqual(["alive"]);
  });

  test("with more nonces than were asked", () => {
    resident((nonces, from) => from.send(signs([hash("another's"), ...nonces])));
    look();
    town.clock.run(100);
    expect(kinds()).toEqual(["alive"]);
  });
});

describe("silent", () => {
  test("is who listens and says nothing, after timeoutMs", () => {
    resident(() => {});
    look();
    town.clock.run(3999);
    expect(outcomes).toEqual([]);
    town.clock.run(1);
    expect(kinds()).toEqual(["silent"]);
    town.clock.run(10);
    expect(lobby.probes.size).toBe(0);
  });

  test("is a cable pulled", () => {
    resident((nonces, from) => from.send(signs(nonces)));
    town.unplug(7001);
    look();
    town.clock.run(4000);
    expect(kinds()).toEqual(["silent"]);
  });

  test("is another key at the address", () => {
    resident((nonces, from) => from.send(signs(nonces)), "mallory");
    look();
    town.clock.run(100);
    expect(kinds()).toEqual(["silent"]);
  });

  test("is a link that is closed after it was accepted: somebody was there", () => {
    resident((_, from) => from.close());
    look();
    town.clock.run(100);
    expect(kinds()).toEqual(["silent"]);
  });

  test("is a door of another network", () => {
    town.lobby("alice", 7001, "another");
    look();
    town.clock.run(100);
    expect(kinds()).toEqual(["silent"]);
  });

  test.each<[string, (nonces: readonly Uint8Array[]) => Uint8Array]>([
    ["misses one of the nonces", ([first]) => signs([first as Uint8Array])],
    ["answers nonces of the past", () => signs([hash("old")])],
    ["is of an earlier life", (nonces) => signs(nonces, 6)],
    ["is signed by somebody else", (nonces) => signs(nonces, 7, signerOf("mallory"))],
  ])("is an answer that %s; it goes to stray", (_, answer) => {
    resident((nonces, from) => from.send(answer(nonces)));
    look();
    town.clock.run(4000);
    expect(kinds()).toEqual(["silent"]);
    expect(strays).toHaveLength(1);
  });
});

test("refused is a machine on which nobody listens", () => {
  look();
  town.clock.run(100);
  expect(kinds()).toEqual(["refused"]);
});

describe("busy, which is evidence of nothing,", () => {
  test("is one probe more than probesMax, told after the call", () => {
    resident(() => {});
    for (let count = 0; count < 3; count++) look();
    expect(outcomes).toEqual([]);
    town.clock.run(0);
    expect(kinds()).toEqual(["busy"]);
    expect(prober.size).toBe(2);
    town.clock.run(4000);
    expect(kinds()).toEqual(["busy", "silent", "silent"]);
  });

  test("is this end's own closing, before and after the far end is known", () => {
    resident(() => {});
    look();
    town.clock.run(100);
    look();
    lobby.close();
    town.clock.run(10);
    expect(kinds()).toEqual(["busy", "busy"]);
  });
});

test("who stops looking is told nothing", () => {
  resident((nonces, from) => from.send(signs(nonces)));
  const [early, late] = [look(), look()];
  early();
  town.clock.run(4);
  late();
  town.clock.run(5000);
  expect(outcomes).toEqual([]);
  expect([prober.size, lobby.probes.size]).toEqual([0, 0]);
  late();
});

test("a proof that somebody forwards goes to stray, unverified", () => {
  const home = town.lobby("bob", 7002);
  home.dial(addressAt(6000), {
    purpose: "probe",
    done: (outcome) => "connection" in outcome && outcome.connection.send(signs([hash("case")])),
  });
  town.clock.run(100);
  expect(strays).toMatchObject([{ peer: alice.id, nonces: [hash("case")] }]);
});

test("each link answers for its own probe only", () => {
  resident((nonces, from) => from.send(signs(nonces)));
  town.lobby("bob", 7002).probes.route(PROBE, ({ nonces }, from) => {
    const terms = { peer: signerOf("bob").id, incarnation: 7, nonces };
    const proof = signProofOfLife(terms, lobby.local.networkId, signerOf("bob"));
    from.send(ALIVE.encode({ proof }));
  });
  look();
  look({ peer: signerOf("bob").id, address: addressAt(7002), nonces: [mine] });
  town.clock.run(100);
  expect(outcomes.map((outcome) => outcome.kind === "alive" && outcome.proof.peer)).toEqual([
    alice.id,
    signerOf("bob").id,
  ]);
});

test.each([0, 73])("%i nonces are the caller's mistake", (count) => {
  expect(() => look({ nonces: Array.from({ length: count }, () => mine) })).toThrow(RangeError);
});

test("there is one prober a lobby", () => {
  expect(() => new Prober({ lobby })).toThrow(TypeError);
});
