import { type Edge, edgeTerms, type PeerId, signEdge, verifier, verifyEdge } from "@p2p/identity";
import { World } from "@p2p/sim";
import type { Address } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { attestedDegree, type Candidate } from "../src/index.ts";

const NETWORK = new Uint8Array(32).fill(7);
const NOW = Date.UTC(2026, 0, 1);
const world = new World();

/** The hosts `x` and `m0` to `m9`: three prefixes, two members each but `x`, and four of one each. */
const names = ["x", ...Array.from({ length: 10 }, (_, index) => `m${index}`), "stranger"];
const hosts = new Map(names.map((name) => [name, world.host(name)]));
const members = new Map(
  names.slice(0, -1).map((name, index) => {
    const candidate: Candidate = {
      id: idOf(name),
      address: `203.0.${index}.1:7000` as Address,
      incarnation: 5,
      netgroup: `g${index < 7 ? index % 3 : index}`,
    };
    return [candidate.id, candidate];
  }),
);

function idOf(name: string): PeerId {
  return signerOf(name).id;
}

function signerOf(name: string) {
  const host = hosts.get(name);
  if (host === undefined) throw new Error(name);
  return host.signer;
}

interface Twist {
  readonly incarnations?: readonly [number, number];
  readonly sinceMs?: number;
  readonly signedBy?: string;
}

/** The edge of two, signed by both, or by somebody else in place of the second. */
function edge(
  one: string,
  other: string,
  { incarnations = [5, 5], sinceMs = 0, signedBy = other }: Twist = {},
): Edge {
  const first = { id: idOf(one), incarnation: incarnations[0] };
  const second = { id: idOf(other), incarnation: incarnations[1] };
  const terms = edgeTerms(first, second, NOW + sinceMs, NOW + sinceMs + 600_000);
  const signatureOne = signEdge(terms, NETWORK, signerOf(one));
  const signatureOther = signEdge(terms, NETWORK, signerOf(signedBy));
  const [signatureA, signatureB] =
    terms.a === first.id ? [signatureOne, signatureOther] : [signatureOther, signatureOne];
  return { ...terms, signatureA, signatureB };
}

function degree(edges: readonly Edge[], max = 64): { readonly degree: number; readonly checks: number } {
  let checks = 0;
  const judge = {
    member: (id: PeerId) => members.get(id),
    crowd: (group: string) => [...members.values()].filter(({ netgroup }) => netgroup === group).length,
    wallTime: NOW,
    isSigned: (given: Edge) => {
      checks += 1;
      return verifyEdge(given, NETWORK, verifier);
    },
  };
  return { degree: attestedDegree(idOf("x"), edges, judge, { m: 3, max }), checks };
}

describe("the attested degree", () => {
  test.each<readonly [string, Edge[], number]>([
    ["nothing", [], 0],
    ["one edge", [edge("x", "m0")], 1],
    ["two edges into different netgroups", [edge("x", "m0"), edge("m6", "x")], 2],
    ["two edges into one netgroup", [edge("x", "m0"), edge("x", "m3")], 1],
    ["an edge that one of a netgroup's two owns", [edge("m0", "x")], 0.5],
    ["edges that both of a netgroup's two own", [edge("m0", "x"), edge("m3", "x")], 0.5],
    ["four that it owns itself", ["m0", "m1", "m6", "m7"].map((far) => edge("x", far)), 3],
    [
      "four that it owns itself, and two of others",
      [...["m0", "m1", "m6", "m7"].map((far) => edge("x", far)), edge("m8", "x"), edge("m9", "x")],
      5,
    ],
    ["the same edge twice", [edge("x", "m0"), edge("x", "m0")], 1],
    ["somebody else's edge", [edge("m0", "m1")], 0],
    ["an edge with a stranger", [edge("x", "stranger")], 0],
    ["an edge that the far end did not sign", [edge("x", "m0", { signedBy: "x" })], 0],
    ["an edge that a third one signed", [edge("x", "m0", { signedBy: "m1" })], 0],
    ["an edge of the far end's former life", [edge("x", "m0", { incarnations: [5, 4] })], 0],
    ["an edge of its own former life", [edge("x", "m0", { incarnations: [4, 5] })], 0],
    ["an edge of a life of which the news has not come", [edge("x", "m0", { incarnations: [5, 6] })], 1],
    ["an edge that is over", [edge("x", "m0", { sinceMs: -700_000 })], 0],
    ["an edge that was over half a minute ago by this clock", [edge("x", "m0", { sinceMs: -630_000 })], 1],
    ["an edge from the future", [edge("x", "m0", { sinceMs: 3_600_000 })], 0],
  ])("of %s", (_, edges, expected) => {
    expect(degree(edges).degree).toBe(expected);
  });

  test("costs no check for what would not count", () => {
    const wanted = [edge("x", "m0"), edge("x", "m1"), edge("x", "m2")];
    expect(degree([...wanted, edge("x", "m3"), edge("m0", "m1"), edge("x", "stranger")]).checks).toBe(3);
    expect(degree(wanted, 2)).toEqual({ degree: 2, checks: 2 });
  });
});
