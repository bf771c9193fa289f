import { expect, test, vi } from "vitest";
import { Malformed } from "../src/codec.ts";
import { FrameReader } from "../src/socket/frame-reader.ts";

const LIMIT = 300;
const FRAMES = [
  [1],
  [2, 3],
  Array.from({ length: 256 }, (_, index) => index),
  [4],
  Array(LIMIT).fill(5) as number[],
];

test("frames are found however a stream is cut in two", () => {
  const stream = framed(FRAMES);
  for (let cut = 0; cut <= stream.length; cut++) {
    expect(readAll([stream.subarray(0, cut), stream.subarray(cut)]), `cut at ${cut}`).toEqual(FRAMES);
  }
});

test("frames are found however a short stream is cut in three", () => {
  const frames = FRAMES.slice(0, 2).concat([[6, 7, 8]]);
  const stream = framed(frames);
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      expect(readAll(chunks), `cut at ${first} and ${second}`).toEqual(frames);
    }
  }
});

test.each([1, 2, 3, 5, 7, 64])("frames are found in chunks of %i bytes", (size) => {
  const stream = framed(FRAMES);
  const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, index) =>
    stream.subarray(index * size, (index + 1) * size),
  );
  expect(readAll(chunks)).toEqual(FRAMES);
});

test("a frame within one chunk is a view into it, and a plain Uint8Array", () => {
  const chunk = Buffer.from(framed([[1, 2, 3]]));
  const frame = readerOf(chunk).next() as Uint8Array;
  expect(frame.buffer).toBe(chunk.buffer);
  expect(frame.byteOffset).toBe(chunk.byteOffset + 4);
  expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype);
});

test("a frame spread over chunks is a copy of its own, of exactly its length", () => {
  const stream = framed([[1, 2, 3]]);
  const reader = readerOf(stream.subarray(0, 6));
  expect(reader.next()).toBeUndefined();
  reader.push(stream.subarray(6));
  const frame = reader.next() as Uint8Array;
  stream.fill(0);
  expect(frame).toEqual(Uint8Array.of(1, 2, 3));
  expect(frame.buffer.byteLength).toBe(3);
});

test.each([
  ["0", [0, 0, 0, 0], "an empty frame"],
  ["one more than the limit", [0, 0, 1, 45], "a frame of 301 bytes, more than 300"],
  ["the greatest there is", [255, 255, 255, 255], "a frame of 4294967295 bytes, more than 300"],
])("a length of %s is malformed before a byte of the frame is there, and for ever", (_, prefix, detail) => {
  const reader = readerOf(Uint8Array.from(prefix));
  expect(reader.next()).toEqual(new Malformed(detail));
  expect(reader.next()).toEqual(new Malformed(detail));
});

test("a frame as long as the limit is none too long", () => {
  expect(readAll([framed([Array(LIMIT).fill(1) as number[]])])).toHaveLength(1);
});

test("memory grows with what arrived, not with what was promised", () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 100 }, () => new FrameReader(2 ** 30));
  for (const reader of readers) {
    reader.push(Uint8Array.of(0x3f, 0xff, 0xff, 0xff, 1));
    expect(reader.next()).toBeUndefined();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
});

test("a long frame in many small chunks is copied about twice, not once a chunk", () => {
  const stream = framed([Array(100_000).fill(1) as number[]]);
  const reader = new FrameReader(stream.length);
  const set = vi.spyOn(Uint8Array.prototype, "set");
  for (let at = 0; at < stream.length; at += 10) {
    reader.push(stream.subarray(at, at + 10));
    reader.next();
  }
  const copied = set.mock.calls.reduce((sum, [source]) => sum + source.length, 0);
  set.mockRestore();
  expect(copied).toBeGreaterThan(99_999);
  expect(copied).toBeLessThan(400_000);
});

test("a stream is in the middle of a frame from the first byte of its prefix to its last", () => {
  const reader = new FrameReader(LIMIT);
  const states = [...framed([[1, 2]])].map((byte) => {
    reader.push(Uint8Array.of(byte));
    reader.next();
    return reader.isMidFrame;
  });
  expect(states).toEqual([true, true, true, true, true, false]);
});

test("a chunk that has not been read to its end is not lost by the next one", () => {
  const reader = readerOf(framed([[1], [2]]));
  reader.next();
  expect(() => reader.push(Uint8Array.of(0))).toThrow(RangeError);
  expect(reader.next()).toEqual(Uint8Array.of(2));
});

function readerOf(chunk: Uint8Array): FrameReader {
  const reader = new FrameReader(LIMIT);
  reader.push(chunk);
  return reader;
}

function readAll(chunks: readonly Uint8Array[]): number[][] {
  const reader = new FrameReader(LIMIT);
  const frames: number[][] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (frame instanceof Malformed) throw new Error(frame.detail);
      frames.push([...frame]);
    }
  }
  return frames;
}

function framed(frames: readonly number[][]): Uint8Array {
  const parts = frames.map((frame) => {
    const part = new Uint8Array(4 + frame.length);
    new DataView(part.buffer).setUint32(0, frame.length);
    part.set(frame, 4);
    return part;
  });
  return new Uint8Array(Buffer.concat(parts));
}
