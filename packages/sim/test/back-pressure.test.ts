import { DEFAULT_LINK_LIMITS, type Link } from "@p2p/wire";
import { expect, test } from "vitest";
import { World } from "../src/index.ts";
import { pair } from "./recorder.ts";

const BUFFER_BYTES = 256 * 1024;
const PIECE = new Uint8Array(16 * 1024);

function fill(link: Link): number {
  let bytes = 0;
  while (link.send(PIECE)) bytes += PIECE.length;
  return bytes;
}

/** Fills until a second of waiting makes no more room. */
function fillUntilStuck(world: World, link: Link): number {
  let total = 0;
  for (let more = fill(link); more > 0; more = fill(link)) {
    total += more;
    world.run(1000);
  }
  return total;
}

test("a far end that pauses lets the receive buffer and the sender's queue fill, and no more", () => {
  const world = new World();
  const { link, near, far } = pair(world);
  far.link.pause();
  const taken = fillUntilStuck(world, link);
  expect(taken).toBeLessThanOrEqual(DEFAULT_LINK_LIMITS.queuedBytesMax + BUFFER_BYTES + PIECE.length);
  expect(taken).toBeGreaterThan(DEFAULT_LINK_LIMITS.queuedBytesMax);
  world.run(600_000);
  expect([far.frames.length, near.drained, near.closed.length]).toEqual([0, 0, 0]);
  far.link.resume();
  world.run(20_000);
  expect(far.frames.length * PIECE.length).toBe(taken);
  expect([near.drained, link.queuedBytes]).toEqual([1, 0]);
});

test("a frozen far end does the same", () => {
  const world = new World();
  const { b, link, near, far } = pair(world);
  b.freeze();
  const taken = fillUntilStuck(world, link);
  expect(far.frames).toEqual([]);
  b.thaw();
  world.run(20_000);
  expect(far.frames.length * PIECE.length).toBe(taken);
  expect(near.drained).toBe(1);
});

test("a frozen sender sends what its system has, and the rest after the thaw", () => {
  const world = new World();
  const { a, link, far } = pair(world);
  const taken = fill(link);
  a.freeze();
  world.run(60_000);
  expect(far.frames.length * PIECE.length).toBeLessThanOrEqual(BUFFER_BYTES + PIECE.length);
  a.thaw();
  world.run(20_000);
  expect(far.frames.length * PIECE.length).toBe(taken);
});

test("a link with a distant far end carries one buffer in each round trip", () => {
  const world = new World({ latency: { minMs: 100, maxMs: 100 } });
  const { link, far } = pair(world);
  fill(link);
  world.run(1000);
  const arrived = far.frames.length * PIECE.length;
  expect(arrived).toBeGreaterThanOrEqual(4 * BUFFER_BYTES);
  expect(arrived).toBeLessThanOrEqual(6 * BUFFER_BYTES);
});
