import {
  type Configuration,
  type Proposal,
  proposalOf,
  proposeConfiguration,
  type SeedEntry,
  signConfiguration,
  signVote,
  verifyVoteKey,
} from "@p2p/consensus";
import { createSigner, type Operators, toHex } from "@p2p/identity";
import { LAN, type Profile } from "@p2p/peer";
import { PROPOSE, PROPOSE_ANSWER, VOTE_KEY, VOTE_KEY_ASK } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Malformed } from "@p2p/wire";
import { describe, expect, test } from "vitest";
import { Network, type NetworkOptions } from "../src/index.ts";
import { Hostile } from "./attack-hostile.ts";

const OPERATOR = createSigner(new Uint8Array(32).fill(7));
const OPERATORS: Operators = { needed: 1, keys: [OPERATOR.id] };

function networkOf(options: NetworkOptions): Network {
  const network = new Network({ pace: "lan", operators: OPERATORS, ...options });
  expect(network.settle()).toBe(true);
  return network;
}

/** Whoever brings the operators' word: no seed and no member. */
class Messenger {
  readonly #network: Network;
  readonly #line: Hostile;

  constructor(network: Network, name = "operator") {
    this.#network = network;
    this.#line = new Hostile(network, network.world.host(name));
  }

  /** What the seed says with which key it would vote in configuration `number`. */
  entryOf(host: Host, number: number): SeedEntry {
    const { id } = host.signer;
    const link = this.#line.dial(host.address, { expect: id });
    link?.send(VOTE_KEY_ASK.encode({ number }));
    const answers = (): SeedEntry[] =>
      this.#line.of(VOTE_KEY.kind).flatMap((frame) => {
        const told = VOTE_KEY.decode(frame);
        if (told instanceof Malformed || told.seed !== id || told.number !== number) return [];
        expect(verifyVoteKey(told, this.#network.configuration.networkId, host.verifier)).toBe(true);
        return [{ id, address: host.address, voteKey: told.key }];
      });
    this.#network.world.runUntil(() => answers().length > 0, 5000);
    return answers()[0] as SeedEntry;
  }

  propose(current: Configuration, hosts: readonly Host[], faulty = current.faulty): Configuration {
    const seeds = hosts.map((host) => this.entryOf(host, current.number + 1));
    return proposeConfiguration(current, { seeds, faulty });
  }

  /** Hands a proposal to a seed. @returns what it says. */
  handIn(to: Host, proposal: Proposal): string {
    const before = this.#line.of(PROPOSE_ANSWER.kind).length;
    this.#line.dial(to.address, { expect: to.signer.id })?.send(PROPOSE.encode({ proposal }));
    this.#network.world.runUntil(() => this.#line.of(PROPOSE_ANSWER.kind).length > before, 5000);
    const answer = PROPOSE_ANSWER.decode(this.#line.of(PROPOSE_ANSWER.kind).at(-1) as Uint8Array);
    return answer instanceof Malformed ? "malformed" : `${answer.outcome} ${answer.detail}`.trim();
  }
}

function signed(configuration: Configuration): Proposal {
  return proposalOf(configuration, [signConfiguration(configuration, OPERATOR)]);
}

/** Changes the seeds to those of `hosts`, and waits until all of them vote. */
function change(network: Network, hosts: readonly Host[], maxMs = 60_000): Configuration {
  const messenger = new Messenger(network, `operator ${network.world.now}`);
  const current = network.seed(hosts[0] as Host).configuration;
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
});
