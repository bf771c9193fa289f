import { type Certificate, signRegistration } from "@p2p/consensus";
import { createSigner, type PeerId, sha256 } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import type { SeedClientEvents } from "../src/client/index.ts";
import { OVERLAY_HINT } from "../src/frames.ts";
import { type Peer, type ScriptedSeed, ScriptedTown } from "./client-town.ts";

const stranger = createSigner(sha256(Uint8Array.of(1)));

function settled() {
  const town = new ScriptedTown(3);
  const anna = town.peer("anna");
  const hints: SeedClientEvents["hinted"][0][] = [];
  const degrees: SeedClientEvents["charted"][0][] = [];
  anna.client.on("hinted", (news) => hints.push(news));
  anna.client.on("charted", (news) => degrees.push(news));
  town.run(10_000);
  const seed = town.seeds.find(({ id }) => anna.client.linked.includes(id)) as ScriptedSeed;
  const terms = { peer: stranger.id, address: anna.host.address, incarnation: 1, issuedAt: 1, notAfter: 2 };
  const partner = town.added(signRegistration(terms, town.configuration.networkId, stranger));
  return { town, anna, seed, partner, hints, degrees };
}

function hint(
  seed: ScriptedSeed,
  anna: Peer,
  partner: Certificate | undefined,
  degrees: number[] = [],
): void {
  seed.lobby.links.get(anna.id)?.send(OVERLAY_HINT.encode({ partner, degrees }));
}

describe("a seed's hint", () => {
  test("at a member that was unknown brings its certificate, and is told once it is on the list", () => {
    const { town, anna, seed, partner, hints } = settled();
    hint(seed, anna, partner);
    town.run(100);
    expect(anna.news.added?.map(({ peer }) => peer)).toContain(stranger.id);
    expect(hints).toEqual([{ seed: seed.id, peer: stranger.id }]);
  });

  test("at somebody removed, at nobody, or at the peer itself is none", () => {
    const { town, anna, seed, partner, hints } = settled();
    town.settle(town.removed(stranger.id, 1));
    town.run(100);
    hint(seed, anna, partner);
    hint(seed, anna, town.removed("ab".repeat(32) as PeerId, 1));
    hint(seed, anna, anna.client.ledger.standing(anna.id)?.certificate);
    hint(seed, anna, undefined);
    town.run(100);
    expect(hints).toEqual([]);
    expect(anna.client.linked).toContain(seed.id);
  });

  test("with a forged certificate closes the link", () => {
    const { town, anna, seed, partner, hints } = settled();
    const votes = partner.votes.map((vote) => ({ ...vote, signature: new Uint8Array(64) }));
    hint(seed, anna, { ...partner, votes });
    town.run(100);
    expect(hints).toEqual([]);
    expect(anna.client.linked).not.toContain(seed.id);
  });

  test("counts twelve times a minute", () => {
    const { town, anna, seed, degrees } = settled();
    for (let turn = 0; turn < 50; turn++) hint(seed, anna, undefined, [turn, 1]);
    town.run(100);
    expect(degrees.map(({ degrees: [first] }) => first)).toEqual(
      Array.from({ length: 12 }, (_, turn) => turn),
    );
    expect(degrees[0]).toEqual({ seed: seed.id, degrees: [0, 1] });
    town.run(60_000);
    hint(seed, anna, undefined, [99]);
    town.run(100);
    expect(degrees).toHaveLength(13);
  });
});
