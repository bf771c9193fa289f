import { CERTIFICATES, signRegistration } from "@p2p/consensus";
import { createSigner, INCARNATION_MAX, sha256 } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { CERTIFICATE_ASK, LEAVE, LIST_ASK, POLL, REGISTER } from "../src/frames.ts";
import { type Peer, ScriptedTown } from "./client-town.ts";

describe("polls", () => {
  test("go to every seed in turn, linked or not, every 6 to 10 s", () => {
    const town = new ScriptedTown(3);
    town.peer("anna");
    town.run(10_000);
    const before = town.seeds.map((seed) => seed.of(POLL).length);
    town.run(240_000);
    const after = town.seeds.map((seed, seat) => seed.of(POLL).length - (before[seat] as number));
    for (const count of after) expect(count).toBeGreaterThanOrEqual(7);
    expect(after.reduce((sum, count) => sum + count)).toBeLessThan(70); // a link for an errand takes two
  });

  test("sign what the seed showed before, over this very link", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(120_000);
    for (const seed of town.seeds) {
      const proofs = seed.of(POLL).flatMap(({ proof }) => (proof === undefined ? [] : [proof]));
      expect(seed.proofs).toBeGreaterThanOrEqual(3);
      expect(proofs.every(({ incarnation }) => incarnation === anna.client.incarnation)).toBe(true);
      expect(proofs.every(({ nonces }) => nonces.length <= 11)).toBe(true);
    }
  });

  test("answer a case at once", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(10_000);
    const nonce = new Uint8Array(32).fill(7);
    const seed = town.seed(0);
    seed.cases = [nonce];
    const count = seed.of(POLL).length;
    town.world.runUntil(() => seed.of(POLL).length > count, 60_000);
    town.run(1000);
    expect(seed.of(POLL).at(-1)?.proof?.nonces).toContainEqual(nonce);
    expect(anna.client.proofNonces).toContainEqual(nonce);
    expect(seed.of(POLL).length).toBeLessThanOrEqual(count + 2);
  });

  test("bring one's certificate to a seed that lost it", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(10_000);
    for (const seat of [0, 1, 2]) {
      town.seedHosts[seat]?.crash();
      town.bootSeed(seat);
    }
    town.run(60_000);
    for (const { ledger } of town.seeds) expect(ledger.isMember(anna.id, anna.client.incarnation)).toBe(true);
  });

  test("find a seed dead that does not answer, and another takes its place", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(10_000);
    const seat = town.configuration.seeds.findIndex(({ id }) => anna.client.linked.includes(id));
    town.seedHosts[seat]?.freeze();
    town.run(60_000);
    expect(anna.client.linked).toHaveLength(2);
    expect(anna.client.linked).not.toContain(town.seed(seat).id);
  });
});

describe("a peer that was voted out alive", () => {
  test("comes back by itself with a higher incarnation", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(15_000);
    const { incarnation } = anna.client;
    town.settle(town.removed(anna.id, incarnation));
    town.run(20_000);
    expect(anna.client.isMember).toBe(true);
    expect(anna.client.incarnation).toBeGreaterThan(incarnation);
    expect(anna.log.slice(-2)).toEqual(["selfRemoved", "rejoined"]);
  });

  test("learns it from a poll when nobody told it", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(15_000);
    const removal = town.removed(anna.id, anna.client.incarnation);
    for (const seed of town.seeds) seed.ledger.admit(removal);
    town.run(30_000);
    expect(anna.log).toContain("rejoined");
  });

  test("takes its time when it happens again and again", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(5000);
    const incarnations = new Set<number>();
    for (let minute = 0; minute < 60; minute++) {
      incarnations.add(anna.client.incarnation);
      if (anna.client.isMember) town.settle(town.removed(anna.id, anna.client.incarnation));
      town.run(60_000);
    }
    expect(incarnations.size).toBeLessThan(15);
    expect(incarnations.size).toBeGreaterThan(5);
  });

  test("while it was still reading the list is not told that it is in before it is", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna", { registers: false });
    const standings: boolean[] = [];
    anna.client.on("registered", () => standings.push(anna.client.isMember));
    town.run(10);
    anna.register(town.world);
    town.world.runUntil(() => anna.client.isMember, 5000);
    for (const seed of town.seeds) seed.isFresh = false; // nobody's list counts
    town.run(2000);
    expect(anna.outcome).toBeUndefined();
    town.settle(town.removed(anna.id, anna.client.incarnation));
    town.run(1000);
    for (const seed of town.seeds) seed.isFresh = true;
    town.run(20_000);
    expect(standings).toEqual([true]);
    expect(anna.outcome).toMatchObject({ error: undefined });
  });

  test("goes on when its disk failed meanwhile", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(15_000);
    anna.host.platter.failNext("replace");
    town.settle(town.removed(anna.id, anna.client.incarnation));
    town.run(30_000);
    expect(anna.news.stalled?.[0]?.error.code).toBe("DISK_FAILED");
    expect(anna.client.isMember).toBe(true);
  });
});

function neighbours(): { town: ScriptedTown; anna: Peer; ben: Peer; carl: Peer } {
  const town = new ScriptedTown(3);
  const [anna, ben, carl] = ["anna", "ben", "carl"].map((name) => town.peer(name)) as [Peer, Peer, Peer];
  town.run(5000);
  anna.lobby.dial(ben.host.address);
  town.run(1000);
  return { town, anna, ben, carl };
}

describe("news pass from neighbour to neighbour", () => {
  test("to a peer that has no seed", () => {
    const { town, anna, ben, carl } = neighbours();
    for (const seed of town.seedHosts) town.world.cut(ben.host, seed);
    town.run(60_000);
    carl.host.crash();
    town.settle(town.removed(carl.id, carl.client.incarnation));
    const dora = town.peer("dora");
    town.run(5000);
    expect(ben.list).toEqual([anna.id, ben.id, dora.id].toSorted());
    expect(ben.client.linked).toEqual([]);
  });

  test("each once", () => {
    const { town, anna, ben, carl } = neighbours();
    let passed = 0;
    const spy = (connection: { send(frame: Uint8Array): boolean }): void => {
      const send = connection.send.bind(connection);
      connection.send = (frame) => {
        if (frame[0] === CERTIFICATES.kind) passed += 1;
        return send(frame);
      };
    };
    for (const link of [...anna.lobby.links, ...ben.lobby.links]) spy(link);
    carl.host.crash();
    const removal = town.removed(carl.id, carl.client.incarnation);
    for (let time = 0; time < 5; time++) town.settle(removal);
    town.run(5000);
    expect(passed).toBeLessThanOrEqual(2); // both may send before they hear of each other's
  });

  test("a neighbour that brings a forgery is cut off, one with other rules is not", () => {
    const { town, anna, ben, carl } = neighbours();
    const removal = town.removed(carl.id, carl.client.incarnation);
    const [first] = removal.votes;
    const link = ben.lobby.links.get(anna.id);
    link?.send(CERTIFICATES.encode({ certificates: [{ ...removal, votes: [first as never] }] }));
    town.run(1000);
    expect(anna.lobby.links.has(ben.id)).toBe(true);
    const votes = removal.votes.map((vote) => ({ ...vote, signature: new Uint8Array(64) }));
    link?.send(CERTIFICATES.encode({ certificates: [{ ...removal, votes }] }));
    town.run(1000);
    expect(anna.lobby.links.has(ben.id)).toBe(false);
    expect(anna.list).toContain(carl.id);
  });

  test("and are told who asks", () => {
    const { town, anna, ben, carl } = neighbours();
    for (const seed of town.seedHosts) town.world.cut(ben.host, seed);
    town.run(30_000);
    const link = ben.lobby.links.get(anna.id);
    if (link !== undefined) ben.client.askCertificate(carl.id, link);
    town.run(1000);
    expect(link?.isOpen).toBe(true);
    // It holds it already; ask about somebody it never heard of.
    anna.lobby.links.get(ben.id)?.close();
    const dora = town.peer("dora");
    town.run(5000);
    expect(ben.list).not.toContain(dora.id);
    ben.lobby.dial(anna.host.address, {
      done: (outcome) => "connection" in outcome && ben.client.askCertificate(dora.id, outcome.connection),
    });
    town.run(1000);
    expect(ben.list).toContain(dora.id);
  });

  test("what is known is not examined again", () => {
    const { town, anna, carl } = neighbours();
    carl.host.crash();
    const removal = town.removed(carl.id, carl.client.incarnation);
    town.settle(removal);
    town.run(1000);
    let examined = 0;
    const { verifier } = anna.lobby.local;
    const verify = verifier.verify.bind(verifier);
    verifier.verify = (id, bytes, signature) => {
      examined += town.configuration.has(id) ? 1 : 0;
      return verify(id, bytes, signature);
    };
    for (const seed of town.seeds)
      for (let time = 0; time < 100; time++)
        seed.lobby.links.get(anna.id)?.send(CERTIFICATES.encode({ certificates: [removal] }));
    town.run(100);
    expect(examined).toBe(0);
  });

  test("what was more than a link may bring is read from the list", () => {
    const town = new ScriptedTown(1);
    const anna = town.peer("anna");
    town.run(5000);
    town.seed(0).pageLength = 64;
    for (let index = 0; index < 1000; index++) {
      const signer = createSigner(sha256(Uint8Array.of(index >> 8, index & 255)));
      const terms = { peer: signer.id, address: anna.host.address, incarnation: 1 };
      town.settle(town.added(signRegistration(terms, town.configuration.networkId, signer)));
    }
    town.run(1000);
    expect(anna.client.ledger.size).toBeLessThan(700);
    town.run(15_000);
    expect(anna.client.ledger.size).toBe(1001);
  });

  test("no more than a link may bring are examined", () => {
    const { town, anna, ben } = neighbours();
    let examined = 0;
    const { verifier } = anna.lobby.local;
    const verify = verifier.verify.bind(verifier);
    verifier.verify = (id, bytes, signature) => {
      if (town.configuration.has(id)) examined += 1;
      return verify(id, bytes, signature);
    };
    const link = ben.lobby.links.get(anna.id);
    const signer = town.world.host("zoe").signer;
    for (let incarnation = 1; incarnation <= 2000; incarnation++)
      link?.send(CERTIFICATES.encode({ certificates: [town.removed(signer.id, incarnation)] }));
    town.run(500);
    expect(examined).toBeGreaterThan(0);
    expect(examined).toBeLessThan(2 * 700);
    expect(anna.client.ledger.standing(signer.id)?.incarnation).toBeLessThan(INCARNATION_MAX);
  });
});

describe("leaving", () => {
  test("ends when q seeds gave a receipt", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(10_000);
    let receipts: number | undefined;
    anna.client.leave((count) => {
      receipts = count;
    });
    town.run(500);
    expect(receipts).toBe(2);
    expect(anna.client.isMember).toBe(false);
    expect(town.seeds.map((seed) => seed.of(LEAVE).length)).toEqual([1, 1, 1]);
  });

  test("ends after 2 s without", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(10_000);
    for (const seed of town.seeds) seed.givesReceipts = false;
    let at: number | undefined;
    const since = town.world.now;
    anna.client.leave((count) => {
      expect(count).toBe(0);
      at = town.world.now;
    });
    town.run(5000);
    expect(at).toBe(since + 2000);
  });

  test("is not undone by the removal that it asked for", () => {
    const town = new ScriptedTown(3);
    const anna = town.peer("anna");
    town.run(10_000);
    const { incarnation } = anna.client;
    anna.client.leave(() => undefined);
    town.run(100);
    town.settle(town.removed(anna.id, incarnation, town.leaveOf(anna.host.signer, incarnation)));
    town.run(60_000);
    expect(anna.client.isMember).toBe(false);
    expect(anna.log).not.toContain("selfRemoved");
    expect(anna.log).not.toContain("identityInUse");
    expect(town.seeds.flatMap((seed) => seed.of(REGISTER))).toHaveLength(2);
  });

  test("in the middle of registering ends that", () => {
    const town = new ScriptedTown(3);
    for (const seed of town.seeds) seed.manner = "silent";
    const anna = town.peer("anna");
    town.run(5000);
    anna.client.leave(() => undefined);
    town.run(100);
    expect(anna.outcome?.error?.code).toBe("STOPPED");
  });
});

describe("close", () => {
  test("ends a pending register with STOPPED, and everything else", () => {
    const town = new ScriptedTown(3, { down: [0, 1] });
    const anna = town.peer("anna");
    town.run(5000);
    anna.client.close();
    town.run(100);
    expect(anna.outcome?.error?.code).toBe("STOPPED");
    const count = anna.log.length;
    const heard = town.seed(2).heard.length;
    town.run(120_000);
    expect(anna.log).toHaveLength(count);
    expect(town.seed(2).heard).toHaveLength(heard);
    expect(() => anna.register(town.world)).toThrow("cannot register: this client is stopped");
  });
});

test("a seed that hangs up at once is dialled ever more rarely", () => {
  const town = new ScriptedTown(1);
  let links = 0;
  town.seed(0).lobby.links.on("joined", (connection) => {
    links += 1;
    town.world.after(20, () => connection.goodbye("link"));
  });
  town.peer("anna");
  town.run(120_000);
  expect(links).toBeGreaterThan(5);
  expect(links).toBeLessThan(25);
});

test("a seed that brought a forgery is left alone for ten minutes", () => {
  const town = new ScriptedTown(3);
  const anna = town.peer("anna");
  town.run(5000);
  const removal = town.removed(anna.id, 1);
  const votes = removal.votes.map((vote) => ({ ...vote, signature: new Uint8Array(64) }));
  const forger = town.seeds.find(({ id }) => anna.client.linked.includes(id));
  const fact = { ...removal.fact, peer: town.world.host("zoe").signer.id };
  const forged = { fact, votes: votes.map((vote) => ({ ...vote, fact })) };
  forger?.lobby.links.get(anna.id)?.send(CERTIFICATES.encode({ certificates: [forged] }));
  let visits = 0;
  forger?.lobby.links.on("joined", () => (visits += 1));
  town.run(590_000);
  expect(visits).toBe(0);
  expect(anna.client.linked).toHaveLength(2);
  town.run(60_000);
  expect(visits).toBeGreaterThan(0);
});

test("a stranger who calls himself a seed gets no link", () => {
  const town = new ScriptedTown(3);
  const anna = town.peer("anna");
  town.run(5000);
  const mallory = town.world.host("mallory");
  const lobby = mallory.boot(() => town.lobby(mallory, { role: "seed" }));
  let refused: string | undefined;
  lobby.dial(anna.host.address, {
    done: (outcome) => {
      if ("failed" in outcome && outcome.failed.kind === "rejected") refused = outcome.failed.code;
    },
  });
  town.run(1000);
  expect(refused).toBe("seed");
  expect(anna.lobby.seeds.has(mallory.signer.id)).toBe(false);
});

test("lists are read page by page", () => {
  const town = new ScriptedTown(1);
  for (const name of ["a", "b", "c", "d", "e"]) town.peer(name);
  town.run(5000);
  const pages = town.seed(0).of(LIST_ASK).length;
  const asked = town.seed(0).of(CERTIFICATE_ASK).length;
  const zoe = town.peer("zoe");
  town.run(5000);
  expect(zoe.list).toHaveLength(6);
  expect(town.seed(0).of(LIST_ASK).length - pages).toBe(4); // three pages, and the certificates of the last
  expect(town.seed(0).of(CERTIFICATE_ASK)).toHaveLength(asked); // nothing was missing
});

test("of a second seed's list only what the first did not prove is asked for", () => {
  const town = new ScriptedTown(3);
  for (const name of ["a", "b", "c", "d", "e"]) town.peer(name);
  town.run(5000);
  const before = town.seeds.map((seed) => seed.of(LIST_ASK).length);
  const zoe = town.peer("zoe");
  town.run(5000);
  expect(zoe.list).toHaveLength(6);
  const wanted = town.seeds.flatMap((seed, index) =>
    seed
      .of(LIST_ASK)
      .slice(before[index])
      .flatMap((ask) => ask.wanted),
  );
  expect(wanted.length).toBeGreaterThanOrEqual(5);
  expect(wanted.length).toBeLessThan(10); // two lists of six
});

test("a seed that lists members and proves none of them changes nothing, and another one is read", () => {
  const town = new ScriptedTown(3);
  const anna = town.peer("anna");
  town.run(5000);
  town.seed(0).invents = 300;
  const zoe = town.peer("zoe");
  town.run(10_000);
  expect(zoe.list.toSorted()).toEqual([anna.id, zoe.id].toSorted());
});

test("whom one list has and another lacks is asked about: it may have been removed", () => {
  const town = new ScriptedTown(3);
  const carl = town.peer("carl");
  town.run(5000);
  const removal = town.removed(carl.id, carl.client.incarnation);
  carl.host.crash();
  for (const seat of [0, 1]) town.seed(seat).ledger.admit(removal); // the third has not heard of it
  const newcomers = ["a", "b", "c", "d"].map((name) => town.peer(name));
  town.run(5000);
  expect(town.seed(2).of(LIST_ASK).length).toBeGreaterThan(0);
  for (const { client } of newcomers) expect(client.ledger.isMember(carl.id)).toBe(false);
});
