import { verifier } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { expect, test } from "vitest";
import {
  Configuration,
  ConfigurationChain,
  ConfigurationSlot,
  proposalOf,
  proposeConfiguration,
  signConfiguration,
  signConfigurationVote,
} from "../src/index.ts";
import { signerOf } from "./cast.ts";

const operator = signerOf("operator");
const first = new Configuration({
  seeds: ["a", "b", "c"].map((name, index) => ({
    id: signerOf(name).id,
    address: parseAddress(`10.0.0.${index}:1`),
  })),
  operators: { needed: 1, keys: [operator.id] },
});

function after(tag: string): Configuration {
  const seeds = first.seeds.map((entry, index) => ({ ...entry, voteKey: signerOf(`${tag}${index}`).id }));
  return proposeConfiguration(first, { seeds });
}

test("an old seed votes for one configuration of a number, in ever later ticks, and for no other", () => {
  const slot = new ConfigurationSlot(first);
  const seed = signerOf("a").id;
  const ballots = ["x", "y"].map((tag) => {
    const next = after(tag);
    const ballot = slot.admit(proposalOf(next, [signConfiguration(next, operator)]), next);
    for (const { id } of next.seeds.slice(0, next.quorum))
      ballot?.admitReady({ cfg: next.cfg, seed: id, signature: new Uint8Array(64) });
    return ballot as NonNullable<typeof ballot>;
  });
  const [one, other] = ballots as [(typeof ballots)[0], (typeof ballots)[0]];
  const stand = { seed, isFresh: true, nextKey: undefined, tick: 4 };
  expect([slot.due(one, stand), slot.due(other, stand)]).toEqual([["old"], ["old"]]);
  slot.choose(one.next.cfg);
  expect([slot.due(one, stand), slot.due(other, stand)]).toEqual([["old"], []]);
  expect(() => slot.choose(other.next.cfg)).toThrow(TypeError);
  const terms = { cfg: one.next.cfg, side: "old" as const, tick: 4, seed };
  one.cast(signConfigurationVote(terms, first.networkId, signerOf("a")));
  expect(slot.due(one, stand)).toEqual([]);
  expect(slot.due(one, { ...stand, tick: 5 })).toEqual(["old"]);
  expect(slot.due(one, { ...stand, tick: 5, isFresh: false })).toEqual([]);
});

test("a joint certificate takes a quorum of both sides, close together, each vote by the key of its side", () => {
  const next = after("x");
  const slot = new ConfigurationSlot(first);
  const ballot = slot.admit(proposalOf(next, [signConfiguration(next, operator)]), next);
  const vote = (side: "old" | "new", index: number, tick: number, key?: string): void => {
    const { id: seed } = first.seeds[index] as { id: typeof operator.id };
    const name = ["a", "b", "c"].find((each) => signerOf(each).id === seed) as string;
    const signer = signerOf(key ?? (side === "old" ? name : `x${index}`));
    ballot?.cast(signConfigurationVote({ cfg: next.cfg, side, tick, seed }, first.networkId, signer));
  };
  vote("old", 0, 1);
  vote("old", 1, 2);
  vote("new", 0, 20);
  vote("new", 1, 20);
  expect(ballot?.certificate()).toBeUndefined(); // too far apart
  vote("old", 0, 15);
  expect(ballot?.certificate()).toBeUndefined(); // one old seed alone
  vote("old", 1, 20, "mallory");
  const forged = ballot?.certificate();
  const chain = new ConfigurationChain(first);
  expect(forged && chain.extend(forged, verifier)).toEqual({ fault: "a vote not signed by its seed" });
  vote("old", 1, 21);
  const certificate = ballot?.certificate();
  expect(certificate && chain.extend(certificate, verifier)).toBe("extended");
  expect(certificate && chain.extend(certificate, verifier)).toBe("known");
  expect([chain.number, chain.overAt(first.cfg, 40), chain.timeEndsAt(first.cfg)]).toEqual([1, 40, 30]);
  expect(chain.overAt(next.cfg, 40)).toBe(Number.POSITIVE_INFINITY);
});
