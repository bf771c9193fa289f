import { type Verifier, verifier } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { accusersOf, deadNodeText, type Report, verifyReport } from "../src/index.ts";
import { accusationOf, castOf, signerOf } from "./cast.ts";

const cast = castOf(3);
const { networkId } = cast.configuration;
const victim = signerOf("victim");
const [bob, carol] = [signerOf("bob"), signerOf("carol")];
const [byBob, byCarol] = [accusationOf(cast, bob, victim.id), accusationOf(cast, carol, victim.id)];
const good: Report = { victim: victim.id, incarnation: 1, accusations: [byBob, byCarol] };

test("accusations of different accusers against one life make a report", () => {
  expect(verifyReport(good, networkId, verifier)).toBeUndefined();
  expect(accusersOf(good)).toEqual([bob.id, carol.id]);
});

describe("refused", () => {
  test.each<[string, Partial<Report>]>([
    ["0 accusations, not 1 to 69", { accusations: [] }],
    ["70 accusations, not 1 to 69", { accusations: Array.from({ length: 70 }, () => byBob) }],
    ["an accuser twice", { accusations: [byBob, byCarol, byBob] }],
    ["an accuser twice", { accusations: [byBob, accusationOf(cast, bob, victim.id, 1, 9001)] }],
    ["an accusation against somebody else", { victim: carol.id }],
    ["an accusation against somebody else", { incarnation: 2 }],
    [
      "an accusation against somebody else",
      { accusations: [byBob, accusationOf(cast, carol, victim.id, 2)] },
    ],
    ["an accusation that its accuser did not sign", { accusations: [byBob, { ...byCarol, at: 1 }] }],
    ["an accusation that its accuser did not sign", { accusations: [accusationOf(cast, victim, victim.id)] }],
  ])("%s", (fault, change) => {
    expect(verifyReport({ ...good, ...change }, networkId, verifier)).toBe(fault);
  });

  test("in another network", () => {
    const other = castOf(4).configuration.networkId;
    expect(verifyReport(good, other, verifier)).toBe("an accusation that its accuser did not sign");
  });
});

test("no signature is checked before all else is right", () => {
  const never: Verifier = {
    verify() {
      throw new Error("checked");
    },
  };
  expect(verifyReport({ ...good, accusations: [byBob, byBob] }, networkId, never)).toBe("an accuser twice");
});

test.each([
  ["127.0.0.1:7003", "127.0.0.1:7001", "Dead Node:127.0.0.1:7003:1717689000:127.0.0.1"],
  ["[::1]:7003", "[::1]:7001", "Dead Node:[::1]:7003:1717689000:[::1]"],
  ["peer.example:7003", "seed.example:1", "Dead Node:peer.example:7003:1717689000:seed.example"],
])("as text: %s reported by %s", (dead, reporter, text) => {
  expect(deadNodeText(parseAddress(dead), 1_717_689_000_999, parseAddress(reporter))).toBe(text);
});
