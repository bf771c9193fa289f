import {
  ALIVE,
  NO_DIGEST,
  signAccusation,
  signRegistration,
  signTick,
  signVote,
  type Vote,
} from "@p2p/consensus";
import { edgeTerms, type PeerId, signEdge } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { DOUBLE_VOTE, EDGES, EVIDENCE, RELAY, TICK_VOTE, VOTE } from "../src/frames.ts";
import { betrayed, Checks } from "./rogue.ts";
import type { TestPeer } from "./test-peer.ts";

/** A town with a rogue, and how many signatures its seeds check. */
function scene(seed: number) {
  const checks = new Checks();
  const { town, rogue, peers } = betrayed(seed, { signatures: "hash", verifierOf: checks.verifierOf });
  const [victim, liar] = [town.hosts[0], town.hosts.at(-1)] as [Host, Host];
  const [one, other] = peers as [TestPeer, TestPeer];
  const { cfg, networkId } = town.configuration;

  /** A vote to remove somebody who never was, of whom there are as many as one likes. */
  const vote = (index: number): Vote => {
    const peer = index.toString(16).padStart(64, "0") as PeerId;
    const fact = { kind: "remove" as const, peer, incarnation: 1, digest: NO_DIGEST };
    const terms = { cfg, fact, tick: town.tick, counter: index + 1, seed: liar.signer.id };
    return signVote(terms, networkId, liar.signer);
  };

  /** The rogue says so many words to the first seed, as fast as that reads them. @returns how many signatures it checked. */
  const flood = (count: number, word: (index: number) => Uint8Array, portion = 1000): number => {
    const before = checks.of(victim);
    for (let index = 0; index < count; index++) {
      rogue.lobby.seeds.get(victim.signer.id)?.send(word(index));
      if (index % portion === portion - 1) town.world.run(50);
    }
    town.world.run(200);
    return checks.of(victim) - before;
  };
  return { town, rogue, one, other, victim, liar, networkId, vote, flood };
}

/** What a seed may say at once and within two seconds, and a tenth more for what the honest say. */
const MOST = 1.1 * (16_384 + 2000);

describe("of a seed that says things by the thousand, all rightly signed,", () => {
  test("no more votes are checked than it may cast at once, and a thousand a second", () => {
    const { flood, vote } = scene(95);
    const checks = flood(30_000, (index) =>
      VOTE.encode({ vote: vote(index), registration: undefined, leave: undefined }),
    );
    expect(checks).toBeGreaterThan(10_000);
    expect(checks).toBeLessThan(MOST);
  });

  test("no more edges of two members, renewed without end", () => {
    const { flood, networkId, one, other } = scene(96);
    const checks = flood(30_000, (index) => {
      const terms = edgeTerms(one, other, 1, 1000 + index);
      const [a, b] = terms.a === one.id ? [one, other] : [other, one];
      const signatureA = signEdge(terms, networkId, a.lobby.local.signer);
      const signatureB = signEdge(terms, networkId, b.lobby.local.signer);
      return EDGES.encode({ made: [{ ...terms, signatureA, signatureB }], ended: [] });
    });
    expect(checks).toBeLessThan(2 * MOST);
  });

  test("no more registrations of keys that it made up", () => {
    const { flood, networkId, rogue, town } = scene(94);
    const [host] = town.hosts as [Host];
    const checks = flood(30_000, () => {
      const signer = host.signerFrom(rogue.lobby.local.random.bytes(32));
      const terms = { peer: signer.id, address: host.address, incarnation: 1 };
      const registration = signRegistration(terms, networkId, signer);
      return RELAY.encode({ registration, address: host.address });
    });
    expect(checks).toBeGreaterThan(10_000);
    expect(checks).toBeLessThan(MOST);
  });

  test("no more accusations that a member signs for it", () => {
    const { flood, networkId, one, other, town } = scene(97);
    const { id: victim, incarnation } = other;
    const word = (index: number): Uint8Array => {
      const accusations = Array.from({ length: 60 }, (_, at) =>
        signAccusation(
          { victim, incarnation, accuser: one.id, at: 60 * index + at, lastSeen: 0 },
          networkId,
          one.lobby.local.signer,
        ),
      );
      return EVIDENCE.encode({ victim, incarnation, nonce: new Uint8Array(32), accusations });
    };
    // While there is a case, nobody reads on.
    flood(1, word);
    town.until(() => town.told("caseClosed").length > 0, 10_000);
    town.world.run(1000);
    expect(flood(900, (index) => word(index + 1), 50)).toBeLessThan(MOST);
  });
});

describe("a seed that says what is not signed by whom it names", () => {
  const NOT_SIGNED = new Uint8Array(64);
  /** Of its own, in a case of its own. */
  const NONCE = new Uint8Array(32).fill(7);

  test.each<[string, (at: ReturnType<typeof scene>, index: number) => Uint8Array]>([
    [
      "a vote",
      ({ vote }, index) =>
        VOTE.encode({
          vote: { ...vote(index), signature: NOT_SIGNED },
          registration: undefined,
          leave: undefined,
        }),
    ],
    [
      "a vote for a tick",
      ({ town, victim }) => {
        const { configuration } = town;
        const next = town.seedOf(victim).tick + 1;
        const { signer } = town.hosts[1] as Host;
        return TICK_VOTE.encode({ ...signTick(next, configuration, signer), signature: NOT_SIGNED });
      },
    ],
    [
      "a registration",
      ({ one }, index) => {
        const registration = one.registration({ incarnation: one.incarnation + 1 + index });
        const signature = Uint8Array.from({ length: 64 }, (_, at) => index >> at);
        return RELAY.encode({ registration: { ...registration, signature }, address: registration.address });
      },
    ],
    [
      "a proof of life that answers what is asked for it",
      ({ one }) => {
        const { id: peer, incarnation } = one;
        return ALIVE.encode({ proof: { peer, incarnation, nonces: [NONCE], signature: NOT_SIGNED } });
      },
    ],
    [
      "two votes that contradict each other",
      ({ vote }, index) => {
        const first = vote(index);
        const fact = { ...first.fact, kind: "add" as const };
        const digest = new Uint8Array(32).fill(1);
        return DOUBLE_VOTE.encode({
          first: { ...first, fact, signature: NOT_SIGNED },
          second: { ...first, fact: { ...fact, digest }, signature: NOT_SIGNED },
        });
      },
    ],
  ])("is cut off by the first: %s", (_, word) => {
    const at = scene(98);
    const { flood, rogue, victim } = at;
    const link = rogue.lobby.seeds.get(victim.signer.id);
    const { id, incarnation } = at.one;
    at.one.isMute = true;
    link?.send(EVIDENCE.encode({ victim: id, incarnation, nonce: NONCE, accusations: [] }));
    at.town.world.run(50);
    const checks = flood(2000, (index) => word(at, index));
    expect(link?.isOpen).toBe(false);
    // The seed itself dials it again, and what the honest say meanwhile is checked as well.
    expect(checks).toBeLessThan(50);
  });
});
