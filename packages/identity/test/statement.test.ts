import { describe, expect, test } from "vitest";
import {
  createSigner,
  networkIdOf,
  parsePeerId,
  Statement,
  StatementKind,
  sha256,
  toHex,
  verifier,
} from "../src/index.ts";

const NETWORK = networkIdOf({ name: "test", seeds: [], faulty: 0 });
const ID = parsePeerId("ab".repeat(32));
const HEAD = `${toHex(new TextEncoder().encode("p2p/1"))}05${toHex(NETWORK)}`;

function written(write: (statement: Statement) => Statement): string {
  return toHex(write(new Statement(StatementKind.alive, NETWORK)).finish());
}

describe("a statement", () => {
  test("begins with version, kind and network", () => {
    expect(written((statement) => statement)).toBe(HEAD);
  });

  test.each<[string, (statement: Statement) => Statement, string]>([
    ["u8", (s) => s.u8(255), "ff"],
    ["u64, big-endian", (s) => s.u64(0x0102030405), "0000000102030405"],
    ["the largest safe integer", (s) => s.u64(Number.MAX_SAFE_INTEGER), "001fffffffffffff"],
    ["a wall time behind its clock", (s) => s.wallTime(1), "000000000000000001"],
    ["an id", (s) => s.id(ID), "ab".repeat(32)],
    ["text behind its length in bytes", (s) => s.text("é"), "0002c3a9"],
    ["bytes behind their length", (s) => s.bytes(Uint8Array.of(7, 8)), "00020708"],
    ["nothing at all", (s) => s.text(""), "0000"],
  ])("writes %s", (_, write, expected) => {
    expect(written(write)).toBe(HEAD + expected);
  });

  test("grows beyond its first buffer", () => {
    const long = new Uint8Array(60_000).fill(3);
    expect(written((s) => s.bytes(long).u8(1))).toBe(`${HEAD}ea60${"03".repeat(60_000)}01`);
  });

  test.each<[string, (statement: Statement) => Statement]>([
    ["256 as a u8", (s) => s.u8(256)],
    ["a fraction", (s) => s.u64(0.5)],
    ["less than nothing", (s) => s.u64(-1)],
    ["more than is safe", (s) => s.u64(2 ** 53)],
    ["31 bytes as 32", (s) => s.bytes32(new Uint8Array(31))],
    ["more than a length can say", (s) => s.bytes(new Uint8Array(65_536))],
  ])("refuses %s", (_, write) => {
    expect(() => written(write)).toThrow(RangeError);
  });

  test("of one kind or network is not valid for another", () => {
    const signer = createSigner();
    const signature = signer.sign(new Statement(StatementKind.alive, NETWORK).u64(1).finish());
    const elsewhere = networkIdOf({ name: "elsewhere", seeds: [], faulty: 0 });
    const otherKind = new Statement(StatementKind.leave, NETWORK).u64(1).finish();
    const otherNetwork = new Statement(StatementKind.alive, elsewhere).u64(1).finish();
    expect(verifier.verify(signer.id, otherKind, signature)).toBe(false);
    expect(verifier.verify(signer.id, otherNetwork, signature)).toBe(false);
  });
});

describe("a network's id", () => {
  const [first, second] = [parsePeerId("11".repeat(32)), parsePeerId("22".repeat(32))];

  test("without seeds is a hash of the name alone", () => {
    expect(networkIdOf({ name: "p2p", seeds: [], faulty: 3 })).toEqual(
      sha256(Uint8Array.of(0, 3, 112, 50, 112)),
    );
  });

  test("does not depend on the order in which the seeds are named", () => {
    const one = networkIdOf({ name: "p2p", seeds: [first, second], faulty: 0 });
    expect(networkIdOf({ name: "p2p", seeds: [second, first], faulty: 0 })).toEqual(one);
  });

  test("differs with the name, the seeds and how many may be faulty", () => {
    const ids = [
      { name: "p2p", seeds: [first], faulty: 0 },
      { name: "p2q", seeds: [first], faulty: 0 },
      { name: "p2p", seeds: [second], faulty: 0 },
      { name: "p2p", seeds: [first, second], faulty: 0 },
      { name: "p2p", seeds: [first], faulty: 1 },
    ].map((network) => toHex(networkIdOf(network)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(["", "x".repeat(65), "é".repeat(33)])("is refused for the name %j", (name) => {
    expect(() => networkIdOf({ name, seeds: [], faulty: 0 })).toThrow(RangeError);
  });
});
