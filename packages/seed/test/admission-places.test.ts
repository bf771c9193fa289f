import type { Certificate, Registration } from "@p2p/consensus";
import { createSigner, fromHex, type PeerId } from "@p2p/identity";
import { parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Contest } from "../src/admission/contest.ts";
import { NewcomerWindow } from "../src/admission/newcomer-window.ts";
import { Places } from "../src/admission/places.ts";
import { PrefixQuota } from "../src/admission/prefix-quota.ts";
import { type Prefix, Prefixes } from "../src/admission/prefixes.ts";

const at = parseAddress;
const ids = Array.from(
  { length: 40 },
  (_, index) => createSigner(fromHex((index + 1).toString(16).padStart(2, "0").repeat(32))).id,
);
const [anna, bert, cora] = ids as [PeerId, PeerId, PeerId];

function nobody(): boolean {
  return false;
}

function contest(): Contest {
  return new Contest(({ max }) => max);
}

describe("prefixes", () => {
  test.each([
    ["203.0.113.7:7000", ["203.0.113/24 4", "203.0/16 64"]],
    ["[2001:db8:1:2::9]:7000", ["2001:db8:1:2/64 4", "2001:db8:1/48 16", "2001:db8/32 256"]],
    ["peer.example:7000", ["peer.example 4"]],
    ["[::ffff:cb00:7107]:7000", ["203.0.113/24 4", "203.0/16 64"]],
    ["[2002:cb00:7107:9::1]:7000", ["203.0.113/24 4", "203.0/16 64"]],
    ["[fd:1::1]:7000", ["fd:1:0:0/64 4", "fd:1:0/48 16", "fd:1/32 256"]],
    ["10.1.2.3:7000", []],
    ["[fd00::1]:7000", []],
    ["localhost:7000", []],
  ])("of %s", (address, expected) => {
    expect(new Prefixes().of(at(address)).map(({ name, max }) => `${name} ${max}`)).toEqual(expected);
  });

  test("of private addresses count where the operator says so", () => {
    expect(new Prefixes({ narrow: 2 }, "all").of(at("10.1.2.3:7000"))[0]).toEqual({
      name: "10.1.2/24",
      max: 2,
    });
  });

  test.each([0, 1.5, -1, Number.NaN])("take no quota of %s", (narrow) => {
    expect(() => new Prefixes({ narrow })).toThrow(/quota.narrow is a whole number of at least 1/);
  });
});

describe("the quota of a prefix", () => {
  const prefixes = new Prefixes({ narrow: 2 });
  const near = prefixes.of(at("203.0.113.7:7000"));
  const far = prefixes.of(at("198.51.100.7:7000"));
  const third = prefixes.of(at("192.0.2.7:7000"));
  const holds = (quota: PrefixQuota, peer: PeerId): boolean => quota.lacking(peer, near).length === 0;
  const roomsOf = (quota: PrefixQuota): number[] =>
    [near, far, third].map(([smallest]) => quota.room(smallest as Prefix));

  test("is full with who was voted for or certified, and says so; elsewhere there is room", () => {
    const quota = new PrefixQuota();
    quota.vote(anna, near, 5);
    quota.keep(bert, near, 5);
    expect(quota.objection(cora, near)?.detail).toMatch(/^203.0.113\/24 has 2 members/);
    expect(quota.objection(cora, far)).toBeUndefined();
    expect(near.map((prefix) => quota.room(prefix))).toEqual([0, 62]);
  });

  test("takes in whom a quorum voted for, however many that are", () => {
    const quota = new PrefixQuota();
    for (const id of [anna, bert, cora]) quota.keep(id, near, 5);
    expect(quota.room(near[0] as Prefix)).toBe(0);
    expect(holds(quota, cora)).toBe(true);
  });

  test("who is not certified gives up its place when its votes can count no more", () => {
    const quota = new PrefixQuota();
    quota.vote(anna, near, 5);
    quota.ticked(17, 1440, nobody);
    expect(holds(quota, anna)).toBe(true);
    quota.ticked(18, 1440, nobody);
    expect([holds(quota, anna), quota.room(near[0] as Prefix)]).toEqual([false, 2]);
  });

  test("votes for a peer again for three ticks, so that its place ends though it keeps asking", () => {
    const quota = new PrefixQuota();
    quota.vote(anna, near, 5);
    quota.vote(anna, near, 8);
    expect([8, 9].map((tick) => quota.isOverdue(anna, near, tick))).toEqual([false, true]);
    quota.ticked(21, 1440, nobody);
    expect(quota.isOverdue(anna, near, 21)).toBe(false);
    expect(quota.objection(anna, near)).toBeUndefined();
  });

  test("votes for a member that moves there for three ticks as well, and always for where it is", () => {
    const quota = new PrefixQuota();
    quota.keep(anna, far, 1);
    quota.vote(anna, near, 5);
    quota.vote(anna, near, 8);
    expect([8, 9].map((tick) => quota.isOverdue(anna, near, tick))).toEqual([false, true]);
    expect(quota.isOverdue(anna, far, 9)).toBe(false);
    expect(quota.isOverdue(anna, third, 9)).toBe(false);
    quota.keep(anna, near, 9);
    expect(quota.isOverdue(anna, near, 9)).toBe(false);
  });

  test("who died keeps its place for a lease, who left gives it up", () => {
    const quota = new PrefixQuota();
    for (const id of [anna, bert]) quota.keep(id, near, 5);
    quota.end(anna, false, 6);
    quota.end(bert, true, 6);
    expect([holds(quota, anna), holds(quota, bert)]).toEqual([true, false]);
    quota.ticked(6 + 1440 + 10, 1440, nobody);
    expect([holds(quota, anna), quota.size]).toEqual([false, 0]);
  });

  test("of keys that come and go there are four for each place within a lease", () => {
    const quota = new PrefixQuota();
    for (const id of ids.slice(0, 8)) {
      quota.keep(id, near, 5);
      quota.end(id, true, 5);
    }
    expect(quota.objection(ids[8] as PeerId, near)?.detail).toMatch(/^8 keys came from 203.0.113\/24/);
    expect(quota.objection(ids[7] as PeerId, near)).toBeUndefined();
  });

  test("who moves keeps its first place, and the one where it is", () => {
    const quota = new PrefixQuota();
    quota.keep(anna, near, 5);
    quota.keep(anna, far, 6);
    quota.keep(anna, third, 7);
    expect(roomsOf(quota)).toEqual([1, 2, 1]);
  });

  test("who moves needs a place there, and none in the prefixes that it has left the same", () => {
    const quota = new PrefixQuota();
    for (const id of [anna, bert]) quota.keep(id, near, 5);
    quota.keep(cora, far, 5);
    expect(quota.objection(cora, near)?.detail).toMatch(/^203.0.113\/24 has 2 members/);
    expect(quota.objection(anna, near)).toBeUndefined();
    const nextDoor = prefixes.of(at("203.0.114.7:7000"));
    expect(quota.lacking(anna, nextDoor).map(({ name }) => name)).toEqual(["203.0.114/24"]);
  });

  test("who is voted for at one place after the other has all of them, as any of these votes may count yet", () => {
    const quota = new PrefixQuota();
    quota.keep(anna, near, 5);
    quota.keep(anna, far, 6);
    quota.vote(anna, third, 7);
    quota.vote(anna, near, 8);
    expect(roomsOf(quota)).toEqual([1, 1, 1]);
    quota.ticked(21, 1440, () => true);
    expect(roomsOf(quota)).toEqual([1, 1, 2]);
    for (const id of ids.slice(1, 8)) quota.keep(id, third, 21);
    for (const id of ids.slice(1, 8)) quota.end(id, true, 21);
    expect(quota.objection(ids[8] as PeerId, third)?.detail).toMatch(/^8 keys came from/);
  });
});

describe("a contest", () => {
  const prefixes = new Prefixes({ narrow: 2 });
  const near = prefixes.of(at("203.0.113.7:7000"));
  test("is none as long as there is room for all", () => {
    const one = contest();
    for (const id of [anna, bert]) one.enter(id, near, 0);
    expect([anna, bert].map((id) => one.placeOf(id, near, 0))).toEqual(["alone", "alone"]);
  });

  test("ends the same way in whatever order peers come", () => {
    const ahead = [ids, ids.toReversed(), [...ids.slice(20), ...ids.slice(0, 20)]].map((order) => {
      const one = contest();
      for (const id of order) one.enter(id, near, 0);
      return ids.filter((id) => one.placeOf(id, near, 0) === "ahead");
    });
    expect(ahead[0]).toHaveLength(2);
    expect(ahead[1]).toEqual(ahead[0]);
    expect(ahead[2]).toEqual(ahead[0]);
  });

  test("is another one in each prefix: whoever is first in one is not in the next", () => {
    const firsts = Array.from({ length: 8 }, (_, net) => {
      const one = contest();
      const there = prefixes.of(at(`203.0.${net}.7:7000`));
      for (const id of ids) one.enter(id, there, 0);
      return ids.filter((id) => one.placeOf(id, there, 0) === "ahead");
    });
    expect(new Set(firsts.flat()).size).toBeGreaterThan(8);
  });

  test("many keys of one /24 take no more of the /16 than one /24 may", () => {
    const one = new Contest(({ name, max }) => (name.endsWith("/16") ? 3 : max));
    for (const id of ids.slice(0, 36)) one.enter(id, near, 0);
    const others = ids.slice(36).map((id, net) => ({ id, there: prefixes.of(at(`203.0.${net}.7:7000`)) }));
    for (const { id, there } of others) one.enter(id, there, 0);
    const ahead = others.filter(({ id, there }) => one.placeOf(id, there, 0) === "ahead");
    expect(ahead.length).toBeGreaterThanOrEqual(1);
    // Eight are remembered of the two that could come in.
    expect(one.size).toBe(8 + 4);
  });

  test("one IPv6 site, with all its networks, crowds out nobody else of its /32", () => {
    const one = contest();
    const others = ids.map((id, site) => ({ id, there: prefixes.of(at(`[2001:db8:2${site}:1::1]:7000`)) }));
    for (const { id, there } of others) one.enter(id, there, 0);
    for (let key = 0; key < 1200; key++) {
      const there = prefixes.of(at(`[2001:db8:1:${(key >> 1).toString(16)}::1]:7000`));
      one.enter(`${key}`.padStart(64, "0") as PeerId, there, 0);
    }
    expect(one.size).toBe(4 * 16 + others.length);
    expect(others.filter(({ id, there }) => one.placeOf(id, there, 0) === "behind")).toEqual([]);
  });

  test("for the last place is one of a newcomer and of a member that moves there from nearby", () => {
    const clock = { tick: () => 5, now: () => 0 };
    const orders = ids.slice(1, 20).map((newcomer) => {
      const places = new Places({ prefixes: new Prefixes({ narrow: 1 }), newcomersAnHour: undefined }, clock);
      const fact = { kind: "add" as const, peer: anna, incarnation: 1, digest: new Uint8Array(32) };
      const registration = { peer: anna, address: at("203.0.114.7:7000") } as Registration;
      places.settled({ fact, registration, cfg: new Uint8Array(32), votes: [] } as unknown as Certificate);
      const mover = { peer: anna, address: at("203.0.113.7:7000"), isNew: false };
      const rival = { peer: newcomer, address: at("203.0.113.8:7000"), isNew: true };
      places.compete(mover);
      return [places.compete(rival), places.compete(mover)];
    });
    expect(orders.every(([one, other]) => one !== other)).toBe(true);
    expect(new Set(orders.flat())).toEqual(new Set(["ahead", "behind"]));
  });

  test("is left by who gets its place, or asks no more within a minute", () => {
    const one = contest();
    for (const id of [anna, bert, cora]) one.enter(id, near, 0);
    const behind = [anna, bert, cora].find((id) => one.placeOf(id, near, 0) === "behind") as PeerId;
    const others = [anna, bert, cora].filter((id) => id !== behind);
    one.enter(behind, near, 59_000);
    expect(one.placeOf(behind, near, 59_000)).toBe("behind");
    one.leave(others[0] as PeerId);
    expect(one.placeOf(behind, near, 59_000)).toBe("alone");
    one.enter(others[0] as PeerId, near, 60_000);
    expect(one.placeOf(behind, near, 60_000)).toBe("alone");
  });

  test("remembers so many and no more", () => {
    const one = new Contest(() => 1);
    const wide = new Prefixes({ narrow: 2, wide: 1000 });
    for (let net = 0; net < 1030; net++)
      one.enter(`${net}`.padStart(64, "0") as PeerId, wide.of(at(`203.0.${net >> 3}.${net & 7}:1`)), 0);
    expect(one.size).toBe(1024);
  });
});

describe("newcomers of an hour", () => {
  test("are so many in any hour, and the next is told when", () => {
    const window = new NewcomerWindow(2);
    window.add(0);
    window.add(600_000);
    expect([window.room(600_000), window.waitMs(600_000)]).toEqual([0, 3_000_000]);
    expect([window.room(3_600_000), window.waitMs(3_600_000)]).toEqual([1, 0]);
  });

  test.each([0, 0.5, 100_001])("are not %s", (max) => {
    expect(() => new NewcomerWindow(max)).toThrow(/newcomersAnHour is a whole number of 1 to 100000/);
  });
});
