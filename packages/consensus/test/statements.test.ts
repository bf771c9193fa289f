import { keyOfPeerId, type Signer, verifier } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import {
  accusationStatement,
  leaveStatement,
  proofOfLifeStatement,
  registrationDigest,
  registrationStatement,
  signAccusation,
  signLeave,
  signProofOfLife,
  signRegistration,
  signVote,
  verifyAccusation,
  verifyLeave,
  verifyProofOfLife,
  verifyRegistration,
  verifyVote,
  voteStatement,
} from "../src/index.ts";
import { castOf, hash, removeOf, signerOf } from "./cast.ts";

const cast = castOf(3);
const { networkId, cfg } = cast.configuration;
const alice = signerOf("alice");
const bob = signerOf("bob");
const seed = cast.seeds[0] as Signer;

const registrationTerms = {
  peer: alice.id,
  address: parseAddress("127.0.0.1:7001"),
  incarnation: 2 ** 33 + 1,
  token: Uint8Array.of(1, 2, 3),
  pow: Uint8Array.of(4, 5),
};
const leaveTerms = { peer: alice.id, incarnation: 7 };
const proofTerms = { peer: alice.id, incarnation: 7, nonces: [hash("n1"), hash("n2")] };
const accusationTerms = { victim: alice.id, incarnation: 7, accuser: bob.id, at: 1000, lastSeen: 900 };
const voteTerms = {
  cfg,
  fact: { kind: "add" as const, peer: alice.id, incarnation: 7, digest: hash("registration") },
  tick: 1000,
  counter: 42,
  seed: seed.id,
};

/** Takes statements apart by arithmetic of its own: what is signed is for ever. */
class Slicer {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  number(length: number): number {
    return this.take(length).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }
}

function behindHead(statement: Uint8Array, kind: number): Slicer {
  const slicer = new Slicer(statement);
  expect(slicer.text(5)).toBe("p2p/1");
  expect(slicer.number(1)).toBe(kind);
  expect(slicer.take(32)).toEqual(networkId);
  return slicer;
}

const aliceKey = keyOfPeerId(alice.id);
const bobKey = keyOfPeerId(bob.id);

describe("signed bytes, behind 5 + 1 + 32 of head", () => {
  test("registration: 32 + 2 + address + 8 + 2 + token + 2 + pow", () => {
    const statement = registrationStatement(registrationTerms, networkId);
    expect(statement).toHaveLength(38 + 32 + 2 + 14 + 8 + 2 + 3 + 2 + 2);
    const slicer = behindHead(statement, 2);
    expect(slicer.take(32)).toEqual(aliceKey);
    expect(slicer.number(2)).toBe(14);
    expect(slicer.text(14)).toBe("127.0.0.1:7001");
    expect(slicer.number(8)).toBe(2 ** 33 + 1);
    expect([slicer.number(2), ...slicer.take(3)]).toEqual([3, 1, 2, 3]);
    expect([slicer.number(2), ...slicer.take(2)]).toEqual([2, 4, 5]);
    expect(slicer.left).toBe(0);
  });

  test("registration without token and proof of work: two zero lengths", () => {
    const { token: _, pow: __, ...terms } = registrationTerms;
    const statement = registrationStatement(terms, networkId);
    expect(statement).toHaveLength(38 + 32 + 2 + 14 + 8 + 2 + 2);
    expect(statement.slice(-4)).toEqual(new Uint8Array(4));
  });

  test("leave: 32 + 8", () => {
    const statement = leaveStatement(leaveTerms, networkId);
    expect(statement).toHaveLength(38 + 40);
    const slicer = behindHead(statement, 4);
    expect(slicer.take(32)).toEqual(aliceKey);
    expect(slicer.number(8)).toBe(7);
  });

  test("proof of life: 32 + 8 + 2 + 32 a nonce", () => {
    const statement = proofOfLifeStatement(proofTerms, networkId);
    expect(statement).toHaveLength(38 + 42 + 64);
    const slicer = behindHead(statement, 5);
    expect(slicer.take(32)).toEqual(aliceKey);
    expect(slicer.number(8)).toBe(7);
    expect(slicer.number(2)).toBe(2);
    expect(slicer.take(32)).toEqual(hash("n1"));
    expect(slicer.take(32)).toEqual(hash("n2"));
  });

  test("accusation: 32 + 8 + 32 + 9 + 9", () => {
    const statement = accusationStatement(accusationTerms, networkId);
    expect(statement).toHaveLength(38 + 90);
    const slicer = behindHead(statement, 6);
    expect(slicer.take(32)).toEqual(aliceKey);
    expect(slicer.number(8)).toBe(7);
    expect(slicer.take(32)).toEqual(bobKey);
    expect([slicer.number(1), slicer.number(8)]).toEqual([0, 1000]);
    expect([slicer.number(1), slicer.number(8)]).toEqual([0, 900]);
  });

  test("vote: 32 + 1 + 32 + 8 + 32 + 9 + 8 + 32", () => {
    const statement = voteStatement(voteTerms, networkId);
    expect(statement).toHaveLength(38 + 154);
    const slicer = behindHead(statement, 3);
    expect(slicer.take(32)).toEqual(cfg);
    expect(slicer.number(1)).toBe(1);
    expect(slicer.take(32)).toEqual(aliceKey);
    expect(slicer.number(8)).toBe(7);
    expect(slicer.take(32)).toEqual(hash("registration"));
    expect([slicer.number(1), slicer.number(8)]).toEqual([1, 1000]);
    expect(slicer.number(8)).toBe(42);
    expect(slicer.take(32)).toEqual(keyOfPeerId(seed.id));
  });

  test("vote for a REMOVE: kind 2, a digest of zeros", () => {
    const slicer = behindHead(voteStatement({ ...voteTerms, fact: removeOf(alice.id, 7) }, networkId), 3);
    slicer.take(32);
    expect(slicer.number(1)).toBe(2);
    slicer.take(40);
    expect(slicer.take(32)).toEqual(new Uint8Array(32));
  });
});

const registered = signRegistration(registrationTerms, networkId, alice);
const left = signLeave(leaveTerms, networkId, alice);
const proved = signProofOfLife(proofTerms, networkId, alice);
const accused = signAccusation(accusationTerms, networkId, bob);
const voted = signVote(voteTerms, networkId, seed);
const flipped = Uint8Array.from(registered.signature, (byte, index) => (index === 40 ? byte ^ 1 : byte));

describe("what was signed is valid, and nothing else is", () => {
  test("as signed", () => {
    expect(verifyRegistration(registered, networkId, verifier)).toBe(true);
    expect(verifyLeave(left, networkId, verifier)).toBe(true);
    expect(verifyProofOfLife(proved, networkId, verifier)).toBe(true);
    expect(verifyAccusation(accused, networkId, verifier)).toBe(true);
    expect(verifyVote(voted, cast.configuration, verifier)).toBe(true);
  });

  test.each<[string, object]>([
    ["peer", { peer: bob.id }],
    ["address", { address: parseAddress("127.0.0.1:7002") }],
    ["incarnation", { incarnation: 8 }],
    ["token", { token: Uint8Array.of(1, 2, 4) }],
    ["no token", { token: undefined }],
    ["pow", { pow: Uint8Array.of(4) }],
    ["bytes moved from pow to token", { token: Uint8Array.of(1, 2, 3, 4), pow: Uint8Array.of(5) }],
    ["signature", { signature: flipped }],
    ["a short signature", { signature: registered.signature.slice(1) }],
  ])("registration with another %s", (_, change) => {
    expect(verifyRegistration({ ...registered, ...change }, networkId, verifier)).toBe(false);
  });

  test.each<[string, object]>([
    ["peer", { peer: bob.id }],
    ["incarnation", { incarnation: 8 }],
    ["signature", { signature: flipped }],
  ])("leave with another %s", (_, change) => {
    expect(verifyLeave({ ...left, ...change }, networkId, verifier)).toBe(false);
  });

  test.each<[string, object]>([
    ["peer", { peer: bob.id }],
    ["incarnation", { incarnation: 8 }],
    ["nonce", { nonces: [hash("n1"), hash("n3")] }],
    ["order of nonces", { nonces: [hash("n2"), hash("n1")] }],
    ["count of nonces", { nonces: [hash("n1")] }],
    ["list: none", { nonces: [] }],
    ["signature", { signature: flipped }],
  ])("proof of life with another %s", (_, change) => {
    expect(verifyProofOfLife({ ...proved, ...change }, networkId, verifier)).toBe(false);
  });

  test.each<[string, object]>([
    ["victim", { victim: seed.id }],
    ["incarnation", { incarnation: 8 }],
    ["accuser", { accuser: seed.id }],
    ["at", { at: 1001 }],
    ["lastSeen", { lastSeen: 901 }],
    ["signature", { signature: flipped }],
  ])("accusation with another %s", (_, change) => {
    expect(verifyAccusation({ ...accused, ...change }, networkId, verifier)).toBe(false);
  });

  test.each<[string, object]>([
    ["cfg", { cfg: hash("another configuration") }],
    ["kind", { fact: { ...voted.fact, kind: "remove" } }],
    ["kind and digest", { fact: removeOf(alice.id, 7) }],
    ["peer", { fact: { ...voted.fact, peer: bob.id } }],
    ["incarnation", { fact: { ...voted.fact, incarnation: 8 } }],
    ["digest", { fact: { ...voted.fact, digest: hash("another") } }],
    ["tick", { tick: 1001 }],
    ["counter", { counter: 43 }],
    ["seed", { seed: (cast.seeds[1] as Signer).id }],
    ["seed, who is none", { seed: alice.id }],
    ["signature", { signature: flipped }],
  ])("vote with another %s", (_, change) => {
    expect(verifyVote({ ...voted, ...change }, cast.configuration, verifier)).toBe(false);
  });

  test("nobody accuses himself", () => {
    const own = signAccusation({ ...accusationTerms, accuser: alice.id }, networkId, alice);
    expect(verifyAccusation(own, networkId, verifier)).toBe(false);
  });

  test("a vote that somebody who is no seed signed for himself, or for a seed", () => {
    const own = signVote({ ...voteTerms, seed: alice.id }, networkId, alice);
    const forged = signVote(voteTerms, networkId, alice);
    expect(verifyVote(own, cast.configuration, verifier)).toBe(false);
    expect(verifyVote(forged, cast.configuration, verifier)).toBe(false);
  });

  test("a vote for a REMOVE with a digest, though its seed signed it", () => {
    const fact = { ...removeOf(alice.id, 7), digest: hash("content") };
    expect(verifyVote(signVote({ ...voteTerms, fact }, networkId, seed), cast.configuration, verifier)).toBe(
      false,
    );
  });

  test("a vote that its seed signed for another configuration of the same network", () => {
    const earlier = signVote({ ...voteTerms, cfg: hash("an earlier configuration") }, networkId, seed);
    expect(verifyVote(earlier, cast.configuration, verifier)).toBe(false);
  });

  test("a proof of life without nonces, though its peer signed it", () => {
    const empty = signProofOfLife({ ...proofTerms, nonces: [] }, networkId, alice);
    expect(verifyProofOfLife(empty, networkId, verifier)).toBe(false);
  });

  test("an id that is no point of the curve", () => {
    const peer = "ff".repeat(32) as typeof alice.id;
    expect(verifyLeave({ ...left, peer }, networkId, verifier)).toBe(false);
  });
});

describe("a signature is good for one kind and one network", () => {
  test("no statement of one kind can be read as another", () => {
    const statements = [
      registrationStatement(registrationTerms, networkId),
      voteStatement(voteTerms, networkId),
      leaveStatement(leaveTerms, networkId),
      proofOfLifeStatement(proofTerms, networkId),
      accusationStatement(accusationTerms, networkId),
    ];
    expect(statements.map((statement) => statement[5])).toEqual([2, 3, 4, 5, 6]);
  });

  test("a signature of another kind by the same key", () => {
    const { signature } = left;
    expect(verifyRegistration({ ...registered, signature }, networkId, verifier)).toBe(false);
    expect(verifyProofOfLife({ ...proved, signature }, networkId, verifier)).toBe(false);
    expect(verifyLeave({ ...left, signature: proved.signature }, networkId, verifier)).toBe(false);
  });

  test("another network", () => {
    const other = castOf(4).configuration;
    expect(verifyRegistration(registered, other.networkId, verifier)).toBe(false);
    expect(verifyLeave(left, other.networkId, verifier)).toBe(false);
    expect(verifyProofOfLife(proved, other.networkId, verifier)).toBe(false);
    expect(verifyAccusation(accused, other.networkId, verifier)).toBe(false);
    expect(verifyVote(voted, other, verifier)).toBe(false);
    expect(verifyVote({ ...voted, cfg: other.cfg }, other, verifier)).toBe(false);
  });

  test("and digests of one registration differ from network to network", () => {
    expect(registrationDigest(registered, networkId)).not.toEqual(
      registrationDigest(registered, castOf(4).configuration.networkId),
    );
  });
});
