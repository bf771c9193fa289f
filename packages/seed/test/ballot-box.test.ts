import { type BallotSlot, Configuration, type Council, NO_DIGEST, type Vote } from "@p2p/consensus";
import { createSigner, type PeerId } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { BallotBox } from "../src/ballot-box.ts";

const seeds = [1, 2, 3, 4].map((index) => ({
  id: createSigner(new Uint8Array(32).fill(index)).id,
  address: parseAddress(`192.0.2.${index}:1`),
}));
const [LIAR, B, C, D] = seeds.map(({ id }) => id) as [PeerId, PeerId, PeerId, PeerId];
const configuration: Council = new Configuration({ seeds, faulty: 1 });

function slotOf(index: number): BallotSlot {
  return { kind: "remove", peer: index.toString(16).padStart(64, "0") as PeerId, incarnation: 1 };
}

/** A box in which each seed may have votes on ten ballots. */
function box(): { box: BallotBox; cast: (seed: PeerId, index: number) => boolean } {
  const ballots = new BallotBox(configuration, 10);
  let counter = 0;
  const cast = (seed: PeerId, index: number): boolean => {
    const slot = slotOf(index);
    const fact = { ...slot, digest: NO_DIGEST };
    const signature = new Uint8Array(64);
    const vote: Vote = { cfg: configuration.cfg, fact, tick: 5, counter: ++counter, seed, signature };
    const ballot = ballots.ballotOn(slot, seed);
    ballot.cast(vote);
    return ballot.certificate() !== undefined;
  };
  return { box: ballots, cast };
}

describe("a seed that votes on everything", () => {
  test("takes no vote of others away, by having voted on it before them", () => {
    const { cast } = box();
    cast(LIAR, 0);
    cast(B, 0);
    cast(C, 0);
    for (let index = 1; index <= 100; index++) cast(LIAR, index);
    expect(cast(D, 0)).toBe(true);
  });

  test("has its own newest votes kept, and no more ballots than its share", () => {
    const { box: ballots, cast } = box();
    for (let index = 0; index < 100; index++) cast(LIAR, index);
    expect(ballots.size).toBe(10);
    expect(ballots.find(slotOf(89))).toBeUndefined();
    expect(ballots.find(slotOf(90))?.voteOf(LIAR)).toBeDefined();
    for (let index = 90; index < 100; index++) cast(B, index);
    expect(ballots.size).toBe(10);
  });
});

test("what is decided, and what is too old, leaves nothing behind", () => {
  const { box: ballots, cast } = box();
  for (let index = 0; index < 10; index++) for (const seed of [LIAR, B]) cast(seed, index);
  ballots.forget(slotOf(3).peer, 3);
  expect(ballots.size).toBe(9);
  ballots.forgetUntil(5);
  expect(ballots.size).toBe(0);
  for (let index = 20; index < 30; index++) cast(B, index);
  expect(ballots.size).toBe(10);
});
