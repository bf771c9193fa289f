import {
  ACCUSE,
  type Accuse,
  ALIVE,
  electorate,
  PROBE,
  type ProofOfLife,
  signAccusation,
  TESTIMONY,
  type Testimony,
  WITNESS,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Connection, Lobby } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Liveness } from "../src/index.ts";
import { Mesh } from "./mesh.ts";

const nonce = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** What a lobby that is no node of ours hears on its probe links. */
class Ear {
  readonly accusations: Accuse[] = [];
  readonly proofs: ProofOfLife[] = [];
  readonly testimonies: Testimony[] = [];
  readonly lobby: Lobby;

  constructor(lobby: Lobby) {
    this.lobby = lobby;
    for (const room of [lobby.links, lobby.probes]) {
      room.route(ACCUSE, (accuse) => void this.accusations.push(accuse));
      room.route(ALIVE, ({ proof }) => void this.proofs.push(proof));
      room.route(TESTIMONY, (testimony) => void this.testimonies.push(testimony));
    }
  }

  /** The nonces by which a member can clear itself. */
  noncesAgainst(victim: PeerId): Uint8Array[] {
    return this.accusations
      .filter(({ accusation }) => accusation.victim === victim)
      .map((accuse) => accuse.nonce);
  }

  get outcomes(): string[] {
    return this.testimonies.map(({ outcome }) => outcome);
  }

  /** Runs `task` with a fresh probe link to a node of the mesh. */
  visit(mesh: Mesh, name: string, task: (connection: Connection) => void): void {
    this.lobby.dial(mesh.host(name).address, {
      purpose: "probe",
      done: (outcome) => {
        if ("connection" in outcome) task(outcome.connection);
      },
    });
    mesh.world.run(600);
  }

  /** Accuses a member to one node, truly signed. */
  accuse(mesh: Mesh, victim: string, before: string, incarnation = 1): void {
    const frame = this.accusation(mesh, victim, incarnation);
    this.visit(mesh, before, (connection) => void connection.send(frame));
  }

  accusation(mesh: Mesh, victim: string, incarnation = 1): Uint8Array {
    const { signer, networkId } = this.lobby.local;
    const terms = { victim: mesh.id(victim), incarnation, accuser: signer.id, at: 1, lastSeen: 0 };
    return ACCUSE.encode({ accusation: signAccusation(terms, networkId, signer), nonce: nonce(7) });
  }
}

/** A mesh with a sixth member, which is whatever the test makes of it. */
function meshWithStranger(names = "abcde"): { mesh: Mesh; ear: Ear } {
  const mesh = new Mesh(names);
  const ear = new Ear(mesh.stranger("z"));
  mesh.world.run(1000);
  return { mesh, ear };
}

const others = (mesh: Mesh, victim: string): readonly PeerId[] =>
  electorate(mesh.id(victim), [], mesh.roll.listed.keys());

describe("an accuser who lies alone", () => {
  test("gets from each monitor the proof that answers him, and nobody joins him", () => {
    const { mesh, ear } = meshWithStranger();
    for (const name of "abcd") ear.accuse(mesh, "e", name);
    mesh.world.run(30_000);
    expect(mesh.of("answered", "z")).toEqual([]); // nobody asked on his behalf but the monitors
    expect(ear.proofs.length).toBe(4);
    for (const proof of ear.proofs) expect(proof.nonces).toContainEqual(nonce(7));
    expect(mesh.news).toEqual([]);
  });

  test("and who accuses anew while a monitor looks, gets a proof for that as well", () => {
    const { mesh, ear } = meshWithStranger();
    const { signer, networkId } = ear.lobby.local;
    const terms = { victim: mesh.id("e"), incarnation: 1, accuser: signer.id, at: 1, lastSeen: 0 };
    const accusation = signAccusation(terms, networkId, signer);
    ear.visit(mesh, "a", (connection) => {
      for (const byte of [7, 8]) connection.send(ACCUSE.encode({ accusation, nonce: nonce(byte) }));
    });
    mesh.world.run(1000);
    expect(ear.proofs.map(({ nonces }) => nonces.at(-1))).toContainEqual(nonce(8));
  });

  test("before the accused itself is answered by it", () => {
    const { mesh, ear } = meshWithStranger();
    ear.accuse(mesh, "e", "e");
    expect(ear.proofs.map(({ peer }) => peer)).toEqual([mesh.id("e")]);
  });

  test("of a member that does not answer any more is right, and is told so", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.host("e").vanish();
    ear.accuse(mesh, "e", "a");
    mesh.world.run(8000);
    expect(mesh.who("accused", "e")).toContain("a");
    expect(ear.accusations.map(({ accusation }) => accusation.accuser)).toContain(mesh.id("a"));
  });

  test("makes nobody look who is not a monitor", () => {
    const { mesh, ear } = meshWithStranger("abcdefgh");
    const monitors = others(mesh, "e");
    const [outsider, insider] = [false, true].map((isMonitor) =>
      Array.from("abcdfgh").find((name) => monitors.includes(mesh.id(name)) === isMonitor),
    );
    ear.accuse(mesh, "e", outsider as string);
    mesh.world.run(10_000);
    expect(mesh.of("answered", outsider as string)).toEqual([]);
    ear.accuse(mesh, "e", insider as string);
    mesh.world.run(10_000);
    expect(mesh.of("answered", insider as string)).not.toEqual([]);
  });
});

describe("an accusation is passed over", () => {
  test("and its link cut when its signature is bad", () => {
    const { mesh, ear } = meshWithStranger();
    const { id } = ear.lobby;
    const accusation = {
      victim: mesh.id("e"),
      incarnation: 1,
      accuser: id,
      at: 1,
      lastSeen: 0,
      signature: new Uint8Array(64),
    };
    let held: Connection | undefined;
    ear.visit(mesh, "a", (connection) => {
      held = connection;
      connection.send(ACCUSE.encode({ accusation, nonce: nonce(7) }));
    });
    expect(held?.isOpen).toBe(false);
    expect(toldAfter(mesh)).toBe(0);
  });

  test("when another than its accuser brings it", () => {
    const { mesh, ear } = meshWithStranger();
    const { signer } = mesh.host("b");
    const terms = { victim: mesh.id("e"), incarnation: 1, accuser: signer.id, at: 1, lastSeen: 0 };
    const accusation = signAccusation(terms, ear.lobby.local.networkId, signer);
    ear.visit(
      mesh,
      "a",
      (connection) => void connection.send(ACCUSE.encode({ accusation, nonce: nonce(7) })),
    );
    expect(toldAfter(mesh)).toBe(0);
  });

  test("when its accuser is no member", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.roll.listed.delete(ear.lobby.id);
    ear.accuse(mesh, "e", "a");
    expect(toldAfter(mesh)).toBe(0);
  });

  test("when it is about another life than the listed one", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.enlist(mesh.host("e"), 2);
    ear.accuse(mesh, "e", "a");
    expect(toldAfter(mesh)).toBe(0);
  });

  test("when its victim said goodbye just now", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.host("e").stop();
    mesh.world.run(1000);
    for (const name of "abcd") ear.accuse(mesh, "e", name);
    expect(toldAfter(mesh)).toBe(0);
  });

  test("unread, when its accuser has sent 256 in a minute", () => {
    for (const [count, isRead] of [
      [255, true],
      [257, false],
    ] as const) {
      const { mesh, ear } = meshWithStranger();
      const { id } = ear.lobby;
      const forged = { victim: mesh.id("e"), accuser: id, at: 1, lastSeen: 0, signature: new Uint8Array(64) };
      const send = (to: Connection, incarnation: number): boolean =>
        to.send(ACCUSE.encode({ accusation: { ...forged, incarnation }, nonce: nonce(7) }));
      let held: Connection | undefined;
      ear.visit(mesh, "a", (connection) => {
        held = connection;
        for (let sent = 0; sent < count; sent++) send(connection, 99);
        send(connection, 1);
      });
      expect(held?.isOpen).toBe(!isRead);
    }
  });
});

describe("a proof of life", () => {
  test("with the accuser's nonce clears, over any path, brought by anybody", () => {
    const { mesh, ear } = lostSight();
    const nonces = ear.noncesAgainst(mesh.id("e"));
    expect(mesh.who("accused", "e")).toBe("abcd");
    ear.visit(mesh, "e", (connection) => void connection.send(PROBE.encode({ peer: mesh.id("e"), nonces })));
    const [proof] = ear.proofs as [ProofOfLife];
    for (const name of "abcd") {
      ear.visit(mesh, name, (connection) => void connection.send(ALIVE.encode({ proof })));
    }
    expect(mesh.who("cleared", "e")).toBe("abcd");
  });

  test("with an old nonce, or with its nonce forged in, clears nothing", () => {
    const { mesh, ear } = lostSight();
    const nonces = ear.noncesAgainst(mesh.id("e"));
    ear.visit(mesh, "e", (connection) => {
      connection.send(PROBE.encode({ peer: mesh.id("e"), nonces: [nonce(1)] }));
    });
    const [old] = ear.proofs as [ProofOfLife];
    for (const name of "abcd") {
      for (const proof of [old, { ...old, nonces }]) {
        ear.visit(mesh, name, (connection) => void connection.send(ALIVE.encode({ proof })));
      }
    }
    expect(old.nonces).toEqual([nonce(1)]);
    expect(mesh.who("cleared", "e")).toBe("");
  });

  test("is given to anybody, member or not, 120 times at once", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.roll.listed.delete(ear.lobby.id);
    ear.visit(mesh, "e", (connection) => {
      for (let count = 0; count < 200; count++) {
        connection.send(PROBE.encode({ peer: mesh.id("e"), nonces: [nonce(count)] }));
      }
    });
    expect(ear.proofs.length).toBeGreaterThanOrEqual(120);
    expect(ear.proofs.length).toBeLessThan(125);
  });

  test("is not given for somebody else", () => {
    const { mesh, ear } = meshWithStranger();
    ear.visit(mesh, "e", (connection) => {
      connection.send(PROBE.encode({ peer: mesh.id("a"), nonces: [nonce(1)] }));
    });
    expect(ear.proofs).toEqual([]);
  });
});

describe("a witness", () => {
  test("brings the proof of a living member, with the asker's nonce", () => {
    const { mesh, ear } = meshWithStranger();
    ask(mesh, ear, question(mesh, "e", 9));
    expect(ear.outcomes).toEqual(["alive"]);
    expect(ear.testimonies[0]?.proof?.nonces).toEqual([nonce(9)]);
  });

  test("says refused of a closed port at once, silent of nothing after two seconds", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.host("e").crash();
    mesh.host("d").vanish();
    ask(mesh, ear, question(mesh, "e"), question(mesh, "d"));
    expect(ear.outcomes).toEqual(["refused"]);
    mesh.world.run(2000);
    expect(ear.outcomes).toEqual(["refused", "silent"]);
  });

  test("that was asked just now repeats itself, with the age, and does not look again for five seconds", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.host("e").crash();
    ask(mesh, ear, question(mesh, "e"));
    mesh.host("e").restart();
    mesh.world.run(3000);
    ask(mesh, ear, question(mesh, "e", 2));
    expect(ear.outcomes).toEqual(["refused", "refused"]);
    expect(ear.testimonies[0]?.ageMs).toBeLessThan(500);
    expect(ear.testimonies[1]?.ageMs).toBeGreaterThan(3000);
    mesh.world.run(2000);
    ask(mesh, ear, question(mesh, "e", 3));
    expect(ear.outcomes).toEqual(["refused", "refused", "alive"]);
  });

  test("answers everybody who asks while it looks, each with his own proof, by two looks at most", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.told.length = 0;
    ask(mesh, ear, ...Array.from({ length: 20 }, (_, byte) => question(mesh, "e", byte)));
    mesh.world.run(500);
    expect(ear.outcomes).toEqual(Array.from({ length: 20 }, () => "alive"));
    for (const { proof } of ear.testimonies) expect(proof).toBeDefined();
    expect(new Set(ear.testimonies.map(({ proof }) => proof?.signature.join())).size).toBe(2);
    expect(mesh.of("answered", "a")).toHaveLength(2);
  });

  test("looks at most 60 times at once for one asker, 60 times a minute", () => {
    const { mesh, ear } = meshWithStranger();
    for (let round = 0; round < 4; round++) {
      const asked = Array.from({ length: 20 }, (_, count) => question(mesh, "e", round * 20 + count));
      ask(mesh, ear, ...asked);
    }
    mesh.world.run(500);
    const busy = ear.outcomes.filter((outcome) => outcome === "busy").length;
    expect(busy).toBeGreaterThan(15);
    expect(busy).toBeLessThanOrEqual(20);
  });

  test("knows nothing of strangers and of lives that are not listed", () => {
    const { mesh, ear } = meshWithStranger();
    const host = mesh.world.host("y");
    const victim = host.signer.id;
    ask(mesh, ear, question(mesh, "e", 1, 2), WITNESS.encode({ victim, incarnation: 0, nonces: [nonce(1)] }));
    expect(ear.outcomes).toEqual(["unknown", "unknown"]);
  });

  test("was busy if it was stopped while it looked", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.host("e").vanish();
    ask(mesh, ear, question(mesh, "e"));
    mesh.host("a").freeze();
    mesh.world.run(5000);
    mesh.host("a").thaw();
    mesh.world.run(1000);
    expect(ear.outcomes).toEqual(["busy"]);
  });

  test("is busy to who is neither member nor seed", () => {
    const { mesh, ear } = meshWithStranger();
    mesh.roll.listed.delete(ear.lobby.id);
    ask(mesh, ear, question(mesh, "e"));
    mesh.roll.seeds.add(ear.lobby.id);
    ask(mesh, ear, question(mesh, "e"));
    expect(ear.outcomes).toEqual(["busy", "alive"]);
  });

  test("does not look for itself, nor for who asks", () => {
    const { mesh, ear } = meshWithStranger();
    ask(mesh, ear, question(mesh, "a"), question(mesh, "z"));
    mesh.world.run(5000);
    expect(ear.outcomes).toEqual([]);
  });
});

test("a node that stops ends its visits to others", () => {
  const { mesh, ear } = meshWithStranger();
  const { probes } = ear.lobby;
  mesh.host("e").crash();
  mesh.world.runUntil(() => probes.has(mesh.id("a")), 10_000);
  expect(probes.has(mesh.id("a"))).toBe(true);
  mesh.node("a").liveness.stop();
  mesh.world.run(500);
  expect(probes.has(mesh.id("a"))).toBe(false);
});

describe("the caller's own mistakes", () => {
  test.each([{ helpers: -1 }, { suspicionsMax: 1.5 }, { witnessDialsPerMinute: Number.NaN }])(
    "%j",
    (wrong) => {
      const world = new Mesh("");
      const lobby = world.stranger("z");
      expect(() => new Liveness({ lobby, ...wrong })).toThrow(RangeError);
    },
  );

  test("a route that is taken", () => {
    const lobby = new Mesh("").stranger("z");
    const first = new Liveness({ lobby });
    expect(() => new Liveness({ lobby })).toThrow(TypeError);
    first.stop();
  });
});

/** How much has been told ten seconds later. */
function toldAfter(mesh: Mesh): number {
  mesh.world.run(10_000);
  return mesh.told.length;
}

/** All but the stranger have lost sight of e, and accuse it before the stranger, too. */
function lostSight(): { mesh: Mesh; ear: Ear } {
  const { mesh, ear } = meshWithStranger();
  for (const name of "abcd") mesh.world.cut(mesh.host(name), mesh.host("e"));
  mesh.world.runUntil(() => ear.noncesAgainst(mesh.id("e")).length >= 4, 60_000);
  return { mesh, ear };
}

function question(mesh: Mesh, victim: string, byte = 1, incarnation = 1): Uint8Array {
  return WITNESS.encode({ victim: mesh.id(victim), incarnation, nonces: [nonce(byte)] });
}

/** Asks node a to be a witness, all questions over one link. */
function ask(mesh: Mesh, ear: Ear, ...frames: Uint8Array[]): void {
  ear.visit(mesh, "a", (connection) => {
    for (const frame of frames) connection.send(frame);
  });
}

test("who accuses a new life is heard at once, although the old life was still pursued", () => {
  const { mesh, ear } = meshWithStranger();
  mesh.host("e").vanish();
  mesh.world.runUntil(() => mesh.who("accused", "e") === "abcd", 60_000);
  mesh.enlist(mesh.host("e"), 2);
  const answers = (): unknown[] =>
    ear.accusations.filter(
      ({ accusation }) => accusation.incarnation === 2 && accusation.accuser === mesh.id("a"),
    );
  ear.accuse(mesh, "e", "a", 2);
  mesh.world.run(6000);
  expect(mesh.who("cleared", "e")).toContain("a");
  expect(answers()).toHaveLength(1);
});

test("a node that finds many accusations when it wakes up looks again before it answers or confirms", () => {
  const mesh = new Mesh("ae");
  const ears = Array.from("tuvwxyz", (name) => new Ear(mesh.stranger(name)));
  mesh.world.run(40_000);
  mesh.host("a").crash();
  mesh.world.run(6000);
  expect([mesh.who("accused", "a"), mesh.who("confirmed", "a")]).toEqual(["e", ""]);
  const told = ears.map(({ accusations }) => accusations.length);
  const links: Connection[] = [];
  for (const ear of ears) ear.visit(mesh, "e", (connection) => links.push(connection));
  mesh.host("e").freeze();
  for (const [index, ear] of ears.entries()) links[index]?.send(ear.accusation(mesh, "a"));
  const [a] = mesh.hosts.splice(0, 2); // it will not dial anybody
  a?.restart();
  mesh.world.run(5000);
  mesh.host("e").thaw();
  mesh.world.run(5000);
  expect(mesh.told.map(({ event }) => event)).not.toContain("confirmed");
  expect(ears.map(({ accusations }) => accusations.length)).toEqual(told);
  expect(mesh.node("e").liveness.suspects).toEqual([]);
});
