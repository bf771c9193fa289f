import { type Registration, signRegistration } from "@p2p/consensus";
import type { Signer } from "@p2p/identity";
import { type Address, parseAddress } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { crookedTownOf, listed, peerAt, townOf } from "./admission-town.ts";
import type { TestPeer } from "./test-peer.ts";
import type { Town } from "./town.ts";

const at = parseAddress;

function registrationBy(ghost: Signer, like: TestPeer, address: Address): Registration {
  const { networkId } = like.lobby.local;
  return signRegistration({ peer: ghost.id, address, incarnation: like.incarnation }, networkId, ghost);
}

/** A host that counts who dials it, and answers nobody. */
function victimOf(town: Town, address: string): { dials: number } {
  const victim = town.world.host(`victim ${address}`, { address: at(address) });
  const seen = { dials: 0 };
  victim.boot(() => {
    const deaf = { linkFrame: nothing, linkDrained: nothing, linkClosed: nothing };
    victim.transport().listen(victim.address, { ...deaf, linkOpened: () => void seen.dials++ }, nothing);
  });
  return seen;
}

describe("an address", () => {
  test.each(["198.51.100.9:443", "10.9.9.9:22", "127.0.0.1:22", "203.0.113.8:7000"])(
    "%s is not dialled for who comes from elsewhere, and gets no vote (theory F, row 20)",
    (target) => {
      const town = townOf({});
      const victim = victimOf(town, target);
      const liar = peerAt(town, "liar", "203.0.113.7:7000", { address: at(target) });
      town.world.run(20_000);
      expect(liar.answers.at(-1)).toMatchObject({ outcome: "rejected", code: "address" });
      expect(town.invariants.votes).toBe(0);
      expect(victim.dials).toBe(0);
    },
  );

  test("of a neighbour on the same machine is dialled a few times by each seed, whoever many keys ask, and answers tell nothing of it but that", () => {
    const town = townOf({});
    const victim = victimOf(town, "203.0.113.7:22");
    const liars = Array.from({ length: 12 }, (_, port) =>
      peerAt(town, `liar ${port}`, `203.0.113.7:${7000 + port}`, { address: at("203.0.113.7:22") }),
    );
    town.world.run(30_000);
    // Four at once and one in 10 s, by each of four seeds.
    expect(victim.dials).toBeGreaterThan(0);
    expect(victim.dials).toBeLessThanOrEqual(4 * (4 + 3));
    expect(new Set(liars.flatMap(({ answers }) => answers.map(({ code }) => code)))).not.toContain(
      "conflict",
    );
  });

  test("that members move to is dialled as slowly as that of strangers", () => {
    const town = townOf({});
    const members = [1, 2, 3, 4, 5, 6, 7, 8].map((net) => peerAt(town, `peer ${net}`, `203.0.${net}.7:7000`));
    town.until(() => members.every((member) => town.isListed(member)), 5000);
    const victim = victimOf(town, "198.51.100.9:443");
    const change = { incarnation: (members[0] as TestPeer).incarnation + 1, address: at("198.51.100.9:443") };
    for (const member of members) member.register(member.registration(change));
    town.world.run(5000);
    expect(victim.dials).toBe(4 * 4);
    const newcomer = peerAt(town, "newcomer", "198.51.100.10:7000");
    town.until(() => town.isListed(newcomer), 3000);
  });

  test("that is not its own tells a member neither how a dial ended nor when", () => {
    const town = townOf({});
    const member = peerAt(town, "member", "203.0.113.7:7000");
    town.until(() => town.isListed(member), 5000);
    town.world
      .host("closed", { address: at("198.51.100.9:443") })
      .boot(() => ({ stop: (exited: () => void) => exited() }));
    const change = { incarnation: member.incarnation + 1, address: at("198.51.100.9:443") };
    const rejections = (): string[] =>
      member.answers.filter(({ outcome }) => outcome === "rejected").map(({ detail }) => detail);
    member.register(member.registration(change));
    town.world.run(3900);
    expect(rejections()).toEqual([]);
    town.world.run(1000);
    expect(new Set(rejections())).toEqual(
      new Set(["nobody answered as this peer at 198.51.100.9:443 within 4000 ms"]),
    );
  });
});

describe("a host name", () => {
  test("that a lying seed brings is not dialled: one machine may have any number, and each had places of its own", () => {
    const { town, bring } = crookedTownOf({});
    const sybils = Array.from({ length: 20 }, (_, index) =>
      peerAt(town, `s${index}.evil.example`, `203.0.113.7:${7000 + index}`, {
        address: at(`s${index}.evil.example:${7000 + index}`),
      }),
    );
    for (let second = 0; second < 20; second++) {
      for (const sybil of sybils) bring(sybil.registration());
      town.world.run(1000);
    }
    expect(listed(town)).toBe(0);
  });

  test("is not dialled for a member either, but for one that an operator stands up for", () => {
    const [anna, bert] = townOf({}).peers(2);
    const town = townOf({ allow: [(bert as TestPeer).id] });
    const members = [anna, bert].map((_, net) => peerAt(town, `peer${net}`, `203.0.${net}.7:7000`));
    town.until(() => members.every((member) => town.isListed(member)), 5000);
    for (const [net, member] of members.entries()) {
      const change = { incarnation: member.incarnation + 1, address: at(`peer${net}:7000`) };
      member.incarnation += 1;
      member.register(member.registration(change));
    }
    town.world.run(5000);
    const addresses = members.map(({ id }) => town.seeds[0]?.ledger.addressOf(id));
    expect(addresses).toEqual(["203.0.0.7:7000", "peer1:7000"]);
    expect(members[0]?.answers.at(-1)).toMatchObject({ outcome: "rejected", code: "address" });
  });
});

test("a lying seed that brings a newcomer behind hundreds that do not exist does not hold it up", () => {
  const { town, bring } = crookedTownOf({});
  const ghosts = Array.from({ length: 640 }, (_, index) => {
    const address = at(`198.${index >> 8}.${index & 255}.1:7000`);
    return { ghost: town.world.host(`ghost ${index}`).signer, address };
  });
  const newcomer = peerAt(town, "newcomer", "203.0.113.7:7000", { seeds: [0, 1], isShy: true });
  town.until(() => newcomer.lobby.seeds.size === 2, 3000);
  for (const { ghost, address } of ghosts) bring(registrationBy(ghost, newcomer, address));
  bring(newcomer.registration());
  town.world.run(100);
  newcomer.register();
  // Each round of 64 dials into nowhere takes 4 s: at two seeds it waits for one, at the third for another.
  expect(town.until(() => listed(town) === 1, 10_000)).toBeLessThan(10_000);
});

function nothing(): void {
  // Deaf.
}
