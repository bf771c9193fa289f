import { createSigner, verifier } from "@p2p/identity";
import { describe, expect, test } from "vitest";
import { World } from "../src/index.ts";
import { frame } from "./recorder.ts";

describe.each(["ed25519", "hash"] as const)("signatures (%s)", (signatures) => {
  test("are valid for what was signed, by whom, and nothing else", () => {
    const world = new World({ signatures });
    const [a, b] = [world.host("a"), world.host("b")];
    const [bytes, other] = [frame("text"), frame("texu")];
    const signature = a.signer.sign(bytes);
    expect(signature).toHaveLength(64);
    for (let round = 0; round < 2; round++) {
      expect(b.verifier.verify(a.signer.id, bytes, signature)).toBe(true);
      expect(b.verifier.verify(b.signer.id, bytes, signature)).toBe(false);
      expect(b.verifier.verify(a.signer.id, other, signature)).toBe(false);
      expect(b.verifier.verify(a.signer.id, bytes, signature.subarray(1))).toBe(false);
      for (const at of [0, 31, 63]) {
        const changed = signature.slice();
        changed[at] = (changed[at] as number) ^ 1;
        expect(b.verifier.verify(a.signer.id, bytes, changed)).toBe(false);
      }
    }
  });

  test("are the caller's own, and the same each time", () => {
    const { signer } = new World({ signatures }).host("a");
    const bytes = frame("text");
    const first = signer.sign(bytes);
    const copy = first.slice();
    first.fill(0);
    expect(signer.sign(bytes)).toEqual(copy);
  });

  test("and keys follow from the seed and the name", () => {
    const id = idIn(signatures);
    expect(id(1, "a")).toBe(id(1, "a"));
    expect(new Set([id(1, "a"), id(2, "a"), id(1, "b")]).size).toBe(3);
  });
});

function idIn(signatures: "ed25519" | "hash") {
  return (seed: number, name: string): string => new World({ seed, signatures }).host(name).signer.id;
}

test("by default they are real: any other program can check them, and they any other's", () => {
  const { signer, verifier: worldly } = new World().host("a");
  const stranger = createSigner(new Uint8Array(32).fill(7));
  const bytes = frame("text");
  expect(verifier.verify(signer.id, bytes, signer.sign(bytes))).toBe(true);
  expect(worldly.verify(stranger.id, bytes, stranger.sign(bytes))).toBe(true);
});

test("a memory that is too short forgets, and nothing else", () => {
  const { signer, verifier: worldly } = new World({ signaturesRemembered: 4 }).host("a");
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 20; index++) {
      const bytes = frame(`${index}`);
      expect(worldly.verify(signer.id, bytes, signer.sign(bytes))).toBe(true);
    }
  }
});
