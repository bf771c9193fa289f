import { createSigner, fromHex, networkIdOf, sha256 } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { WORK_BITS_MAX, WorkSearch, workBitsOf } from "../src/index.ts";

const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });
const terms = { peer: createSigner(fromHex("01".repeat(32))).id, address: parseAddress("192.0.2.7:7001") };

function found(bits: number): Uint8Array {
  const search = new WorkSearch(terms, bits, networkId);
  for (;;) {
    const pow = search.try(64);
    if (pow !== undefined) return pow;
  }
}

describe("proof of work", () => {
  test.each([0, 1, 7, 8, 9, 12])("of %i bits is found, and checked with one hash", (bits) => {
    const pow = found(bits);
    expect(pow).toHaveLength(8);
    expect(workBitsOf(terms, pow, networkId)).toBeGreaterThanOrEqual(bits);
  });

  test("counts the zeros a hash begins with", () => {
    const text = new TextEncoder().encode("p2p/1 work");
    const host = new TextEncoder().encode(terms.address);
    const pow = found(10);
    const hash = sha256(
      Uint8Array.of(...text, ...networkId, ...fromHex(terms.peer), 0, host.length, ...host, ...pow),
    );
    const bits = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    expect(workBitsOf(terms, pow, networkId)).toBe(bits.indexOf("1"));
  });

  test("is for one key at one address in one network", () => {
    const pow = found(12);
    const elsewhere = networkIdOf({ name: "other", seeds: [], faulty: 0 });
    const others = [
      workBitsOf({ ...terms, address: parseAddress("192.0.2.7:7002") }, pow, networkId),
      workBitsOf({ ...terms, peer: createSigner(fromHex("02".repeat(32))).id }, pow, networkId),
      workBitsOf(terms, pow, elsewhere),
    ];
    expect(Math.max(...others)).toBeLessThan(12);
  });

  test("is searched for some tries at a time", () => {
    const search = new WorkSearch(terms, 16, networkId);
    expect(search.try(1)).toBeUndefined();
  });

  test.each([-1, 1.5, WORK_BITS_MAX + 1, Number.NaN])("of %d bits cannot be asked for", (bits) => {
    expect(() => new WorkSearch(terms, bits, networkId)).toThrow(RangeError);
  });
});
