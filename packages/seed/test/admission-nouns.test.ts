import { WorkSearch } from "@p2p/consensus";
import { createSigner, fromHex, networkIdOf, type PeerId, signInvitation, verifier } from "@p2p/identity";
import { type Connection, parseAddress, type Refusal } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { type Admission, anyOf, everyOf } from "../src/admission/admission.ts";
import { DialPace, type Purse } from "../src/admission/dial-pace.ts";
import { mayBeDialled } from "../src/admission/dial-target.ts";
import { hashcash } from "../src/admission/hashcash.ts";
import { Invitations } from "../src/admission/invitations.ts";
import { Vouchers } from "../src/admission/vouchers.ts";
import { clipped } from "../src/clipped.ts";
import { RegistrationAllowances } from "../src/registration-allowances.ts";

const at = parseAddress;
const peers = Array.from({ length: 4 }, (_, index) =>
  createSigner(fromHex((index + 1).toString(16).padStart(2, "0").repeat(32))),
);
const ids = peers.map(({ id }) => id);
const [anna, bert, cora, dora] = ids as [PeerId, PeerId, PeerId, PeerId];
const networkId = networkIdOf({ name: "p2p", seeds: [], faulty: 0 });

test.each([
  ["203.0.113.7:7000", "203.0.113.7:51000", "none", true],
  ["203.0.113.7:22", "203.0.113.7:51000", "none", true],
  ["203.0.113.8:7000", "203.0.113.7:51000", "none", false],
  ["203.0.113.8:7000", "203.0.113.7:51000", "addresses", true],
  ["[2001:db8:1:2::9]:7000", "[2001:db8:1:2::1]:51000", "none", true],
  ["peer.example:7000", "203.0.113.7:51000", "none", false],
  ["peer.example:7000", "203.0.113.7:51000", "addresses", false],
  ["peer.example:7000", "203.0.113.7:51000", "names", true],
  ["127.0.0.1:22", "203.0.113.7:51000", "names", false],
  ["127.0.0.1:22", "10.0.0.7:51000", "addresses", false],
  ["localhost:7000", "127.0.0.1:51000", "none", true],
  ["10.0.0.8:22", "203.0.113.7:51000", "addresses", false],
  ["10.0.0.8:22", "10.0.0.7:51000", "none", false],
  ["10.0.0.8:22", "10.0.0.7:51000", "addresses", true],
  ["0.0.0.0:22", "127.0.0.1:51000", "addresses", false],
  ["[0:0:0:0:0:0:0:1]:22", "203.0.113.7:51000", "addresses", false],
  ["[::ffff:7f00:1]:22", "203.0.113.7:51000", "addresses", false],
  ["[::ffff:0:0]:22", "203.0.113.7:51000", "addresses", false],
  ["[::ffff:a00:8]:22", "203.0.113.7:51000", "addresses", false],
  ["[64:ff9b::a00:8]:22", "203.0.113.7:51000", "addresses", false],
] as const)("%s is dialled for who comes from %s, trusted with %s: %s", (target, source, trust, expected) => {
  expect(mayBeDialled(at(target), { id: anna, address: at(source), isSeed: false }, trust)).toBe(expected);
});

test.each([
  ["203.0.113.8:7000", true],
  ["10.0.0.8:7000", true],
  ["127.0.0.1:22", false],
  ["peer.example:7000", false],
] as const)("%s is dialled for a seed that brings a stranger: %s", (target, expected) => {
  const bringer = { id: anna, address: at("203.0.113.7:51000"), isSeed: true };
  expect(mayBeDialled(at(target), bringer, "none")).toBe(expected);
});

function taken(pace: DialPace, targets: readonly string[], purse: Purse, now = 0): number {
  return targets.filter((target) => pace.take(at(target), purse, now)).length;
}

function yes(): Refusal | undefined {
  return undefined;
}

function no(code: string): Admission {
  return () => ({ code, detail: `no ${code}` });
}

function caller(number: number, host: string): Connection {
  const id = number.toString(16).padStart(64, "0") as PeerId;
  return { id, remote: { address: parseAddress(`${host}:7000`) } } as Connection;
}

describe("registrations of one machine", () => {
  test.each([
    ["public", "203.0.113.7", 1200],
    ["public", "10.0.0.7", 3000],
    ["all", "10.0.0.7", 1200],
    ["all", "127.0.0.1", 1200],
  ] as const)(
    "with rules for %s, of %s, are looked at %i times a minute, whatever keys it has",
    (rules, host, most) => {
      const allowances = new RegistrationAllowances(rules);
      const attempts = Array.from({ length: 3000 }, (_, number) =>
        allowances.takeAttempt(caller(number, host), 0),
      );
      expect(attempts.filter(Boolean)).toHaveLength(most);
      expect(allowances.takeAttempt(caller(1, "198.51.100.1"), 0)).toBe(true);
    },
  );
});

describe("dials into one place", () => {
  const ports = Array.from({ length: 40 }, (_, port) => `203.0.113.7:${7000 + port}`);
  const hosts = Array.from({ length: 40 }, (_, host) => `203.0.113.${host}:7000`);

  test.each<[string, readonly string[], Purse, number]>([
    ["a machine, for strangers", ports, { kind: "stranger" }, 4],
    ["a /24, for strangers", hosts, { kind: "stranger" }, 10],
    ["a machine, for a seed", ports, { kind: "stranger", seed: bert }, 4],
    ["a machine, for members of it", ports, { kind: "home" }, 32],
    ["private addresses", ports.map((_, host) => `10.0.0.${host}:22`), { kind: "stranger" }, 40],
  ])("%s", (_, targets, purse, expected) => {
    expect(taken(new DialPace(), targets, purse)).toBe(expected);
  });

  test("that members move to, or that a seed brings for them, take none from others there", () => {
    const pace = new DialPace();
    expect(taken(pace, hosts, { kind: "elsewhere" })).toBe(10);
    expect(taken(pace, hosts, { kind: "stranger" })).toBe(10);
    expect(taken(pace, ports, { kind: "home", seed: bert })).toBe(32);
    expect(taken(pace, ports, { kind: "home" })).toBe(32);
  });

  test("that a seed brings take none from those who come by themselves, nor from other seeds", () => {
    const pace = new DialPace();
    expect(taken(pace, ports, { kind: "stranger", seed: bert })).toBe(4);
    expect(taken(pace, ports, { kind: "stranger", seed: cora })).toBe(4);
    expect(taken(pace, ports, { kind: "stranger" })).toBe(4);
    expect(taken(pace, ports, { kind: "stranger" }, 10_000)).toBe(1);
  });
});

test("work is asked for by its bits, and a refusal says how to do it", () => {
  const address = at("203.0.113.7:7000");
  const rule = hashcash(6, networkId);
  const pow = new WorkSearch({ peer: anna, address }, 6, networkId).try(100_000);
  const terms = { peer: anna, address, incarnation: 1, signature: new Uint8Array(64) };
  const origin = { source: undefined, isVouched: false };
  expect(rule({ ...terms, pow }, origin)).toBeUndefined();
  expect(rule({ ...terms, pow: undefined }, origin)?.detail).toMatch(
    /6 bits of work, and this one 0: .*workBits: 6/,
  );
  expect(() => hashcash(31, networkId)).toThrow(/bits of work are a whole number of 1 to 30/);
});

describe("rules of one's own", () => {
  const registration = {
    peer: anna,
    address: at("10.0.0.1:1"),
    incarnation: 1,
    signature: new Uint8Array(64),
  };
  const judged = (rule: Admission): Refusal | undefined =>
    rule(registration, { source: undefined, isVouched: false });

  test("everyOf: the first that refuses says why", () => {
    expect(judged(everyOf(yes, yes))).toBeUndefined();
    expect(judged(everyOf(yes, no("a"), no("b")))).toEqual({ code: "a", detail: "no a" });
  });

  test("anyOf: one that admits is enough; else all say why", () => {
    expect(judged(anyOf(no("a"), yes))).toBeUndefined();
    expect(judged(anyOf(no("a"), no("b")))).toEqual({ code: "a", detail: "no a; or: no b" });
    expect(() => anyOf()).toThrow(/any of no rules would admit nobody/);
  });
});

describe("a token", () => {
  const [, inviter, , stranger] = peers as [never, (typeof peers)[0], never, (typeof peers)[0]];
  const elsewhere = networkIdOf({ name: "elsewhere", seeds: [], faulty: 0 });
  const good = signInvitation({ peer: anna, untilTick: 9 }, networkId, inviter);
  const invitations = (inviters: readonly PeerId[] = [bert], tick = 8): Invitations =>
    new Invitations(inviters, { networkId, verifier, tick: () => tick });
  const shown = (token: Uint8Array | undefined) => ({
    peer: anna,
    address: at("203.0.113.7:7000"),
    incarnation: 1,
    token,
    signature: new Uint8Array(64),
  });

  test("lets its peer in, from whom the operator named, until its tick", () => {
    expect(invitations().faultOf(shown(good))).toBeUndefined();
  });

  test.each<[string, Uint8Array | undefined, RegExp, Invitations]>([
    ["none", undefined, /^it brings no invitation$/, invitations()],
    [
      "an expired one",
      good,
      /^its invitation has expired: it was good until tick 9, and it is tick 9$/,
      invitations([bert], 9),
    ],
    [
      "of another network",
      signInvitation({ peer: anna }, elsewhere, inviter),
      /is for another network/,
      invitations(),
    ],
    [
      "for another peer",
      signInvitation({ peer: cora }, networkId, inviter),
      /is for the peer .*, not for/,
      invitations(),
    ],
    [
      "by a stranger",
      signInvitation({ peer: anna }, networkId, stranger),
      /whom this seed's operator has not named as an inviter/,
      invitations(),
    ],
    [
      "too short",
      good.slice(1),
      /^its token, of 168 bytes, is no invitation: these have 169 bytes$/,
      invitations(),
    ],
    [
      "of another version",
      good.with(0, 9),
      /^its token, of another version, is no invitation/,
      invitations(),
    ],
    [
      "changed",
      good.with(168, (good[168] as number) ^ 1),
      /^the signature of its invitation is false$/,
      invitations(),
    ],
    ["where nobody invites", good, /^this seed takes no invitations$/, invitations([])],
  ])("%s: says so in one sentence", (_, token, expected, office) => {
    expect(office.faultOf(shown(token))).toMatch(expected);
  });

  test("is not needed by who is in the list; a refusal says what is wrong with it, and whom to ask", () => {
    const vouchers = new Vouchers([bert], [dora], { networkId, verifier, tick: () => 9 });
    expect(vouchers.faultOf({ ...shown(undefined), peer: dora })).toBeUndefined();
    const fault = vouchers.faultOf(shown(good)) as string;
    const { detail } = vouchers.advise(
      { code: "uninvited", detail: "only invited peers are let in" },
      shown(good),
      fault,
    );
    expect(detail).toBe(
      "only invited peers are let in; its invitation has expired: it was good until tick 9, and it is tick 9; " +
        `ask the operator of the seeds to invite the key ${anna}`,
    );
  });
});

test.each([
  ["short", 10, "short"],
  ["just long", 9, "just long"],
  ["much too long", 8, "much …"],
  ["aäöü", 6, "aä…"],
])("%s in %i bytes is %s", (text, bytesMax, expected) => {
  expect(clipped(text, bytesMax)).toBe(expected);
});
