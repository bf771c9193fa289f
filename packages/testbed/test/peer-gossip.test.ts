import {
  flood,
  type GossipOptions,
  type GossipSettings,
  type Message,
  type Strategy,
  type Validator,
} from "@p2p/gossip";
import { Peer } from "@p2p/peer";
import { type Host, type HostFailure, SeededRandom } from "@p2p/sim";
import { describe, expect, test } from "vitest";
import { Network } from "../src/network.ts";

/** A network of five peers that gossip so, at rest. */
function settled(gossip: GossipSettings, onFailure?: (failure: HostFailure) => void): Network {
  const network = new Network({ pace: "lan", gossip, ...(onFailure && { onFailure }) });
  if (!network.settle()) throw new Error("the network does not settle");
  return network;
}

/** Every peer says `texts`, one every 50 ms; then repair has time. */
function talk(network: Network, texts: readonly string[]): void {
  for (const text of texts) {
    for (const host of network.live) network.publish(host, text);
    network.world.run(50);
  }
  network.world.run(20_000);
}

/** What each peer heard. */
function heard(network: Network): readonly (readonly Message[])[] {
  return network.live.map((host) => network.books.heard.get(host) ?? []);
}

/** Flood that loses every third frame, which repair then brings late. */
function lossy(): Strategy {
  const random = new SeededRandom(7);
  return (neighbours, from, pass) =>
    flood(neighbours, from, (neighbour) => {
      if (random.next() > 0.33) pass(neighbour);
    });
}

/** How many messages came behind a later one of the same origin. */
function disorder(messages: readonly Message[]): number {
  const highest = new Map<string, number>();
  return messages.filter(({ origin, sequence }) => {
    const before = highest.get(origin) ?? 0;
    highest.set(origin, Math.max(before, sequence));
    return sequence < before;
  }).length;
}

/** As many a validator begins: it throws on what is no JSON. */
const parsing: Validator = ({ text }) => (JSON.parse(text) === null ? "ignore" : "accept");

/** A peer on a host of its own. */
function peerOf(gossip: unknown): Peer {
  const { configuration, world } = new Network({ peers: 0 });
  const host = world.host("another");
  const { signer, disk, clock, random } = host;
  return host.boot(() => {
    const transport = host.transport();
    return new Peer({
      configuration,
      signer,
      disk,
      clock,
      random,
      transport,
      gossip: gossip as GossipSettings,
    });
  });
}

const NUMBERS = Array.from({ length: 20 }, (_, index) => `${index + 1}`);

describe("the peers of a network", () => {
  test("hear each other's messages in their order, once they want it so", () => {
    const byOrder = (["arrival", "fifo"] as const).map((order) => {
      const network = settled({ order, strategy: lossy() });
      talk(network, NUMBERS);
      return heard(network);
    });
    const [arrival = [], fifo = []] = byOrder;
    expect(arrival.map((messages) => messages.length)).toEqual(fifo.map((messages) => messages.length));
    expect(fifo.map((messages) => messages.length)).toEqual([80, 80, 80, 80, 80]);
    expect(Math.max(...arrival.map(disorder))).toBeGreaterThan(0);
    expect(fifo.map(disorder)).toEqual([0, 0, 0, 0, 0]);
  });

  test("are told and pass on what their validator accepts, and stay together over what it ignores", () => {
    const network = settled({ validate: ({ text }) => (Number(text) % 2 === 0 ? "accept" : "ignore") });
    talk(network, NUMBERS);
    const even = NUMBERS.filter((text) => Number(text) % 2 === 0);
    for (const messages of heard(network)) {
      expect(messages).toHaveLength(4 * even.length);
      expect(new Set(messages.map(({ text }) => text))).toEqual(new Set(even));
    }
    expect(network.books.removals).toEqual([]);
    expect(network.components).toBe(1);
  });

  test("live on when their validator throws, and the world notices each of them", () => {
    const failures: HostFailure[] = [];
    const network = settled({ validate: parsing }, (failure) => failures.push(failure));
    network.world.run(5000);
    const [speaker, ...others] = network.peerHosts as [Host, ...Host[]];
    const { links } = network.peer(speaker).lobby;
    // Nobody passes it on.
    const hearers = others.filter(({ signer }) => links.has(signer.id)).map(({ name }) => name);
    expect(hearers.length).toBeGreaterThanOrEqual(3);
    network.publish(speaker, "{");
    talk(network, ["1"]);
    expect(heard(network).map((messages) => messages.map(({ text }) => text))).toEqual(
      Array.from({ length: 5 }, () => ["1", "1", "1", "1"]),
    );
    expect(network.isSettled).toBe(true);
    expect(new Set(failures.map(({ host }) => host))).toEqual(new Set(hearers));
    expect(failures[0]?.message).toContain("JSON");
  });

  test("store no more than they are told, and repair nothing when they are told not to", () => {
    const network = settled({ repair: false, store: { messagesMax: 3 } });
    talk(network, NUMBERS);
    const stored = settled({ store: { messagesMax: 3 } });
    talk(stored, NUMBERS);
    const exchanges = network.live.map((host) => network.peer(host).gossip.counts.exchanges);
    expect(exchanges).toEqual([0, 0, 0, 0, 0]);
    expect(stored.live.map((host) => stored.peer(host).gossip.stored.messages)).toEqual([3, 3, 3, 3, 3]);
  });
});

describe("a peer is not made", () => {
  test.each([
    ["links", "it speaks over the links of the peer's own lobby"],
    ["membership", "who may speak is what the seeds certify"],
    ["incarnation", "the life that a message names is the one that the seeds certify"],
    ["timing", "the pace of all parts is the profile's"],
  ] satisfies [keyof GossipOptions, string][])("with %s for its gossip, which is its own", (name, why) => {
    expect(() => peerOf({ [name]: {} })).toThrow(`TypeError: gossip.${name} cannot be set: ${why}`);
  });

  test.each([
    ["fifo", "TypeError"],
    [null, "TypeError"],
    [{ validate: "x" }, "TypeError"],
    [{ order: "FIFO" }, "RangeError"],
  ])("with %o as the options of its gossip", (gossip, error) => {
    expect(() => peerOf(gossip)).toThrow(`${error}: `);
  });
});
