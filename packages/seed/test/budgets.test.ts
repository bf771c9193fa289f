import { ACCUSE, CERTIFICATES, type Ledger, NO_DIGEST, signLeave } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import type { Connection } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { CertificateBudget } from "../src/certificate-budget.ts";
import type { EdgeBook } from "../src/edge-book.ts";
import { Electorates } from "../src/electorates.ts";
import { EVIDENCE, LEAVE, POLL } from "../src/frames.ts";
import type { Office } from "../src/office.ts";
import { Strikes } from "../src/strikes.ts";
import { Checks } from "./rogue.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

function settled(
  count: number,
  seed: number,
  options: ConstructorParameters<typeof Town>[0] = {},
): {
  town: Town;
  peers: TestPeer[];
} {
  const town = new Town({ seed, signatures: "hash", ...options });
  const peers = town.peers(count);
  town.until(() => peers.every((peer) => town.isListed(peer)), 10_000);
  town.world.run(2000);
  return { town, peers };
}

function from(id: string, role: "peer" | "seed"): Connection {
  return { id: id as PeerId, remote: { role } } as unknown as Connection;
}

/** How many of `count` certificates are checked at once. */
function checked(budget: CertificateBudget, connection: Connection, count: number, now = 0): number {
  return Array.from({ length: count }, () => budget.take(connection, now)).filter(Boolean).length;
}

describe("certificates are checked", () => {
  test("512 at once for a peer, then a hundred a second", () => {
    const budget = new CertificateBudget();
    expect(checked(budget, from("a", "peer"), 600)).toBe(512);
    expect(checked(budget, from("a", "peer"), 600, 1000)).toBe(100);
  });

  test("2048 at once for all peers, however many there are", () => {
    const budget = new CertificateBudget();
    const each = Array.from({ length: 10 }, (_, index) =>
      checked(budget, from(`peer ${index}`, "peer"), 512),
    );
    expect(each.reduce((sum, count) => sum + count, 0)).toBe(2048);
  });

  test("for seeds apart from that: a list of 10 000 members is taken in at once", () => {
    const budget = new CertificateBudget();
    for (let index = 0; index < 10; index++) checked(budget, from(`peer ${index}`, "peer"), 512);
    expect(checked(budget, from("seed", "seed"), 20_000)).toBe(20_000);
  });
});

test("a member that floods a seed with forged certificates has one of them checked, and is barred", () => {
  const { town, peers } = settled(3, 80);
  const [flooder, victim] = peers as [TestPeer, TestPeer];
  const standing = town.seeds[0]?.ledger.standing(victim.id);
  if (standing === undefined) throw new Error("not listed");
  const { certificate } = standing;
  let checks = 0;
  const verifier = town.hosts[0]?.verifier as { verify: (...given: never[]) => boolean };
  const verify = verifier.verify.bind(verifier);
  verifier.verify = (...given) => {
    checks += 1;
    return verify(...given);
  };
  const { incarnation } = certificate.fact;
  const fact = { kind: "remove" as const, peer: victim.id, incarnation, digest: NO_DIGEST };
  const frames = Array.from({ length: 3000 }, (_, counter) => {
    const votes = certificate.votes.map((vote) => ({ ...vote, fact, counter }));
    return CERTIFICATES.encode({ certificates: [{ fact, votes }] });
  });
  const [link] = [...flooder.lobby.seeds];
  for (const frame of frames) link?.send(frame);
  town.world.run(1000);
  verifier.verify = verify;
  expect(town.told("forged").length).toBeGreaterThan(0);
  // One false vote spoils a certificate. The rest is what the others say meanwhile.
  expect(checks).toBeGreaterThan(0);
  expect(checks).toBeLessThan(60);
  expect(town.seeds[0]?.lobby.barOf(flooder.id)).toMatchObject({ offence: "forged" });
  expect(town.isListed(victim)).toBe(true);
});

/** Frames of a stranger to one seed, so many in ten seconds, and what they cost that. */
function checksOf(
  seed: number,
  frame: (stranger: TestPeer, index: number, town: Town) => Uint8Array,
  count = 1000,
) {
  const checks = new Checks();
  const { town } = settled(1, seed, { verifierOf: checks.verifierOf });
  const stranger = town.peer("stranger", { isShy: true, pollMs: 0 });
  town.world.run(1000);
  const [host] = town.hosts as [Host];
  const before = checks.of(host);
  for (let index = 0; index < count; index++) {
    stranger.lobby.seeds.get(host.signer.id)?.send(frame(stranger, index, town));
    town.world.run(10_000 / count);
  }
  return { town, stranger, checks: checks.of(host) - before };
}

describe("a stranger that has a seed check signatures", () => {
  test("by leaves of peers that there never were, each rightly signed, has sixty a minute looked at", () => {
    const { checks } = checksOf(84, ({ lobby }, index, { configuration, hosts: [host] }) => {
      const signer = (host as Host).signerFrom(lobby.local.random.bytes(32));
      const terms = { peer: signer.id, incarnation: index + 1 };
      return LEAVE.encode({ leave: signLeave(terms, configuration.networkId, signer) });
    });
    expect(checks).toBeGreaterThan(50);
    expect(checks).toBeLessThan(150);
  });

  test("by polls that answer what it was shown, under false signatures, is barred for the first", () => {
    const { town, stranger, checks } = checksOf(
      85,
      ({ id, shown }) => {
        const nonces = [...shown, new Uint8Array(32)].slice(0, 72);
        const proof = { peer: id, incarnation: 1, nonces, signature: new Uint8Array(64) };
        return POLL.encode({ incarnation: 1, proof });
      },
      50,
    );
    expect(town.seeds[0]?.lobby.barOf(stranger.id)).toMatchObject({ offence: "forged" });
    expect(checks).toBeLessThan(100);
  });
});

test("another seed's evidence without a majority opens ten cases at once, and no more in that minute", () => {
  const { town, peers } = settled(30, 81);
  const [one, other] = town.seeds;
  const link = one?.lobby.seeds.get(other?.id as PeerId);
  for (const { id: victim, incarnation } of peers)
    link?.send(EVIDENCE.encode({ victim, incarnation, nonce: new Uint8Array(32), accusations: [] }));
  town.world.run(5000);
  const name = town.hostOf(other?.id as PeerId).name;
  const opened = town
    .told("caseOpened")
    .filter(({ seed, news }) => seed === name && news.reason === "evidence");
  expect(opened).toHaveLength(10);
});

test("whom only witnesses reach is looked for ever more rarely, until a seed reaches it", () => {
  const { town, peers } = settled(8, 82, { seeds: 1 });
  const [victim, accuser] = peers as [TestPeer, TestPeer];
  const [host] = town.hosts;
  const link = town.hostOfPeer(victim);
  if (host === undefined) throw new Error("no seed");
  town.world.cut(host, link);
  const casesIn = (ms: number): number => {
    const before = town.told("caseOpened").length;
    for (let past = 0; past < ms; past += 20_000) {
      accuser.accuse(victim.id);
      town.world.run(20_000);
    }
    return town.told("caseOpened").length - before;
  };
  const first = casesIn(600_000);
  const second = casesIn(1_200_000);
  expect(first).toBeLessThanOrEqual(5);
  expect(second).toBeLessThanOrEqual(2);
  expect(town.told("refuted").length).toBeGreaterThan(0);
  town.world.heal();
  town.world.run(1_900_000);
  expect(casesIn(600_000)).toBeGreaterThanOrEqual(4);
  expect(town.told("removed")).toEqual([]);
});

test("a flood of accusations by everybody against everybody removes nobody", () => {
  const { town, peers } = settled(40, 83);
  const victims = peers.map(({ id }) => id);
  const frames = peers.map((accuser) =>
    victims
      .filter((id) => id !== accuser.id)
      .map((id) => ACCUSE.encode({ accusation: accuser.accusation(id), nonce: new Uint8Array(32) })),
  );
  for (const [index, { lobby }] of peers.entries())
    for (const frame of frames[index] ?? []) lobby.seeds.broadcast(frame);
  town.world.run(60_000);
  // Everybody accused everybody: all are looked for, and all live.
  expect(town.told("removed")).toEqual([]);
  expect(peers.every((peer) => town.isListed(peer))).toBe(true);
});

test.each([
  [1000, 50],
  [10_000, 5],
])(
  "of %i members without edges the monitors of %i are worked out in a second, each costs as many hashes",
  (size, count) => {
    const ids = Array.from({ length: size }, (_, index) => index.toString(16).padStart(64, "0") as PeerId);
    const ledger = {
      size,
      memberIds: () => ids,
      standing: () => ({ kind: "member", incarnation: 1 }),
    } as unknown as Ledger;
    const office = { now: () => 0, timing: { edgeAgeMs: 60_000 } } as unknown as Office;
    const edges = { neighbours: () => [] } as unknown as EdgeBook;
    const electorates = new Electorates(office, ledger, edges, new Strikes());
    const answers = ids.slice(0, count + 5).map((id) => electorates.of(id).length);
    expect(answers.filter((length) => length === 5)).toHaveLength(count);
    // What was worked out is said again.
    expect(electorates.of(ids[0] as PeerId)).toHaveLength(5);
  },
);
