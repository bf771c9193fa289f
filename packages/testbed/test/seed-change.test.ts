import {
  CERTIFICATES,
  type Configuration,
  NO_DIGEST,
  proposalOf,
  signConfiguration,
  signVote,
} from "@p2p/consensus";
import { createSigner, type PeerId, toHex } from "@p2p/identity";
import { LAN, type Profile } from "@p2p/peer";
import { CONFIG_VOTE, EVIDENCE, READY, SEAL } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { drawPlan, Network, type NetworkOptions, Trial } from "../src/index.ts";
import { Messenger, OPERATOR, OPERATORS, signed, voteKeysOn } from "../src/messenger.ts";
import { Hostile } from "./attack-hostile.ts";

function networkOf(options: NetworkOptions): Network {
  const network = new Network({ pace: "lan", operators: OPERATORS, ...options });
  expect(network.settle()).toBe(true);
  return network;
}

/** Changes the seeds to those of `hosts`, and waits until all of them vote. */
function change(network: Network, hosts: readonly Host[], maxMs = 60_000): Configuration {
  const messenger = new Messenger(network, `operator ${network.world.now}`);
  const current = network.seed(hosts[0] as Host).configuration;
  const behind = hosts.filter((host) => network.seed(host).configuration.number < current.number);
  for (const host of behind) messenger.bringAlong(host, hosts[0] as Host);
  const next = messenger.propose(current, hosts);
  expect(messenger.handIn(hosts[0] as Host, signed(next))).toBe("taken");
  network.world.runUntil(() => hosts.every((host) => rules(network, host, next)), maxMs);
  return next;
}

/** Whether a seed decides under `configuration`. */
function rules(network: Network, host: Host, { cfg }: Configuration): boolean {
  const seed = network.seed(host);
  return toHex(seed.configuration.cfg) === toHex(cfg) && seed.isFresh;
}

/** Whether all peers know the seeds of `configuration`. */
function isKnown(network: Network, { cfg }: Configuration): boolean {
  return network.live.every((host) => toHex(network.peer(host).seeds.council.cfg) === toHex(cfg));
}

/** Somebody joins, somebody leaves, somebody dies: what a network is for. */
function doesItsDuty(network: Network): void {
  network.addPeer();
  expect(network.settle(), "a peer joins").toBe(true);
  (network.live[0] as Host).stop();
  expect(network.settle(), "a peer leaves").toBe(true);
  (network.live[0] as Host).crash();
  expect(network.settle(120_000), "a peer dies").toBe(true);
  expect(network.listsAreEqual).toBe(true);
}

describe("a change of the seeds", () => {
  test("adds one: it learns, a joint certificate makes it a seed, and peers find it", () => {
    const network = networkOf({ seed: 1, peers: 5 });
    const before = network.seedHosts.slice();
    const joined = network.addSeed();
    network.world.run(2000);
    expect(network.seed(joined).isFresh).toBe(false);
    const next = change(network, [...before, joined]);
    expect(network.seedHosts.map((host) => rules(network, host, next))).toEqual([true, true, true, true]);
    network.world.run(2000);
    expect(isKnown(network, next)).toBe(true);
    doesItsDuty(network);
  });

  test("takes one away: it votes for nothing from then on, and says so", () => {
    const network = networkOf({ seed: 2, seeds: 4, peers: 5 });
    const [gone, ...stay] = network.seedHosts as [Host, ...Host[]];
    const told: number[] = [];
    network.seed(gone).on("superseded", ({ number }) => told.push(number));
    const next = change(network, stay);
    network.world.run(3000);
    expect(told).toEqual([1]);
    expect(network.seed(gone).isFresh).toBe(false);
    expect(isKnown(network, next)).toBe(true);
    expect(network.live.every((host) => !network.peer(host).seeds.linked.includes(gone.signer.id))).toBe(
      true,
    );
    gone.crash();
    doesItsDuty(network);
  });

  test("leaves who was taken away no say: nobody is looked for because it says so, and nobody is shown its nonces", () => {
    const network = networkOf({ seed: 5, seeds: 4, peers: 5 });
    const [gone, ...stay] = network.seedHosts as [Host, ...Host[]];
    change(network, stay);
    gone.crash();
    network.liars.add(gone);
    const rogue = gone.boot(() => {
      const hostile = new Hostile(network, gone, { role: "seed" });
      return Object.assign(hostile, { stop: (exited: () => void) => hostile.lobby.close("link", exited) });
    });
    const places = stay.map(({ signer, address }) => ({ id: signer.id, address }));
    for (const { id, address } of places) rogue.lobby.dial(address, { expect: id });
    network.world.run(3000);
    expect(rogue.lobby.seeds.size).toBe(stay.length);
    let cases = 0;
    for (const host of stay) network.seed(host).on("caseOpened", () => cases++);
    const probes: number[] = [];
    for (let second = 0; second < 60; second++) {
      for (const { signer } of network.live) {
        const incarnation = network.seed(stay[0] as Host).ledger.standing(signer.id)?.incarnation as number;
        const nonce = network.world.random.bytes(32);
        rogue.lobby.seeds.broadcast(
          EVIDENCE.encode({ victim: signer.id, incarnation, nonce, accusations: [] }),
        );
      }
      network.world.run(1000);
      probes.push(rogue.of(Kind.alive).length);
    }
    expect(cases).toBe(0);
    expect(probes.at(-1)).toBe(0);
  });

  test("replaces a dead one, with losses, while peers join, leave and die", () => {
    const network = networkOf({ seed: 3, peers: 6, loss: 0.05 });
    const [dead, ...alive] = network.seedHosts as [Host, ...Host[]];
    dead.crash();
    const joined = network.addSeed();
    network.addPeer();
    (network.live[0] as Host).crash();
    const next = change(network, [...alive, joined], 120_000);
    expect([...alive, joined].map((host) => rules(network, host, next))).toEqual([true, true, true]);
    expect(network.settle(120_000)).toBe(true);
    doesItsDuty(network);
  });

  test.each([0, 1, 2, 3])("survives a crash of seed %i at any step", (index) => {
    for (const afterMs of [5, 20, 40, 80, 200, 1500]) {
      const network = networkOf({ seed: 10 + index, peers: 3 });
      network.addSeed();
      const messenger = new Messenger(network);
      const next = messenger.propose(network.configuration, network.seedHosts);
      expect(messenger.handIn(network.seedHosts[1] as Host, signed(next))).toBe("taken");
      network.world.run(afterMs);
      (network.seedHosts[index] as Host).crash();
      network.world.run(3000);
      network.bootSeed(network.seedHosts[index] as Host);
      const all = (): boolean => network.seedHosts.every((host) => rules(network, host, next));
      expect(network.world.runUntil(all, 90_000), `${afterMs} ms`).toBe(true);
      expect(network.settle()).toBe(true);
    }
  });

  test("of two rival proposals at most one comes to hold, and membership goes on under whatever holds", () => {
    for (let seed = 30; seed < 36; seed++) {
      const network = networkOf({ seed, peers: 3 });
      const before = network.seedHosts.slice();
      network.addSeed();
      const messenger = new Messenger(network);
      const larger = messenger.propose(network.configuration, network.seedHosts);
      const same = messenger.propose(network.configuration, before);
      messenger.handIn(before[0] as Host, signed(larger));
      messenger.handIn(before[1] as Host, signed(same));
      network.world.run(30_000);
      const held = new Set(network.liveSeeds.map(({ configuration }) => toHex(configuration.cfg)));
      expect(held.size, `world ${seed}`).toBe(1);
      network.addPeer();
      const listed = (): boolean => network.liveSeeds.every(({ ledger }) => ledger.size === 4);
      expect(network.world.runUntil(listed, 60_000)).toBe(true);
    }
  });

  test("nobody but the operators makes one, and a network without operators is never changed", () => {
    const network = networkOf({ seed: 40, peers: 2 });
    const messenger = new Messenger(network);
    const next = messenger.propose(network.configuration, network.seedHosts);
    const [seed] = network.seedHosts as [Host];
    const thief = createSigner(new Uint8Array(32).fill(8));
    expect(messenger.handIn(seed, proposalOf(next, [signConfiguration(next, thief)]))).toMatch(/no operator/);
    const forged = { operator: OPERATOR.id, signature: new Uint8Array(64) };
    expect(messenger.handIn(seed, proposalOf(next, [forged]))).toMatch(/not its operator's/);
    const frozen = networkOf({ seed: 41, peers: 2, operators: undefined });
    expect(new Messenger(frozen).handIn(frozen.seedHosts[0] as Host, signed(next))).toMatch(
      /never be changed/,
    );
    network.world.run(10_000);
    expect(network.liveSeeds.map(({ configuration }) => configuration.number)).toEqual([0, 0, 0]);
  });

  test("again and again, to other seeds altogether, and a peer that slept meanwhile finds them", () => {
    const network = networkOf({ seed: 50, peers: 5 });
    const first = network.seedHosts.slice();
    const sleeper = network.live[0] as Host;
    const others = [network.addSeed(), network.addSeed(), network.addSeed()];
    let now = first;
    for (const [index, host] of others.entries()) {
      now = [...now.filter((one) => one !== first[index]), host];
      if (index === 1) sleeper.crash();
      change(network, now);
      network.world.run(2000);
    }
    const { configuration } = network.seed(others[0] as Host);
    expect(configuration.number).toBe(3);
    // Of the seeds that it knows from its disk one is a seed still; those of its config file are gone.
    for (const host of first) host.crash();
    network.bootPeer(sleeper);
    expect(network.settle(120_000)).toBe(true);
    expect(isKnown(network, configuration)).toBe(true);
    (network.live[1] as Host).crash();
    expect(network.settle(120_000)).toBe(true);
  });

  test("time and leases go on: everybody is listed under the new seeds before what the old ones signed is over", () => {
    const leaseTicks = 20;
    const profile: Profile = { ...LAN, seeds: { ...LAN.seeds, leaseTicks } };
    const network = networkOf({ seed: 60, peers: 5, profile, seedTiming: { tickMs: 2000, leaseTicks } });
    network.world.run(20_000);
    const lost: string[] = [];
    for (const host of network.seedHosts)
      network.seed(host).on("removed", ({ peer }) => lost.push(network.names.get(peer) ?? ""));
    const before = network.seed(network.seedHosts[0] as Host).tick;
    const all = [...network.seedHosts, network.addSeed()];
    const next = change(network, all);
    network.world.run(leaseTicks * 2000);
    expect(network.seed(all[0] as Host).tick).toBeGreaterThanOrEqual(before + leaseTicks - 2);
    for (const { ledger } of network.liveSeeds)
      for (const { certificate } of ledger.members()) expect(certificate.votes[0]?.cfg).toEqual(next.cfg);
    expect(lost).toEqual([]);
    expect(network.isSettled).toBe(true);
  });

  test("a superseded quorum cannot sign, whoever has all its keys that were not erased", () => {
    const leaseTicks = 20;
    const profile: Profile = { ...LAN, seeds: { ...LAN.seeds, leaseTicks } };
    const network = networkOf({ seed: 70, peers: 4, profile, seedTiming: { tickMs: 2000, leaseTicks } });
    const all = network.seedHosts.slice();
    const first = network.configuration;
    const second = change(network, all);
    change(network, all);
    network.world.run(2000);
    const [thief, victim] = [network.seedHosts[0] as Host, network.live[0] as Host];
    // All of the three disks, and all identity keys: no key that the second configuration names is among them.
    const erased = (host: Host): boolean => !keysOn(host).includes(second.voteKey(host.signer.id) as PeerId);
    expect(all.map(erased)).toEqual([true, true, true]);
    expect(all.map((host) => keysOn(host).length)).toEqual([1, 1, 1]);
    // What they can still sign with is the identity, which was the key of the first: nobody listens half a lease later.
    network.world.run((leaseTicks * 2000) / 2 + 8000);
    const member = network.peer(victim).seeds;
    for (const cfg of [first.cfg, second.cfg, network.seed(thief).configuration.cfg]) {
      const fact = {
        kind: "remove" as const,
        peer: victim.signer.id,
        incarnation: member.life,
        digest: NO_DIGEST,
      };
      const { tick } = network.seed(thief);
      const terms = { cfg, fact, tick, counter: 1_000_000 };
      const votes = all.map(({ signer }) =>
        signVote({ ...terms, seed: signer.id }, network.configuration.networkId, signer),
      );
      const attacker = new Hostile(network, network.world.host(`attacker ${toHex(cfg).slice(0, 4)}`));
      for (const host of all)
        attacker
          .dial(host.address, { expect: host.signer.id })
          ?.send(CERTIFICATES.encode({ certificates: [{ fact, votes }] }));
      network.world.run(5000);
      expect(network.liveSeeds.every(({ ledger }) => ledger.isMember(victim.signer.id))).toBe(true);
    }
    expect(network.isSettled).toBe(true);
  });

  test.each(["old", "new"])(
    "holds against one compromised %s seed of four (f = 1), silent or lying",
    (which) => {
      const network = networkOf({ seed: 80, seeds: 4, faulty: 1, peers: 4 });
      const joined = network.addSeed();
      const next = new Messenger(network).propose(network.configuration, network.seedHosts);
      const [fourth] = network.seedHosts.slice(3);
      const liar = which === "old" ? (fourth as Host) : joined;
      liar.crash();
      network.liars.add(liar);
      const rogue = new Hostile(network, network.world.host("rogue"), { signer: liar.signer, role: "seed" });
      expect(new Messenger(network, "bearer").handIn(network.seedHosts[0] as Host, signed(next))).toBe(
        "taken",
      );
      const honest = network.seedHosts.filter((host) => host !== liar);
      for (let round = 0; round < 20; round++) {
        rogue.linkSeeds();
        for (const side of ["old", "new"] as const)
          for (const { id } of next.seeds) {
            const lie = {
              cfg: next.cfg,
              side,
              tick: round,
              seed: id,
              signature: rogue.signer.sign(next.cfg),
            };
            rogue.lobby.seeds.broadcast(CONFIG_VOTE.encode(lie));
            rogue.lobby.seeds.broadcast(READY.encode(lie));
            rogue.lobby.seeds.broadcast(SEAL.encode({ ...lie, next: next.cfg }));
          }
        network.world.run(1000);
      }
      expect(honest.map((host) => rules(network, host, next))).toEqual([true, true, true, true]);
      expect(network.settle()).toBe(true);
      doesItsDuty(network);
    },
  );
});

test.each([117])("other seeds take over while everything else goes wrong (world %i)", (seed) => {
  const faults = [
    "crash",
    "kill",
    "join",
    "loss",
    "seedCrash",
    "seedFreeze",
    "split",
    "change",
    "change",
  ] as const;
  const plan = drawPlan(seed, { seeds: 4, faulty: 1, peers: 5, pace: "lan", minutes: 1, faults });
  const trial = new Trial(plan);
  expect(trial.run().violations).toEqual([]);
  const changes = plan.strikes.filter(({ fault }) => fault === "change");
  expect(changes.length).toBeGreaterThan(1);
  expect(trial.network.newest.number).toBe(changes.length);
});

/** The keys that are in a seed's file of keys. */
function keysOn(host: Host): PeerId[] {
  return voteKeysOn(host).map(({ id }) => id);
}
