import type { Member } from "@p2p/consensus";
import { type PeerId, peerIdFromKey } from "@p2p/identity";
import { expect, test } from "vitest";
import { worthMeeting } from "../src/acquaintances.ts";

/** Members 0, 1, 2 and so on, of whom nothing but the id matters. */
const members = (count: number): Member[] =>
  Array.from({ length: count }, (_, index) => ({ peer: idOf(index) }) as Member);

function idOf(index: number): PeerId {
  return peerIdFromKey(new Uint8Array(32).fill(index + 1));
}

test.each([
  ["nobody, where there is nobody", 0, [], []],
  ["all, where nobody is grey", 20, [], "all"],
  ["all but the grey ones, where sixteen others are left", 18, [0, 17], "others"],
  ["all, where fifteen others are left", 17, [3, 4], "all"],
  ["all, where all are grey", 3, [0, 1, 2], "all"],
  ["all but the grey ones, however many these are", 40, Array.from({ length: 24 }, (_, at) => at), "others"],
  ["all, where only strangers are grey", 16, [50, 51], "all"],
] as const)("worth meeting are %s", (_, count, grey, expected) => {
  const peers = members(count);
  const bad = new Set<PeerId>(grey.map(idOf));
  const others = peers.filter(({ peer }) => !bad.has(peer));
  expect(worthMeeting(peers, bad)).toEqual(expected === "others" ? others : peers);
});

test("nothing is taken out of the list that was given", () => {
  const peers = members(17);
  expect(worthMeeting(peers, new Set([idOf(0)]))).toHaveLength(16);
  expect(peers).toHaveLength(17);
});
