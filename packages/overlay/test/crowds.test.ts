import type { PeerId } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { expect, test } from "vitest";
import type { Candidate } from "../src/candidates.ts";
import { Crowds } from "../src/crowds.ts";

function standing(netgroup: string, number: number): Candidate {
  const id = `${number}`.padStart(64, "0") as PeerId;
  return { id, incarnation: 1, address: parseAddress("192.0.2.1:1"), netgroup };
}

test("a netgroup has as many as stood in it when they were counted; who comes to an empty one is counted then", () => {
  const members = [standing("a", 1), standing("b", 2), standing("a", 3)];
  const crowds = new Crowds(members);
  expect([crowds.in("a"), crowds.in("b"), crowds.in("c")]).toEqual([2, 1, 1]);
  members.push(standing("a", 4), standing("c", 5), standing("c", 6));
  expect([crowds.in("a"), crowds.in("b"), crowds.in("c")]).toEqual([2, 1, 2]);
});
