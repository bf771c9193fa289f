import { createSigner } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { pack } from "../src/codec.ts";
import {
  address,
  bytes,
  bytes32,
  type Field,
  FrameType,
  fixedBytes,
  flag,
  integer,
  list,
  Malformed,
  optional,
  parseAddress,
  peerId,
  proves,
  read,
  record,
  text,
  word,
  write,
} from "../src/index.ts";

const id = createSigner().id;

test("what was written is the caller's own, whatever is written afterwards, and keeps nothing else in memory", () => {
  const field = record({ number: integer(), hash: bytes32 });
  const written = write(field, { number: 1, hash: new Uint8Array(32).fill(1) });
  const before = written.slice();
  for (let number = 2; number < 1000; number++) write(field, { number, hash: new Uint8Array(32) });
  expect(written).toEqual(before);
  expect(written.buffer.byteLength).toBe(written.length);
});

describe("a field", () => {
  test.each<[string, Field<unknown>, unknown]>([
    ["an integer", integer(), 2 ** 53 - 1],
    ["a negative integer, where allowed", integer(-5, 5), -5],
    ["a flag", flag, false],
    ["text", text(8), "häßlich".slice(0, 5)],
    ["a word", word("one", "two"), "two"],
    ["a hash", bytes32, new Uint8Array(32).fill(7)],
    ["an id", peerId, id],
    ["an address", address, parseAddress("[::1]:6000")],
    ["nothing", optional(flag), undefined],
    ["something", optional(flag), true],
    ["a list", list(integer(), 3), [1, 2, 3]],
  ])("carries %s", (_, field, value) => {
    const box = record({ value: field });
    expect(read(box, write(box, { value }))).toEqual({ value });
  });

  test.each<[string, Field<unknown>, unknown]>([
    ["a fraction as an integer", integer(), 0.5],
    ["more than is safe", integer(), 2 ** 53],
    ["less than the least", integer(), -1],
    ["more than the most", integer(0, 9), 10],
    ["a word as an integer", integer(), "1"],
    ["a number as a flag", flag, 1],
    ["text that is too long in bytes", text(4), "ééé"],
    ["another word", word("one"), "two"],
    ["bytes that are too many", bytes(2), new Uint8Array(3)],
    ["bytes that are too few", fixedBytes(2), new Uint8Array(1)],
    ["an id of 31 bytes", peerId, new Uint8Array(31)],
    ["an id as text", peerId, id],
    ["an address without a port", address, "localhost"],
    ["a list that is too long", list(integer(), 1), [1, 2]],
    ["a list that is too short", list(integer(), 2, 1), []],
    ["a list with one bad element", list(integer(), 2), [1, "x"]],
    ["nothing where something must be", integer(), null],
  ])("refuses %s", (_, field, raw) => {
    expect(read(record({ value: field }), pack([raw]))).toBeInstanceOf(Malformed);
  });

  test("of small fixed size is a copy, so that it does not keep the frame alive", () => {
    const box = record({ hash: bytes32 });
    const frame = write(box, { hash: new Uint8Array(32).fill(1) });
    const value = read(box, frame) as { hash: Uint8Array };
    frame.fill(0);
    expect(value.hash).toEqual(new Uint8Array(32).fill(1));
  });
});

describe("a record", () => {
  const point = record({ x: integer(), y: optional(integer()) });

  test("ignores fields that a later version added", () => {
    expect(read(point, pack([1, 2, "new", [3]]))).toEqual({ x: 1, y: 2 });
  });

  test("reads a missing optional field as nothing, and refuses a missing other one", () => {
    expect(read(point, pack([1]))).toEqual({ x: 1, y: undefined });
    expect(read(point, pack([]))).toBeInstanceOf(Malformed);
  });

  test("says which field is wrong", () => {
    const nested = record({ at: point });
    expect((read(nested, pack([["x"]])) as Malformed).detail).toMatch(/^at: x: expected an integer/);
  });
});

describe("a type of frame", () => {
  const NOTE = new FrameType(0xc0, "NOTE", record({ text: text(10) }));

  test("puts its kind before the body", () => {
    const frame = NOTE.encode({ text: "hi" });
    expect(frame[0]).toBe(0xc0);
    expect(NOTE.decode(frame)).toEqual({ text: "hi" });
  });

  test("does not read another kind, and names itself in what is wrong", () => {
    const frame = NOTE.encode({ text: "hi" });
    frame[0] = 0xc1;
    expect((NOTE.decode(frame) as Malformed).detail).toBe("not a NOTE");
    expect((NOTE.decode(Uint8Array.of(0xc0)) as Malformed).detail).toBe("NOTE: not an array");
  });

  test.each([0, 256, 1.5])("cannot have the kind %d", (kind) => {
    expect(() => new FrameType(kind, "BAD", record({}))).toThrow(RangeError);
  });
});

test("a stronger proof is good wherever a weaker one is enough", () => {
  const proofs = ["none", "key", "channel"] as const;
  const table = proofs.map((given) => proofs.map((needed) => proves(given, needed)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});
