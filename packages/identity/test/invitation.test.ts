import { describe, expect, test } from "vitest";
import {
  createSigner,
  describeInvitation,
  faultOfInvitation,
  INVITATION_BYTES,
  type Invitation,
  invitationText,
  networkIdOf,
  P2PError,
  parseInvitation,
  readInvitation,
  shortId,
  signInvitation,
  verifier,
  verifyInvitation,
} from "../src/index.ts";

const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });
const elsewhere = networkIdOf({ name: "other", seeds: [], faulty: 0 });
const [operator, stranger] = [createSigner(), createSigner()];
const peer = createSigner().id;
const other = createSigner().id;

function invited(untilTick?: number): Invitation {
  return readInvitation(signInvitation({ peer, untilTick }, networkId, operator)) as Invitation;
}

describe("an invitation", () => {
  test.each([undefined, 1, 1441, Number.MAX_SAFE_INTEGER])("until %s says what was signed", (untilTick) => {
    const token = signInvitation({ peer, untilTick }, networkId, operator);
    expect(token).toHaveLength(INVITATION_BYTES);
    const invitation = readInvitation(token) as Invitation;
    expect(invitation).toMatchObject({ inviter: operator.id, peer, untilTick, networkId });
    expect(verifyInvitation(invitation, verifier)).toBe(true);
  });

  test("fits into a registration", () => expect(INVITATION_BYTES).toBeLessThanOrEqual(256));

  test.each<[string, Partial<Invitation>]>([
    ["peer", { peer: other }],
    ["network", { networkId: elsewhere }],
    ["inviter", { inviter: stranger.id }],
    ["time", { untilTick: 6 }],
    ["end", { untilTick: undefined }],
  ])("with another %s is signed by nobody", (_, change) => {
    expect(verifyInvitation({ ...invited(5), ...change }, verifier)).toBe(false);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 53])("cannot be made until %d", (untilTick) => {
    expect(() => signInvitation({ peer, untilTick }, networkId, operator)).toThrow(RangeError);
  });

  test("of any other length, version or time is none", () => {
    const token = signInvitation({ peer }, networkId, operator);
    const changed = (at: number, byte: number): Uint8Array =>
      token.map((old, index) => (index === at ? byte : old));
    for (const length of [0, 1, INVITATION_BYTES - 1])
      expect(readInvitation(token.slice(0, length))).toBeUndefined();
    expect(readInvitation(Uint8Array.of(...token, 0))).toBeUndefined();
    expect(readInvitation(changed(0, 2))).toBeUndefined();
    expect(readInvitation(changed(97, 255))).toBeUndefined();
  });
});

describe("what speaks against an invitation is one sentence", () => {
  test.each([
    [{ networkId, peer }, undefined],
    [{ networkId, peer, tick: 4 }, undefined],
    [{ networkId, peer, tick: 5 }, "has expired: it was good until tick 5, and it is tick 5"],
    [{ networkId, peer: other, tick: 0 }, `is for the peer ${shortId(peer)}, not for ${shortId(other)}`],
    [
      { networkId: elsewhere, peer },
      expect.stringMatching(/^is for another network \([0-9a-f]{8}\) than this one/),
    ],
  ])("%#", (use, fault) => expect(faultOfInvitation(invited(5), use)).toEqual(fault));

  test("one for ever never expires", () => {
    expect(faultOfInvitation(invited(), { networkId, peer, tick: 2 ** 50 })).toBeUndefined();
  });
});

describe("as text", () => {
  test("comes back as it was, with blanks and capitals around", () => {
    const token = signInvitation({ peer, untilTick: 7 }, networkId, operator);
    expect(parseInvitation(` ${invitationText(token).toUpperCase()}\n`)).toEqual(token);
  });

  test.each([
    ["", "it has 338 hexadecimal digits, and this one 0"],
    ["01", "it has 338 hexadecimal digits, and this one 2"],
    ["zz".repeat(INVITATION_BYTES), "it is not written in hexadecimal digits alone"],
    ["02".repeat(INVITATION_BYTES), "it is of another version, or damaged"],
  ])("%s is none", (text, why) => {
    const error = (() => {
      try {
        return parseInvitation(text);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(P2PError);
    expect(error).toMatchObject({ code: "TOKEN_INVALID" });
    expect((error as Error).message).toContain(why);
  });

  test("is described for people, a false signature included", () => {
    const text = describeInvitation(invited(9), verifier);
    expect(text).toContain(`for the peer ${peer} into the network`);
    expect(text).toContain(`good until tick 9, by ${operator.id}`);
    expect(describeInvitation(invited(), verifier)).toContain("good for ever");
    expect(describeInvitation({ ...invited(), peer: other }, verifier)).toContain("SIGNATURE IS FALSE");
  });
});
