import { toHex } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import {
  BUCKETS,
  bucketOf,
  type Certificate,
  certificateDigest,
  Ledger,
  type LedgerOptions,
} from "../src/index.ts";
import { addOf, ballotPaper, castOf, idFrom, product, registrationOf, removeOf, signerOf } from "./cast.ts";

const cast = castOf(3);

function addition(name: string, incarnation: number, address?: string): Certificate {
  const registration = registrationOf(cast, signerOf(name), incarnation, address);
  const fact = addOf(cast, registration);
  return { fact, votes: [ballotPaper(cast, 0, fact)], registration };
}

function removal(name: string, incarnation: number): Certificate {
  const fact = removeOf(signerOf(name).id, incarnation);
  return { fact, votes: [ballotPaper(cast, 0, fact)] };
}

/** The same certificate, voted for at these ticks. */
function at(certificate: Certificate, ...ticks: number[]): Certificate {
  const votes = ticks.map((tick, seat) => ballotPaper(cast, seat, certificate.fact, tick));
  return { ...certificate, votes };
}

/** A ledger's hashes as one text: quick to compare. */
function hashesOf(ledger: Ledger): string {
  return ledger.bucketHashes().map(toHex).join();
}

function ledgerOf(certificates: readonly Certificate[], options?: LedgerOptions): Ledger {
  const ledger = new Ledger(options);
  for (const certificate of certificates) ledger.admit(certificate);
  return ledger;
}

const [A1, A1other] = [addition("alice", 1), addition("alice", 1, "127.0.0.1:7002")].toSorted((a, b) =>
  Buffer.compare(a.fact.digest, b.fact.digest),
) as [Certificate, Certificate]; // the smaller digest first
const [R1, A2, R2] = [removal("alice", 1), addition("alice", 2), removal("alice", 2)];
const [B1, S1] = [addition("bob", 1), removal("bob", 1)];
const alice = A1.fact.peer;
const bob = B1.fact.peer;

/** What is certified about alice and bob, as text. */
function stateOf(certificates: readonly Certificate[]): string {
  const ledger = ledgerOf(certificates);
  return JSON.stringify([alice, bob].map((peer) => ledger.standing(peer)?.certificate.fact));
}

describe("admits", () => {
  test.each<[string, Certificate[], string]>([
    ["the first of its peer", [A1], "newer"],
    ["a higher rank", [A1, R1], "newer"],
    ["a removal nobody saw the addition of", [R1], "newer"],
    ["a later life after the removal", [A1, R1, A2], "newer"],
    ["a later life before the removal", [A1, A2], "newer"],
    ["the same again", [A1, A1], "known"],
    ["the same removal again", [R1, R1], "known"],
    ["a lower rank", [A2, R1], "older"],
    ["an addition after its removal", [R1, A1], "older"],
    ["the same rank with a smaller digest", [A1other, A1], "conflict-taken"],
    ["the same rank with a larger digest", [A1, A1other], "conflict-refused"],
  ])("%s", (_, certificates, answer) => {
    const ledger = ledgerOf(certificates.slice(0, -1));
    expect(ledger.admit(certificates.at(-1) as Certificate)).toBe(answer);
  });
});

describe("the list is a join", () => {
  const all = [A1, A1other, R1, A2, R2, B1, S1];
  test("commutative and idempotent: every sequence of up to four certificates ends where its set ends", () => {
    const endOf = new Map<string, string>();
    for (let length = 1; length <= 4; length++) {
      for (const sequence of product(Array.from({ length }, () => all))) {
        const set = all.map((one) => (sequence.includes(one) ? 1 : 0)).join("");
        const end = stateOf(sequence);
        expect(endOf.get(set) ?? end).toBe(end);
        endOf.set(set, end);
      }
    }
    expect(endOf.size).toBe(7 + 21 + 35 + 35);
  });

  test("associative: joining the lists of two holders is joining all they were told", () => {
    const told = [...product(all.map((certificate) => [undefined, certificate]))].map((choice) =>
      choice.filter((one) => one !== undefined),
    );
    for (const left of told) {
      for (const right of told.filter((_, index) => index % 7 === 0)) {
        const [a, b] = [ledgerOf(left), ledgerOf(right)];
        const rest = Array.from({ length: BUCKETS }, (_, bucket) => b.inBucket(bucket)).flat();
        for (const certificate of rest) a.admit(certificate);
        expect(hashesOf(a)).toBe(hashesOf(ledgerOf([...right, ...left])));
      }
    }
  });

  test("and its rank never falls", () => {
    for (const sequence of product([all, all, all])) {
      const ledger = new Ledger();
      let last = 0;
      for (const { fact, ...rest } of sequence.filter((one) => one.fact.peer === alice)) {
        ledger.admit({ fact, ...rest });
        const held = ledger.standing(alice)?.certificate.fact as typeof fact;
        const rank = 2 * held.incarnation + (held.kind === "remove" ? 1 : 0);
        expect(rank).toBeGreaterThanOrEqual(last);
        last = rank;
      }
    }
  });
});

describe("knows", () => {
  const ledger = ledgerOf([A2, B1, S1]);

  test("who is a member, in which life, and where", () => {
    expect(ledger.standing(alice)).toEqual({ kind: "member", incarnation: 2, certificate: A2 });
    expect(ledger.isMember(alice)).toBe(true);
    expect(ledger.isMember(alice, 2)).toBe(true);
    expect(ledger.isMember(alice, 1)).toBe(false);
    expect(ledger.addressOf(alice)).toBe("127.0.0.1:7001");
    expect([...ledger.members()]).toEqual([
      { peer: alice, incarnation: 2, address: "127.0.0.1:7001", certificate: A2 },
    ]);
    expect([...ledger.memberIds()]).toEqual([alice]);
    expect(ledger.size).toBe(1);
  });

  test("who was removed", () => {
    expect(ledger.standing(bob)).toEqual({ kind: "removed", incarnation: 1, certificate: S1 });
    expect(ledger.isMember(bob)).toBe(false);
    expect(ledger.addressOf(bob)).toBeUndefined();
  });

  test("nothing about strangers", () => {
    expect(ledger.standing(idFrom(9))).toBeUndefined();
    expect(ledger.isMember(idFrom(9))).toBe(false);
  });
});

describe("is compared by buckets", () => {
  test("64 of them, by the first six bits of the id", () => {
    expect(bucketOf("00".padEnd(64, "0") as typeof alice)).toBe(0);
    expect(bucketOf("03".padEnd(64, "f") as typeof alice)).toBe(0);
    expect(bucketOf("04".padEnd(64, "0") as typeof alice)).toBe(1);
    expect(bucketOf("ff".padEnd(64, "f") as typeof alice)).toBe(63);
    expect(new Ledger().bucketHashes()).toHaveLength(64);
  });

  test("a bucket's hash is the XOR of its facts' digests, whatever was there before", () => {
    const hashes = ledgerOf([A1, A2, R1]).bucketHashes();
    expect(hashes[bucketOf(alice)]).toEqual(certificateDigest(A2));
    const both = ledgerOf([A2, B1]).bucketHashes();
    const sum = new Uint8Array(32);
    for (const hash of both)
      for (const [index, byte] of hash.entries()) sum[index] = (sum[index] as number) ^ byte;
    const expected = certificateDigest(A2).map(
      (byte, index) => byte ^ (certificateDigest(B1)[index] as number),
    );
    expect(sum).toEqual(expected);
  });

  test("the hashes are copies", () => {
    const ledger = ledgerOf([A1]);
    for (const hash of ledger.bucketHashes()) hash.fill(1);
    expect(ledger.bucketHashes()[bucketOf(alice)]).toEqual(certificateDigest(A1));
  });

  test("a bucket holds members and removed peers alike, each with what holds now", () => {
    const ledger = ledgerOf([A1, A2, S1]);
    const all = Array.from({ length: BUCKETS }, (_, bucket) => ledger.inBucket(bucket)).flat();
    expect(new Set(all)).toEqual(new Set([A2, S1]));
    expect(ledger.inBucket(bucketOf(alice))).toContain(A2);
    expect(() => ledger.inBucket(64)).toThrow(RangeError);
  });

  test("who was told the same of a different quorum has the same hashes", () => {
    const votes = [ballotPaper(cast, 1, A1.fact), ballotPaper(cast, 2, A1.fact)];
    expect(ledgerOf([{ ...A1, votes }]).bucketHashes()).toEqual(ledgerOf([A1]).bucketHashes());
  });
});

describe("has limits", () => {
  test("beyond membersMax a newcomer is answered full, and every other news is taken", () => {
    const ledger = ledgerOf([A1], { membersMax: 1 });
    expect(ledger.admit(B1)).toBe("full");
    expect(ledger.standing(bob)).toBeUndefined();
    expect(ledger.admit(S1)).toBe("newer");
    expect(ledger.admit(addition("bob", 2))).toBe("full");
    expect(ledger.standing(bob)?.kind).toBe("removed");
    expect(ledger.admit(A2)).toBe("newer");
    expect(ledger.admit(R2)).toBe("newer");
    expect(ledger.admit(addition("bob", 2))).toBe("newer");
  });

  test("beyond tombstonesMax the peer removed first is forgotten, hash included", () => {
    const names = ["carol", "dave", "erin"];
    const ledger = ledgerOf(
      names.map((name) => removal(name, 1)),
      { tombstonesMax: 2 },
    );
    expect(ledger.standing(signerOf("carol").id)).toBeUndefined();
    const others = ledgerOf(["dave", "erin"].map((name) => removal(name, 1)));
    expect(ledger.bucketHashes()).toEqual(others.bucketHashes());
  });

  test("a peer removed again counts as removed last", () => {
    const ledger = ledgerOf(
      [removal("carol", 1), removal("dave", 1), removal("carol", 2), removal("erin", 1)],
      {
        tombstonesMax: 2,
      },
    );
    expect(ledger.standing(signerOf("dave").id)).toBeUndefined();
    expect(ledger.standing(signerOf("carol").id)?.incarnation).toBe(2);
  });
});

describe("counts leases in the ticks it is told", () => {
  const lease: LedgerOptions = { leaseTicks: 10 };

  test("an ADD lists its peer for one lease from its own tick on, and is then over", () => {
    const ledger = ledgerOf([at(A1, 100), at(B1, 101)], lease);
    expect(ledger.advance(109)).toEqual([]);
    expect(ledger.size).toBe(2);
    expect(ledger.advance(110)).toMatchObject([{ peer: alice, incarnation: 1 }]);
    expect(ledger.isMember(alice)).toBe(false);
    expect(ledger.addressOf(alice)).toBeUndefined();
    expect(ledger.standing(alice)?.kind).toBe("expired");
    expect([...ledger.memberIds()]).toEqual([bob]);
    expect(ledger.advance(110)).toEqual([]);
  });

  test("every certificate is forgotten after two leases, and not taken in again", () => {
    const ledger = ledgerOf([at(A1, 100), at(S1, 103)], lease);
    ledger.advance(119);
    expect([ledger.standing(alice)?.kind, ledger.standing(bob)?.kind]).toEqual(["expired", "removed"]);
    ledger.advance(120);
    expect([ledger.standing(alice), ledger.standing(bob)?.kind]).toEqual([undefined, "removed"]);
    ledger.advance(123);
    expect(ledger.standing(bob)).toBeUndefined();
    expect(ledger.bucketHashes()).toEqual(new Ledger().bucketHashes());
    expect([ledger.admit(at(A1, 100)), ledger.admit(at(S1, 103))]).toEqual(["forgotten", "forgotten"]);
  });

  test("between the two, what is over stands in the way of everything older", () => {
    const ledger = ledgerOf([at(A2, 100)], lease);
    ledger.advance(115);
    expect(ledger.admit(at(R1, 112))).toBe("older");
    expect(ledger.admit(at(A1, 112))).toBe("older");
    expect(ledger.admit(at(R2, 112))).toBe("newer");
  });

  test("an ADD that is over lists nobody, whenever it comes; a later life does", () => {
    const ledger = new Ledger(lease);
    ledger.advance(115);
    expect(ledger.admit(at(A1, 100))).toBe("newer");
    expect([ledger.size, ledger.isVoid(at(A1, 100))]).toEqual([0, true]);
    expect(ledger.admit(at(A2, 111))).toBe("newer");
    expect(ledger.isMember(alice, 2)).toBe(true);
  });

  test("one that is over needs no place among the members", () => {
    const ledger = ledgerOf([at(B1, 115)], { ...lease, membersMax: 1 });
    ledger.advance(115);
    expect(ledger.admit(at(A1, 100))).toBe("newer");
    expect(ledger.admit(at(A2, 115))).toBe("full");
  });

  test("whom holders list depends on the tick alone, not on the order in which all came", () => {
    const news = [at(A1, 100), at(R1, 104), at(A2, 106), at(B1, 103)];
    for (const order of product([news, news, news, news])) {
      for (const tick of [105, 113, 116]) {
        const [early, late] = [new Ledger(lease), ledgerOf(order, lease)];
        early.advance(tick);
        for (const certificate of order) early.admit(certificate);
        late.advance(tick);
        expect([...early.memberIds()].toSorted()).toEqual([...late.memberIds()].toSorted());
      }
    }
  });

  test("f votes make nothing younger", () => {
    const ledger = ledgerOf([at(A1, 100, 100, 9999)], { ...lease, faulty: 1 });
    expect(ledger.advance(110)).toHaveLength(1);
  });

  test("time never runs backwards", () => {
    const ledger = ledgerOf([at(A1, 100)], lease);
    ledger.advance(110);
    expect(ledger.advance(105)).toEqual([]);
    expect([ledger.tick, ledger.isMember(alice)]).toEqual([110, false]);
  });
});

test("an ADD that was never verified, without registration, is the caller's mistake", () => {
  const ledger = ledgerOf([{ fact: A1.fact, votes: A1.votes }]);
  expect(() => [...ledger.members()]).toThrow(TypeError);
});

test("of a configuration that is over nothing counts from its last tick on, however young it is", () => {
  const { cfg } = cast.configuration;
  const council = {
    under: () => cast.configuration,
    overAt: (one: Uint8Array) => (one === cfg ? 105 : 1000),
  };
  const ledger = ledgerOf([at(A1, 100, 100, 100), at(S1, 100, 100, 100)], { leaseTicks: 50, council });
  expect(ledger.advance(104)).toEqual([]);
  expect([ledger.isMember(alice), ledger.standing(bob)?.kind]).toEqual([true, "removed"]);
  expect(ledger.advance(105)).toMatchObject([{ peer: alice, incarnation: 1 }]);
  expect([ledger.standing(alice), ledger.standing(bob)]).toEqual([undefined, undefined]);
  // Whoever still has the keys signs in vain: lives, deaths, and what is said to be of today.
  for (const late of [at(A1, 100, 100, 100), at(A2, 105, 105, 105), at(R2, 105, 105, 105)])
    expect(ledger.admit(late)).toBe("forgotten");
  const after = at(A2, 105, 105, 105);
  const votes = after.votes.map((vote) => ({ ...vote, cfg: new Uint8Array(32) }));
  expect(ledger.admit({ ...after, votes })).toBe("newer");
});
