import { CERTIFICATES, type Certificate, NO_DIGEST } from "@p2p/consensus";
import { World } from "@p2p/sim";
import { type Connection, Malformed } from "@p2p/wire";
import { expect, test } from "vitest";
import { Bulletin } from "../src/bulletin.ts";

const world = new World();
const host = world.host("seed");
const { id } = host.signer;
const [anna, ben] = [{}, {}] as [Connection, Connection];

/** What went out: when, about which lives, and who was left out. */
function board() {
  const begun = world.now;
  const out: (readonly [atMs: number, lives: readonly number[], except: Connection | undefined])[] = [];
  const bulletin = new Bulletin(host.clock, (frame, except) => {
    const body = CERTIFICATES.decode(frame);
    if (body instanceof Malformed) throw new Error(body.detail);
    out.push([world.now - begun, body.certificates.map(({ fact }) => fact.incarnation), except]);
  });
  const add = (incarnation: number, from?: Connection): void => bulletin.add(certified(incarnation), from);
  return { bulletin, out, add };
}

function certified(incarnation: number): Certificate {
  const fact = { kind: "remove", peer: id, incarnation, digest: NO_DIGEST } as const;
  const vote = { cfg: NO_DIGEST, fact, tick: 0, counter: 0, seed: id, signature: new Uint8Array(64) };
  return { fact, votes: [vote] };
}

test("the first goes out at once, what follows within 50 ms together", () => {
  const { out, add } = board();
  add(1, anna);
  add(2, anna);
  world.run(20);
  add(3, ben);
  world.run(1000);
  add(4);
  expect(out).toEqual([
    [0, [1], anna],
    [50, [2, 3], undefined],
    [1020, [4], undefined],
  ]);
});

test("who alone brought all of it is not told", () => {
  const { out, add } = board();
  for (const life of [1, 2, 3]) add(life, anna);
  world.run(1000);
  expect(out.map(([, , except]) => except)).toEqual([anna, anna]);
});

test("a frame has 64 at most", () => {
  const { out, add } = board();
  for (let life = 0; life <= 130; life++) add(life);
  world.run(1000);
  expect(out.map(([, lives]) => lives.length)).toEqual([1, 64, 64, 2]);
  expect(out.flatMap(([, lives]) => lives)).toEqual(Array.from({ length: 131 }, (_, life) => life));
});

test("nothing goes out once it has stopped", () => {
  const { bulletin, out, add } = board();
  add(1);
  add(2);
  bulletin.stop();
  add(3);
  world.run(1000);
  expect(out.map(([, lives]) => lives)).toEqual([[1]]);
});
