import { type EdgeEnd, edgeTerms } from "@p2p/identity";
import { Malformed } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { OVERLAY_HINT, type OverlayHint } from "../src/frames.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

const CHART_MS = 10_000;

/** A town of three seeds whose books know these links between so many peers, and the hints that were sent. */
function charted(count: number, links: readonly (readonly [number, number])[]) {
  const hints: (OverlayHint & { readonly seed: string; readonly at: number })[] = [];
  const town: Town = new Town({
    seed: count,
    sent: ({ name }, frame) => {
      const hint = OVERLAY_HINT.decode(frame);
      if (frame[0] === OVERLAY_HINT.kind && !(hint instanceof Malformed))
        hints.push({ ...hint, seed: name, at: town.world.now });
    },
  });
  const peers = town.peers(count);
  town.world.run(4000);
  const ends: EdgeEnd[] = peers.map(({ id, incarnation }) => ({ id, incarnation }));
  for (const [one, other] of links) link(town, ends[one] as EdgeEnd, ends[other] as EdgeEnd);
  return { town, peers, hints };
}

function link(town: Town, one: EdgeEnd, other: EdgeEnd): void {
  const wallTime = 1_700_000_000_000;
  const signature = new Uint8Array(64);
  const terms = edgeTerms(one, other, wallTime, wallTime + 3_600_000);
  for (const { edges } of town.seeds)
    edges.add(
      { ...terms, signatureA: signature, signatureB: signature },
      { now: town.world.now, tick: 0, tickMs: 60_000 },
    );
}

const partners = (hints: readonly OverlayHint[]) =>
  hints.flatMap(({ partner }) => (partner === undefined ? [] : [partner.fact.peer]));
const idsOf = (peers: readonly TestPeer[]) => peers.map(({ id }) => id);

describe("a chart of the overlay", () => {
  test("names nobody a partner while all are in one part", () => {
    const { town, hints } = charted(5, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    town.world.run(120_000);
    expect(partners(hints)).toEqual([]);
  });

  test("names partners in the largest part to those in smaller ones, twice a part at most, until they are linked", () => {
    const { town, peers, hints } = charted(8, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [5, 6],
      [6, 7],
    ]);
    town.world.run(4 * CHART_MS);
    const named = partners(hints);
    expect(named.length).toBeGreaterThan(3);
    expect(idsOf(peers.slice(0, 5))).toEqual(expect.arrayContaining(named));
    for (const name of new Set(hints.map(({ seed }) => seed)))
      expect(partners(hints.filter(({ seed }) => seed === name)).length).toBeLessThanOrEqual(2 * 6);
    const [one, other] = [peers[0], peers[7]] as [TestPeer, TestPeer];
    link(
      town,
      { id: one.id, incarnation: one.incarnation },
      { id: other.id, incarnation: other.incarnation },
    );
    hints.length = 0;
    town.world.run(4 * CHART_MS);
    expect(partners(hints)).toEqual([]);
  });

  test("leaves newcomers in peace for a whole interval", () => {
    const { town, hints } = charted(4, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    town.world.run(60_000);
    const newcomer = town.peer("newcomer");
    town.world.runUntil(() => town.seeds.every(({ ledger }) => ledger.isMember(newcomer.id)), 20_000);
    const cameAt = town.world.now;
    town.world.run(60_000);
    const first = hints.find(({ partner }) => partner !== undefined);
    expect((first?.at ?? 0) - cameAt).toBeGreaterThan(0.7 * CHART_MS);
  });

  test("tells every newcomer how degrees are spread, and everybody each minute", () => {
    const { town, hints } = charted(5, [
      [0, 1],
      [0, 2],
      [0, 3],
      [3, 4],
    ]);
    town.peer("newcomer");
    town.world.run(5000);
    const told = hints.filter(({ degrees }) => degrees.length > 0);
    expect(told.map(({ degrees }) => degrees)).toEqual([
      [3, 1, 1],
      [3, 1, 1],
      [3, 1, 1],
    ]);
    hints.length = 0;
    town.world.run(100_000);
    expect(hints.filter(({ degrees }) => degrees.length > 0).length).toBeGreaterThanOrEqual(3 * 6);
  });

  test("is not made by a seed that is not in step with the others", () => {
    const { town, hints } = charted(4, [
      [0, 1],
      [2, 3],
    ]);
    const [first, ...others] = town.hosts;
    for (const host of others) host.crash();
    first?.crash();
    hints.length = 0;
    if (first !== undefined) town.bootSeed(first);
    town.world.run(120_000);
    expect(hints).toEqual([]);
  });
});
