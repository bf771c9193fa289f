import { describe, expect, test } from "vitest";
import {
  createSigner,
  type Edge,
  edgeEndStatement,
  edgeTerms,
  incarnationIn,
  networkIdOf,
  otherEnd,
  type Signer,
  signEdge,
  verifier,
  verifyEdge,
} from "../src/index.ts";

const NETWORK = networkIdOf({ name: "test", seeds: [], faulty: 0 });
const [left, right, stranger] = [createSigner(), createSigner(), createSigner()];

function edgeBetween(owner: Signer, other: Signer, span = 600_000): Edge {
  const terms = edgeTerms(
    { id: owner.id, incarnation: 5 },
    { id: other.id, incarnation: 6 },
    1000,
    1000 + span,
  );
  const [a, b] = owner.id < other.id ? [owner, other] : [other, owner];
  return { ...terms, signatureA: signEdge(terms, NETWORK, a), signatureB: signEdge(terms, NETWORK, b) };
}

describe("an edge", () => {
  test("holds when both ends signed it, whichever end owns it", () => {
    expect(verifyEdge(edgeBetween(left, right), NETWORK, verifier)).toBe(true);
    expect(verifyEdge(edgeBetween(right, left), NETWORK, verifier)).toBe(true);
  });

  test("names its ends in the order of their ids, and its owner", () => {
    const edge = edgeBetween(left, right);
    expect(edge.a < edge.b).toBe(true);
    expect(edge.owner).toBe(left.id);
    expect(otherEnd(edge, left.id)).toBe(right.id);
    expect([incarnationIn(edge, left.id), incarnationIn(edge, right.id)]).toEqual([5, 6]);
  });

  const good = edgeBetween(left, right);
  test.each<[string, Partial<Edge>]>([
    ["an end that did not sign", { signatureA: new Uint8Array(64) }],
    ["the other end's signature twice", { signatureB: good.signatureA }],
    ["another incarnation", { incarnationA: good.incarnationA + 1 }],
    ["another owner", { owner: good.owner === good.a ? good.b : good.a }],
    ["an owner who is no end", { owner: stranger.id }],
    ["a longer life", { until: good.until + 1 }],
    [
      "ends in the wrong order",
      { a: good.b, b: good.a, signatureA: good.signatureB, signatureB: good.signatureA },
    ],
    ["one end only", { a: good.b, b: good.b }],
    ["a life that ends before it begins", { until: good.since }],
  ])("does not hold with %s", (_, change) => {
    expect(verifyEdge({ ...good, ...change }, NETWORK, verifier)).toBe(false);
  });

  test("may last an hour and no longer, however well signed", () => {
    expect(verifyEdge(edgeBetween(left, right, 3_600_000), NETWORK, verifier)).toBe(true);
    expect(verifyEdge(edgeBetween(left, right, 3_600_001), NETWORK, verifier)).toBe(false);
  });

  test("is not ended by the signatures that made it", () => {
    expect(verifier.verify(good.a, edgeEndStatement(good, NETWORK), good.signatureA)).toBe(false);
  });
});
