import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { FrameWriter } from "../src/socket/frame-writer.ts";

test("frames sent in one turn leave in one write", async () => {
  const { writer, writes } = open();
  for (let number = 0; number < 100; number++) writer.send(Uint8Array.of(number));
  expect(writes).toEqual([]);
  await turn();
  for (let number = 0; number < 7; number++) writer.send(Uint8Array.of(number));
  await turn();
  expect(writes).toEqual([500, 35]);
});

test("frames that come while a write is under way leave together with the next one", async () => {
  const { writer, writes, finish } = open({ isSlow: true });
  for (const length of [10, 20, 30]) await turn(() => writer.send(new Uint8Array(length)));
  expect([writes, writer.queuedBytes]).toEqual([[14], 14 + 24 + 34]);
  await turn(finish);
  expect([writes, writer.queuedBytes]).toEqual([[14, 24 + 34], 24 + 34]);
});

test("a long queue leaves in several writes, so that it is seen to shrink", async () => {
  const { writer, writes, finish } = open({ isSlow: true });
  for (let count = 0; count < 10; count++) writer.send(new Uint8Array(100_000));
  await turn();
  expect([writes, writer.queuedBytes]).toEqual([[200_008], 1_000_040]);
  await turn(finish);
  expect([writes, writer.queuedBytes]).toEqual([[200_008, 200_008], 800_032]);
});

test("a queue that refused says so when half of it has left, once", async () => {
  const { writer, drained, finish } = open({ isSlow: true, queuedBytesMax: 1_000_000 });
  while (writer.send(new Uint8Array(99_996)));
  expect(writer.queuedBytes).toBe(1_000_000);
  await turn();
  const reports: number[] = [];
  for (let count = 0; count < 5; count++) {
    await turn(finish);
    reports.push(drained.length);
  }
  expect(reports).toEqual([0, 0, 1, 1, 1]); // 800 000, 600 000 and 400 000 bytes are left
});

test("a stream ends behind what was taken", async () => {
  const { writer, writes, socket, finish } = open({ isSlow: true });
  writer.send(new Uint8Array(10));
  writer.end();
  await turn();
  expect([writes, socket.writableEnded]).toEqual([[14], false]);
  await turn(finish);
  expect(socket.writableEnded).toBe(true);
});

test("what is discarded is neither counted nor written", async () => {
  const { writer, writes, socket } = open();
  writer.send(new Uint8Array(10));
  writer.discard();
  socket.destroy();
  await turn();
  expect([writes, writer.queuedBytes]).toEqual([[], 0]);
});

interface Opened {
  writer: FrameWriter;
  socket: Writable;
  /** Lengths of what was handed over in one go. */
  writes: number[];
  drained: number[];
  /** Ends the write under way, if the socket is slow. */
  finish: () => void;
}

function open({ isSlow = false, queuedBytesMax = 4_000_000 } = {}): Opened {
  const writes: number[] = [];
  const drained: number[] = [];
  let finish: (() => void) | undefined;
  const wrote = (bytes: number, done: () => void): void => {
    writes.push(bytes);
    if (isSlow) finish = done;
    else done();
  };
  const socket = new Writable({
    write: (chunk: Uint8Array, _, done) => wrote(chunk.length, done),
    writev: (chunks, done) =>
      wrote(Buffer.concat(chunks.map(({ chunk }) => chunk as Uint8Array)).length, done),
  });
  const writer = new FrameWriter(socket as Socket, queuedBytesMax, () => drained.push(writer.queuedBytes));
  return { writer, socket, writes, drained, finish: () => finish?.() };
}

/** Does `body` and lets what follows from it happen. */
async function turn(body: () => void = () => {}): Promise<void> {
  body();
  for (let count = 0; count < 3; count++) await new Promise((resolve) => setImmediate(resolve));
}
