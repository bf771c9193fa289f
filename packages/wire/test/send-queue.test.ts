import { expect, test } from "vitest";
import { SendQueue } from "../src/socket/send-queue.ts";

test("small frames leave in one piece, each behind its length", () => {
  const queue = queueOf(Uint8Array.of(1), Uint8Array.of(2, 3));
  expect(queue.bytes).toBe(11);
  expect(queue.take(1000).map((piece) => [...piece])).toEqual([[0, 0, 0, 1, 1, 0, 0, 0, 2, 2, 3]]);
  expect(queue.bytes).toBe(0);
});

test("a large frame leaves as it is, uncopied, between the small ones", () => {
  const large = new Uint8Array(100_000);
  const pieces = queueOf(Uint8Array.of(1), large, Uint8Array.of(2)).take(1_000_000);
  expect(pieces.map(({ length }) => length)).toEqual([9, 100_000, 5]);
  expect(pieces[1]).toBe(large);
  expect([...(pieces[0] as Uint8Array)]).toEqual([0, 0, 0, 1, 1, 0, 1, 0x86, 0xa0]);
});

test("no more is taken than asked for, but one frame at least", () => {
  const queue = queueOf(new Uint8Array(6), new Uint8Array(6), new Uint8Array(50), new Uint8Array(6));
  const taken = [20, 20, 19, 5].map((bytesMax) => Buffer.concat(queue.take(bytesMax)).length);
  expect(taken).toEqual([20, 54, 10, 0]);
  expect(queue.bytes).toBe(0);
});

test("frames keep their order over many takes and adds", () => {
  const queue = new SendQueue();
  let added = 0;
  const left: number[] = [];
  for (let round = 0; round < 5000; round++) {
    for (let count = 0; count < round % 4; count++) queue.add(Uint8Array.of(added++ & 0xff));
    for (const piece of queue.take(5)) left.push(piece[4] as number);
  }
  while (queue.bytes > 0) for (const piece of queue.take(5)) left.push(piece[4] as number);
  expect(left).toEqual(Array.from({ length: added }, (_, index) => index & 0xff));
});

test("a queue that was cleared has nothing to take", () => {
  const queue = queueOf(Uint8Array.of(1));
  queue.clear();
  expect([queue.bytes, queue.take(100)]).toEqual([0, []]);
});

function queueOf(...frames: readonly Uint8Array[]): SendQueue {
  const queue = new SendQueue();
  for (const frame of frames) queue.add(frame);
  return queue;
}
