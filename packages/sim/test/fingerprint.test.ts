import { expect, test } from "vitest";
import { Fingerprint } from "../src/fingerprint.ts";
import { SeededRandom } from "../src/index.ts";

function fingerprintOf(bytes: Uint8Array): string {
  return new Fingerprint().bytes(bytes).words().join(" ");
}

function flipped(bytes: Uint8Array, ...bits: number[]): Uint8Array {
  const bent = Uint8Array.from(bytes);
  for (const bit of bits) bent[bit >> 3] = (bent[bit >> 3] as number) ^ (1 << (bit & 7));
  return bent;
}

test("a fingerprint changes with every bit, and with every two", () => {
  for (const length of [1, 7, 64, 128]) {
    const bytes = new SeededRandom(length).bytes(length);
    const seen = new Set([fingerprintOf(bytes)]);
    let inputs = 1;
    for (let one = 0; one < length * 8; one++) {
      seen.add(fingerprintOf(flipped(bytes, one)));
      inputs++;
      for (let other = one + 1; other < Math.min(length * 8, one + 65); other++) {
        seen.add(fingerprintOf(flipped(bytes, one, other)));
        inputs++;
      }
    }
    expect(seen.size).toBe(inputs);
  }
});
