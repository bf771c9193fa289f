import { type Configuration, proposeConfiguration, type Vote, voteStatement } from "@p2p/consensus";
import { SIGNATURE_VERSION_MAX } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { beforeEach, describe, expect, test } from "vitest";
import { Network } from "../src/index.ts";
import { Messenger, OPERATORS, signed } from "../src/messenger.ts";

/** Four seeds, of which one may lie, and peers: all of a release that reads the first version of signed bytes only. */
let network: Network;

beforeEach(() => {
  network = new Network({
    seed: 5,
    pace: "lan",
    seeds: 4,
    faulty: 1,
    peers: 4,
    operators: OPERATORS,
    reads: 1,
  });
  if (!network.settle()) throw new Error("the network does not settle");
});

/** A node ends, and runs again with a release that reads so much. */
function install(host: Host, reads: number): void {
  host.crash();
  network.world.run(500);
  network.reads = reads;
  network.boot(host);
}

const isFresh = (host: Host): boolean => network.seed(host).isFresh;

/** Somebody dies and somebody joins, whoever of the seeds is down just now: a quorum of the others decides. */
function decides(when: string): void {
  (network.live[0] as Host).crash();
  network.addPeer();
  expect([when, network.settle(120_000)]).toEqual([when, true]);
}

function inVersion2(current: Configuration, hosts: readonly Host[] = network.seedHosts): Configuration {
  const messenger = new Messenger(network, `operator ${network.world.now}`);
  const seeds = hosts.map((host) => messenger.entryOf(host, current.number + 1));
  return proposeConfiguration(current, { seeds, version: 2 });
}

const bearer = (): Messenger => new Messenger(network, `bearer ${network.world.now}`);

const hold = (hosts: readonly Host[], { number }: Configuration): boolean =>
  hosts.every((host) => network.seed(host).configuration.number === number && isFresh(host));

/** In which versions of signed bytes the votes hold that the seeds list. */
function versionsOfVotes(): readonly number[] {
  const { networkId } = network.configuration;
  const { verifier } = network.seedHosts[0] as Host;
  const holds = (vote: Vote, version: number): boolean => {
    const key = network.newest.voteKey(vote.seed) ?? vote.seed;
    return verifier.verify(key, voteStatement(vote, networkId, version), vote.signature);
  };
  const votes = network.liveSeeds.flatMap(({ ledger }) =>
    [...ledger.members()].flatMap((one) => one.certificate.votes),
  );
  expect(votes.length).toBeGreaterThan(0);
  return [1, 2].filter((version) => votes.every((vote) => holds(vote, version)));
}

describe("seeds are upgraded one after the other", () => {
  test("with both releases side by side, and then sign in the new version, and nothing stops", () => {
    const told: number[] = [];
    for (const host of network.seedHosts) {
      host.crash();
      network.reads = 1;
      decides(`while ${host.name} is down`);
      install(host, SIGNATURE_VERSION_MAX);
      expect(network.world.runUntil(() => isFresh(host), 60_000)).toBe(true);
      decides(`with ${host.name} upgraded`);
    }
    expect(versionsOfVotes()).toEqual([1]);
    // One peer stays behind; the others are upgraded at leisure.
    const [late, ...upgraded] = network.live as [Host, ...Host[]];
    for (const host of upgraded) install(host, 2);
    expect(network.settle(120_000)).toBe(true);
    network.peer(late).seeds.on("outdated", ({ version }) => told.push(version));

    const next = inVersion2(network.configuration);
    expect(bearer().handIn(network.seedHosts[0] as Host, signed(next))).toBe("taken");
    expect(network.world.runUntil(() => hold(network.seedHosts, next), 60_000)).toBe(true);
    network.world.run(2000);
    // It is told, blames nobody, and is a member as long as what it had counts; with a newer release it goes on.
    expect(new Set(told)).toEqual(new Set([2]));
    expect(network.books.forged).toEqual([]);
    expect(network.liveSeeds.every(({ ledger }) => ledger.isMember(late.signer.id))).toBe(true);
    install(late, 2);
    expect(network.settle(120_000)).toBe(true);

    for (const host of network.live) install(host, 2);
    expect(network.settle(120_000)).toBe(true);
    decides("in the new version");
    expect(versionsOfVotes()).toEqual([2]);
  });

  test("and who is in a hurry loses no more than those that read the old version only", () => {
    const [first, second, third, last] = network.seedHosts as [Host, Host, Host, Host];
    install(first, 2);
    expect(network.world.runUntil(() => isFresh(first), 60_000)).toBe(true);
    const next = inVersion2(network.configuration);
    expect(bearer().handIn(last, signed(next))).toMatch(
      /^refused seeds would sign in version 2, and .* reads 1/,
    );
    expect(bearer().handIn(first, signed(next))).toBe("taken");
    network.world.run(10_000);
    expect(network.newest.number).toBe(0);
    decides("with a proposal that too few can read");
    // A quorum reads it: it holds, and the fourth says why it is none of them.
    const told: number[] = [];
    network.seed(last).on("outdated", ({ version }) => told.push(version));
    for (const host of [second, third]) install(host, 2);
    for (const host of network.live) install(host, 2);
    expect(network.world.runUntil(() => hold([first, second, third], next), 120_000)).toBe(true);
    network.world.run(3000);
    expect(new Set(told)).toEqual(new Set([2]));
    last.crash();
    decides("of those who can read");
    install(last, 2);
    expect(network.world.runUntil(() => hold([last], next), 60_000)).toBe(true);
    expect(network.settle(120_000)).toBe(true);
    // The way back is closed, with a reason.
    install(last, 1);
    network.world.run(1000);
    expect(network.books.failures).toEqual([
      expect.stringMatching(/^seed 4: .*a version that this release does not read/),
    ]);
  });
});
