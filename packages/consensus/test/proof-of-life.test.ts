import { expect, test } from "vitest";
import { answersNonce, clears, type ProofOfLife } from "../src/index.ts";
import { hash, idFrom } from "./cast.ts";

const victim = idFrom(1);
const proof: ProofOfLife = {
  peer: victim,
  incarnation: 5,
  nonces: [hash("mine"), hash("yours")],
  signature: new Uint8Array(64),
};

test("answers the nonces in its list and no others", () => {
  expect(answersNonce(proof, hash("yours"))).toBe(true);
  expect(answersNonce(proof, hash("theirs"))).toBe(false);
  expect(answersNonce(proof, hash("mine").slice(0, 31))).toBe(false);
});

test.each([
  ["this life", victim, 5, "mine", true],
  ["an earlier life", victim, 4, "mine", true],
  ["a later life than the one that answered", victim, 6, "mine", false],
  ["somebody else", idFrom(2), 5, "mine", false],
  ["a suspicion whose nonce it was not shown (a replay)", victim, 5, "another", false],
])("clears %s", (_, suspect, life, nonce, cleared) => {
  expect(clears(proof, suspect, life, hash(nonce))).toBe(cleared);
});
