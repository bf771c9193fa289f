import { WorkSearch } from "@p2p/consensus";
import { createSigner, fromHex, type PeerId, signInvitation } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { parseAddress, type Refusal } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { listed, peerAt, townOf } from "./admission-town.ts";
import type { TestPeer } from "./test-peer.ts";
import { Town } from "./town.ts";

const at = parseAddress;
const operator = createSigner(fromHex("07".repeat(32)));
const FAST = { machine: { max: 1e6, perMs: 1 }, prefix: { max: 1e6, perMs: 1 } };

/** So many keys in one /24, eight to an address, that register all at once, and as often as they are let. */
function crowd(town: Town, keys: number): TestPeer[] {
  return Array.from({ length: keys }, (_, index) =>
    peerAt(town, `sybil ${index}`, `203.0.113.${1 + (index >> 3)}:${7000 + (index & 7)}`, {
      seeds: someOf(town, index),
    }),
  );
}

/** An invitation for the host of that name, which is made; it is good until that tick, or for ever. */
function invited(town: Town, name: string, untilTick?: number): Uint8Array {
  const { signer } = town.world.host(name, { address: at(`203.0.113.9:${7000 + town.world.hosts.size}`) });
  return signInvitation({ peer: signer.id, untilTick }, town.configuration.networkId, operator);
}

/** As many seeds as a peer registers with; others for each. */
function someOf({ hosts: { length } }: Town, index: number): number[] {
  return Array.from({ length: (length >> 1) + 1 }, (_, place) => (place + index) % length);
}

function bring(town: Town, name: string, token: Uint8Array): TestPeer {
  const seeds = someOf(town, town.world.hosts.size);
  return town.peer(name, { pollMs: 0, token, seeds }, town.world.hosts.get(name));
}

describe("many keys in one /24 (theory F, row 21)", () => {
  test.each([
    { seeds: 4, faulty: 1, keys: 200, most: 6 },
    { seeds: 3, faulty: 0, keys: 24, most: 6 },
    { seeds: 5, faulty: 1, keys: 24, most: 5 },
    { seeds: 7, faulty: 2, keys: 24, most: 6 },
  ])(
    "$keys, with $seeds seeds, $faulty faulty: some get in, at most $most; others elsewhere do at once",
    ({ keys, most, ...size }) => {
      const town = townOf({ pace: FAST }, size);
      const sybils = crowd(town, keys);
      const others = [1, 2, 3].map((net) => peerAt(town, `other ${net}`, `198.51.${net}.9:7000`));
      town.until(() => others.every((other) => town.isListed(other)), 3000);
      town.world.run(7000);
      const inside = sybils.filter((sybil) => town.isListed(sybil)).length;
      expect(inside).toBeGreaterThan(0);
      expect(listed(town)).toBeLessThanOrEqual(most + others.length);
      expect(sybils.every(({ answers }) => answers.length > 0)).toBe(true);
      const refused = sybils
        .map(({ answers }) => answers.at(-1))
        .filter((answer) => answer?.outcome === "rejected");
      expect(refused.length).toBeGreaterThan(keys / 2);
      expect(refused[0]).toMatchObject({
        code: "quota",
        detail: expect.stringMatching(/^203\.0\.113\/24 has 4 members.*ask the operator/),
      });
      expect(town.faults()).toEqual([]);
    },
  );

  test("the same at the pace of dials that is the default", () => {
    const town = townOf({}, { seeds: 5 });
    crowd(town, 40);
    town.until(() => listed(town) === 4, 40_000);
    town.world.run(20_000);
    expect(listed(town)).toBe(4);
  });

  test("newcomers beyond those of an hour are told when, though they come all at once from everywhere", () => {
    const town = townOf({ newcomersAnHour: 5 }, { seeds: 5 });
    const peers = Array.from({ length: 40 }, (_, net) => peerAt(town, `peer ${net}`, `203.${net}.0.9:7000`));
    town.world.run(15_000);
    expect(listed(town)).toBe(5);
    const late = peers.find((peer) => !town.isListed(peer)) as TestPeer;
    expect(late.answers.at(-1)).toMatchObject({
      outcome: "pending",
      code: "rate",
      detail: expect.stringContaining("60 min"),
    });
  });

  test("who gets one seed's vote and no more gives up its place, and others get it", () => {
    const town = townOf({ quota: { narrow: 1 } }, { options: { timing: { tickMs: 2000 } } });
    // It answers no seed but one: a quorum never votes for it.
    const lonely = peerAt(town, "lonely", "203.0.113.1:7000", { againMs: 500 });
    const [, ...far] = town.hosts as [Host, ...Host[]];
    for (const host of far) town.world.cut(town.hostOfPeer(lonely), host);
    town.until(() => town.told("proposedAdd").length > 0, 5000);
    const other = peerAt(town, "other", "203.0.113.2:7000");
    town.world.cut(town.hostOfPeer(other), far[0] as Host);
    town.world.run(10_000);
    expect(town.isListed(other)).toBe(false);
    town.hostOfPeer(lonely).crash();
    expect(town.until(() => town.isListed(other), 60_000)).toBeGreaterThan(10_000);
  });
});

test("a rule that throws refuses, and ends no seed", () => {
  const town = townOf({
    policy: () => {
      throw new Error("no such table");
    },
  });
  const peer = peerAt(town, "peer", "203.0.113.1:7000");
  town.world.run(5000);
  expect(peer.answers.at(-1)).toMatchObject({ outcome: "rejected", code: "policy" });
  expect(town.told("policyFailed")).toHaveLength(town.seeds.length);
});

test("a rule that answers with a promise has failed, and a long code is cut: no peer takes either for misbehaviour", () => {
  const answers: unknown[] = [Promise.resolve(undefined), { code: "c".repeat(40), detail: "d" }];
  const codes = answers.map((answer) => {
    const town = townOf({ policy: () => answer as Refusal });
    const peer = peerAt(town, "peer", "203.0.113.1:7000");
    town.world.run(5000);
    expect(peer.lobby.seeds.size).toBe(town.seeds.length);
    return peer.answers.at(-1)?.code;
  });
  expect(codes).toEqual(["policy", `${"c".repeat(29)}…`]);
});

test("a list that is full takes in nobody else, and says so", () => {
  const town = townOf({}, { options: { list: { membersMax: 2 } } });
  const peers = [1, 2, 3, 4].map((net) => peerAt(town, `peer ${net}`, `203.0.${net}.1:7000`));
  town.world.run(8000);
  expect(Math.max(...town.seeds.map(({ ledger }) => ledger.size))).toBe(2);
  const refused = peers
    .map(({ answers }) => answers.at(-1))
    .filter((answer) => answer?.outcome === "rejected");
  expect(refused[0]).toMatchObject({ code: "full", detail: "the list has 2 members, and takes no more" });
});

describe("members", () => {
  test("renew, restart and come back though their prefix is full", () => {
    const town = townOf({ quota: { narrow: 1 } });
    const member = peerAt(town, "member", "203.0.113.1:7000");
    town.until(() => town.isListed(member), 5000);
    const next = member.incarnation + 1;
    member.incarnation = next;
    member.register();
    town.until(
      () => town.seeds.every(({ ledger }) => ledger.standing(member.id)?.incarnation === next),
      5000,
    );
    expect(member.answers.filter(({ outcome }) => outcome === "rejected")).toEqual([]);
  });

  test.each(["a newcomer", "another one that moves"])(
    "that move to the last place of a prefix, and %s, each with the votes of two of four seeds, do not wait for each other for ever",
    (rival) => {
      const town = townOf({ anyAddress: true, pace: FAST, quota: { narrow: 1 } });
      const names = ["mover", "rival"];
      const moves = names.filter((name) => name === "mover" || rival !== "a newcomer");
      const [one, other] = names.map((name, index) =>
        peerAt(town, name, `203.0.113.9:${7000 + index}`, {
          address: at(`${name}:${7000 + index}`),
          isShy: !moves.includes(name),
        }),
      ) as [TestPeer, TestPeer];
      const isIn = ({ id }: TestPeer): boolean =>
        town.seeds.every(({ ledger }) => ledger.addressOf(id)?.startsWith("203") === true);
      const movers = [one, other].filter((_, index) => moves.includes(names[index] as string));
      town.until(() => movers.every((peer) => town.isListed(peer)), 8000);
      const seedsOf = (from: number): typeof town.hosts => town.hosts.slice(from, from + 2);
      for (const [index, peer] of [one, other].entries()) {
        peer.incarnation += 1;
        for (const seed of seedsOf(2 - 2 * index)) town.world.cut(seed, town.hostOfPeer(peer));
      }
      const ask = (): void => {
        for (const [index, peer] of [one, other].entries())
          peer.register(peer.registration({ address: at(`203.0.113.9:${7000 + index}`) }));
      };
      ask();
      town.world.run(8000);
      town.world.heal();
      expect([one, other].filter(isIn)).toEqual([]);
      for (let minute = 0; minute < 90 && !isIn(one) && !isIn(other); minute++) {
        for (let time = 0; time < 4; time++) {
          ask();
          town.world.run(15_000);
        }
      }
      expect([one, other].filter(isIn)).toHaveLength(1);
    },
  );

  test("that move to a prefix that is full are refused there, and told why, as newcomers are", () => {
    const names = Array.from({ length: 12 }, (_, index) => `guest${index}`);
    // Each is at a name of its own first, as it could be at an address that it has for an hour.
    const town = townOf({ anyAddress: true, pace: FAST });
    const guests = names.map((name, index) =>
      peerAt(town, name, `203.0.113.9:${7000 + index}`, { address: at(`${name}:${7000 + index}`) }),
    );
    town.until(() => guests.every((guest) => town.isListed(guest)), 8000);
    for (const guest of guests) guest.incarnation += 1;
    for (let round = 0; round < 4; round++) {
      for (const [index, guest] of guests.entries())
        guest.register(guest.registration({ address: at(`203.0.113.9:${7000 + index}`) }));
      town.world.run(3000);
    }
    const lists = town.seeds.map(({ ledger }) => guests.map(({ id }) => ledger.addressOf(id) as string));
    const moved = lists.map((list) => list.filter((address) => address.startsWith("203")).length);
    expect(Math.max(...moved)).toBeLessThanOrEqual(6);
    expect(Math.max(...moved)).toBeGreaterThan(0);
    expect(guests.filter((guest) => !town.isListed(guest))).toEqual([]);
    const refusals = guests.flatMap(({ answers }) => answers).filter(({ outcome }) => outcome === "rejected");
    expect(refusals.find(({ code }) => code === "quota")?.detail).toMatch(
      /^203\.0\.113\/24 has 4 members.*ask the operator/,
    );
  });

  test("of one private network are as many as come", () => {
    const town = townOf({});
    const peers = Array.from({ length: 12 }, (_, port) =>
      peerAt(town, `peer ${port}`, `10.1.2.3:${7000 + port}`),
    );
    town.world.run(5000);
    expect(peers.filter((peer) => !town.isListed(peer))).toEqual([]);
  });
});

describe("who is invited", () => {
  test("needs no place, and stays in when the invitation has expired", () => {
    const town = townOf({ inviters: [operator.id], quota: { narrow: 1 } }, { signatures: "ed25519" });
    peerAt(town, "first", "203.0.113.1:7000");
    town.until(() => listed(town) === 1, 5000);
    const token = invited(town, "guest", 2);
    const guest = bring(town, "guest", token);
    town.until(() => town.isListed(guest), 5000);
    town.world.run(130_000);
    guest.incarnation += 1;
    guest.register();
    town.world.run(5000);
    expect(town.seeds[0]?.ledger.standing(guest.id)?.incarnation).toBe(guest.incarnation);
  });

  test("comes in at once with all others on its machine, though seeds have to tell each other of them", () => {
    const town = townOf({ inviters: [operator.id] }, { seeds: 5, signatures: "ed25519" });
    const guests = Array.from({ length: 12 }, (_, index) =>
      bring(town, `guest ${index}`, invited(town, `guest ${index}`)),
    );
    town.world.run(5000);
    expect(guests.filter((guest) => !town.isListed(guest))).toEqual([]);
  });

  test("and nobody else, where seeds want it so: others are told whom to ask", () => {
    const town = townOf({ inviters: [operator.id], vouchedOnly: true }, { signatures: "ed25519" });
    town.until(() => town.tick > 0, 120_000);
    const guest = bring(town, "guest", invited(town, "guest"));
    const stranger = peerAt(town, "stranger", "198.51.100.9:7000");
    const late = bring(town, "late", invited(town, "late", 1));
    town.until(() => town.isListed(guest), 5000);
    town.world.run(5000);
    expect(listed(town)).toBe(1);
    expect(stranger.answers.at(-1)).toMatchObject({ outcome: "rejected", code: "uninvited" });
    expect(stranger.answers.at(-1)?.detail).toBe(
      `only invited peers are let in; ask the operator of the seeds to invite the key ${stranger.id}`,
    );
    expect(late.answers.at(-1)?.detail).toMatch(
      /its invitation has expired: it was good until tick 1, and it is tick \d/,
    );
  });

  test("or is in the list gets in without the work that others have to show", () => {
    // The keys of a world's hosts are those of their names: they are known before there is a seed.
    const { world, configuration } = new Town({ signatures: "hash", booted: false });
    const [anna, bert] = ["anna", "bert"].map((name) => world.host(name).signer.id) as [PeerId, PeerId];
    const address = at("203.0.113.9:7000");
    const pow = new WorkSearch({ peer: bert, address }, 4, configuration.networkId).try(10_000) as Uint8Array;
    const town = townOf({ allow: [anna], workBits: 4 }, { seeds: 3, faulty: 0 });
    const peers = [
      peerAt(town, "anna", "203.0.113.8:7000"),
      peerAt(town, "bert", address, { pow }),
      peerAt(town, "cora", "203.0.113.7:7000"),
    ];
    town.world.run(5000);
    expect(peers.map((peer) => town.isListed(peer))).toEqual([true, true, false]);
    expect(peers[2]?.answers.at(-1)).toMatchObject({ outcome: "rejected", code: "work" });
  });
});
