import type { ProofOfLife } from "@p2p/consensus";
import { type Edge, edgeTerms, networkIdOf, type PeerId } from "@p2p/identity";
import { SeededRandom } from "@p2p/sim";
import { netgroup, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { EdgeBook, type EdgeTime } from "../src/edge-book.ts";
import { NonceBoard } from "../src/nonce-board.ts";
import { type Candidate, drawWitnesses } from "../src/witnesses.ts";

const networkId = networkIdOf({ name: "test", seeds: [], faulty: 0 });
const [a, b, c] = ["a", "b", "c"].map((letter) => letter.repeat(64) as PeerId) as [PeerId, PeerId, PeerId];
const none = new Uint8Array(64);

function edge(one: PeerId, other: PeerId, since: number, until: number, incarnation = 1): Edge {
  const terms = edgeTerms({ id: one, incarnation }, { id: other, incarnation: 1 }, since, until);
  return { ...terms, signatureA: none, signatureB: none };
}

/** `now` by the monotonic clock, in ticks of a minute that came as they should. */
function at(now: number): EdgeTime {
  return { now, tick: Math.floor(now / 60_000), tickMs: 60_000 };
}

function id(index: number): PeerId {
  return index.toString(16).padStart(64, "0") as PeerId;
}

function nonce(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

function proof(incarnation: number, ...nonces: Uint8Array[]): ProofOfLife {
  return { peer: a, incarnation, nonces, signature: none };
}

function candidates(host: (index: number) => string): Candidate[] {
  return Array.from({ length: 40 }, (_, index) => ({
    peer: a,
    address: parseAddress(`${host(index)}:${7000 + index}`),
  }));
}

describe("the edge book", () => {
  test("an edge counts for the electorate once it is a minute old by this holder's clock, whatever was written", () => {
    const book = new EdgeBook(networkId);
    expect(book.add(edge(a, b, 0, 600_000), at(5000))).toBe("new");
    expect(book.neighbours(a, 1, 60_000, 64_999)).toEqual([]);
    expect(book.neighbours(a, 1, 60_000, 65_000)).toEqual([b]);
    expect(book.neighbours(b, 1, 60_000, 65_000)).toEqual([a]);
    expect(book.neighbours(a, 2, 60_000, 65_000)).toEqual([]);
  });

  test("it lapses after as many ticks as make up its span, and an old copy does not begin again", () => {
    const book = new EdgeBook(networkId);
    book.add(edge(a, b, 0, 600_000), at(0));
    book.expire(599_999, 9);
    expect(book.neighbours(a, 1, 0, 599_999)).toEqual([b]);
    book.expire(600_000, 10);
    expect(book.neighbours(a, 1, 0, 600_000)).toEqual([]);
    expect(book.add(edge(a, b, 0, 600_000), at(600_001))).toBe("known");
    expect(book.size).toBe(0);
    expect(book.add(edge(a, b, 500_000, 1_100_000), at(600_002))).toBe("new");
  });

  test("of members that link all with all, however many, only so many are held as leave all others theirs", () => {
    const book = new EdgeBook(networkId, { edgesMax: 120 });
    // Sixteen that own seven or eight each fill it; then twenty others come, with three each.
    for (let one = 0; one < 16; one++)
      for (let other = 0; other < one; other++)
        book.add(
          edge(
            id((one + other) % 2 === 0 ? one : other),
            id((one + other) % 2 === 0 ? other : one),
            0,
            600_000,
          ),
          at(0),
        );
    expect(book.size).toBe(120);
    const honest = Array.from({ length: 20 }, (_, index) => id(100 + index));
    for (const [index, one] of honest.entries())
      for (const far of [1, 2, 3])
        expect(book.add(edge(one, honest[(index + far) % 20] as PeerId, 0, 600_000), at(1))).toBe("new");
    expect(book.size).toBe(120);
    const mutual = edge(id(0), id(40), 0, 600_000);
    expect(book.hasRoom(mutual)).toBe(false);
    expect(book.add(mutual, at(2))).toBe("full");
    expect(honest.every((one) => book.neighbours(one, 1, 0, 2).length === 6)).toBe(true);
  });

  test("two that hold the same edges drop the same ones, in whatever order they came", () => {
    const edges = [b, c].flatMap((far) => [1, 2, 3].map((life) => edge(a, far, 0, 600_000, life)));
    const [one, other] = [edges, edges.toReversed()].map((all) => {
      const book = new EdgeBook(networkId, { edgesMax: 6 });
      for (const each of all) book.add(each, at(0));
      book.add(edge(b, c, 0, 600_000), at(1));
      return book.bucketHashes();
    });
    expect(one).toEqual(other);
  });

  test("while time stands still, nothing lapses", () => {
    const book = new EdgeBook(networkId);
    book.add(edge(a, b, 0, 600_000), at(0));
    book.expire(86_400_000, 9);
    expect(book.neighbours(a, 1, 0, 86_400_000)).toEqual([b]);
  });

  test("renewed, it keeps its age", () => {
    const book = new EdgeBook(networkId);
    book.add(edge(a, b, 0, 600_000), at(0));
    expect(book.add(edge(a, b, 300_000, 900_000), at(300_000))).toBe("renewed");
    expect(book.neighbours(a, 1, 250_000, 300_001)).toEqual([b]);
    book.expire(899_999, 14);
    expect(book.neighbours(a, 1, 0, 899_999)).toEqual([b]);
  });

  test("both ends end it; the end is passed on for an hour", () => {
    const book = new EdgeBook(networkId);
    const made = edge(a, b, 0, 600_000);
    book.add(made, at(0));
    book.end(made, 10);
    expect(book.size).toBe(0);
    expect(book.wants(made)).toBe(false);
    expect(book.inBucket(0b101010).ended).toEqual([made]);
    book.expire(10 + 3_600_000, 60);
    expect(book.inBucket(0b101010).ended).toEqual([]);
  });

  test("an earlier life of an end takes its edges with it", () => {
    const book = new EdgeBook(networkId);
    book.add(edge(a, b, 0, 600_000, 1), at(0));
    book.add(edge(a, c, 0, 600_000, 2), at(0));
    book.forget(a, 2);
    expect(book.neighbours(a, 2, 0, 1)).toEqual([c]);
    expect(book.size).toBe(1);
    book.forget(a);
    expect(book.size).toBe(0);
  });

  test("the same edges, the same hashes, in whatever order they came", () => {
    const [one, other] = [new EdgeBook(networkId), new EdgeBook(networkId)];
    const edges = [edge(a, b, 0, 600_000), edge(a, c, 0, 600_000), edge(b, c, 0, 600_000)];
    for (const each of edges) one.add(each, at(0));
    for (const each of edges.toReversed()) other.add(each, at(99));
    expect(one.bucketHashes()).toEqual(other.bucketHashes());
    other.forget(c);
    expect(one.bucketHashes()).not.toEqual(other.bucketHashes());
  });

  test("has room for so many, in all and for one peer", () => {
    const book = new EdgeBook(networkId, { perPeerMax: 1, edgesMax: 1 });
    expect(book.add(edge(a, b, 0, 600_000), at(0))).toBe("new");
    expect(book.add(edge(a, c, 0, 600_000), at(0))).toBe("full");
    expect(book.add(edge(a, b, 1, 600_001), at(0))).toBe("renewed");
  });

  test("restored from disk, it is as old as whole ticks have passed, and lapses when it would have", () => {
    const [book, copy] = [new EdgeBook(networkId), new EdgeBook(networkId)];
    book.add(edge(a, b, 0, 600_000), { now: 5, tick: 7, tickMs: 60_000 });
    for (const held of book.held()) copy.restore(held, 0, 9, 60_000);
    expect(copy.neighbours(a, 1, 60_000, 0)).toEqual([b]);
    expect(copy.neighbours(a, 1, 60_001, 0)).toEqual([]);
    copy.expire(0, 16);
    expect(copy.size).toBe(1);
    copy.expire(0, 17);
    expect(copy.size).toBe(0);
  });
});

describe("the nonce board", () => {
  test("shows the nonces of all seeds, one's own first, until they lapse", () => {
    const board = new NonceBoard();
    board.post(a, b, { incarnation: 1, nonce: nonce(1), until: 100 });
    board.post(a, c, { incarnation: 1, nonce: nonce(2), until: 200 });
    expect(board.nonces(a, 1, c, 0)).toEqual([nonce(2), nonce(1)]);
    expect(board.nonces(a, 2, c, 0)).toEqual([]);
    expect(board.nonces(a, 1, c, 100)).toEqual([nonce(2)]);
  });

  test("knows whose nonces a proof answers: of this life or a later one", () => {
    const board = new NonceBoard(1);
    board.post(a, b, { incarnation: 5, nonce: nonce(1), until: 100 });
    expect(board.answered(proof(4, nonce(1)), 0)).toEqual([]);
    expect(board.answered(proof(6, nonce(9), nonce(1)), 0)).toEqual([b]);
    board.take(a, b);
    expect(board.answered(proof(6, nonce(1)), 0)).toEqual([]);
  });

  test("a seed that looks for everybody crowds out its own nonces, and nobody else's", () => {
    const board = new NonceBoard(2);
    board.post(a, b, { incarnation: 1, nonce: nonce(1), until: 100 });
    for (const victim of [a, b, c]) board.post(victim, c, { incarnation: 1, nonce: nonce(2), until: 100 });
    expect(board.answered(proof(1, nonce(1), nonce(2)), 0)).toEqual([b]);
    expect(board.nonces(c, 1, b, 0)).toEqual([nonce(2)]);
  });
});

describe("witnesses", () => {
  test("at most eight; on one machine each port is a group of its own", () => {
    expect(
      drawWitnesses(
        candidates(() => "127.0.0.1"),
        (at) => netgroup(at),
        new SeededRandom(1),
      ),
    ).toHaveLength(8);
  });

  test("at most one of a public prefix", () => {
    const drawn = drawWitnesses(
      candidates((index) => `8.8.${index % 3}.${index}`),
      (at) => netgroup(at),
      new SeededRandom(1),
    );
    expect(drawn).toHaveLength(3);
  });
});
