import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SeedStatus } from "../src/messages.ts";
import { Hosts, hostsMissing } from "./hosts.ts";
import { Network, timed } from "./network.ts";
import type { Node } from "./node.ts";

const because = hostsMissing === undefined ? "" : ` (skipped: ${hostsMissing})`;
if (hostsMissing !== undefined) console.warn(`Tests of hosts are skipped: ${hostsMissing}`);

/** Longer than it takes until a seed looks for a member that it has not heard of, and a vote on it. */
const NOT_HEARD_MS = 29_000;

/** A test's patience, if it waits so long before it waits for anything. */
const LONG_MS = 120_000;

const BLIND = /^WARNING: 0 of \d members answer this seed: it votes for no death until half of them do$/;

/** Networks wait for different things: side by side. */
describe.skipIf(hostsMissing !== undefined).concurrent(`hosts of their own${because}`, () => {
  describe("cables", () => {
    const { hosts, network, peer } = town(3, 5);

    test.sequential("three seeds and five peers at eight addresses come together, and gossip", async () => {
      await network().gossips();
      expect(network().removals()).toEqual(network().expected());
    });

    test.sequential("a cable that is pulled for a short time removes nobody", async () => {
      hosts().unplug(peer(0).address);
      await sleep(2000);
      hosts().plug(peer(0).address);
      await timed("2 s without a cable: all hear all again after", network().gossips());
      expect(network().removals()).toEqual(network().expected());
    });

    test.sequential("a cable that is pulled for long removes its peer, and back in it brings it back", async () => {
      const far = peer(1);
      hosts().unplug(far.address);
      const others = network().peers.filter((one) => one !== far);
      await timed("cable pulled: removed everywhere after", network().settled(others));
      expect(network().removals()).toEqual(network().expected(far));
      hosts().plug(far.address);
      await timed("cable back: a member again after", network().settled());
      await network().gossips();
      expect(far.lines).toContain("Removed by the seeds though alive; registering again");
      expect(network().removals()).toEqual(network().expected());
    });

    test.sequential("all that one peer sends to another is lost: both stay, and hear each other", async () => {
      hosts().mute(peer(0).address, peer(2).address);
      await sleep(5000);
      await network().gossips();
      hosts().unmute(peer(0).address, peer(2).address);
      await network().gossips();
      expect(network().removals()).toEqual(network().expected());
    });

    test.sequential("a network in two parts: the one without a quorum changes nothing, and it heals", async () => {
      const [seeds, lonely] = [network().seeds.slice(0, 2), network().seeds[2] as Node];
      const [here, there] = [network().peers.slice(0, 3), network().peers.slice(3)];
      const before = await memoryOf(lonely);
      for (const { address } of [lonely, ...there]) hosts().move(address, "there");
      await timed("parted: the larger part has removed the other after", network().settled(here, seeds));
      await Promise.all([network().gossips(here), network().gossips(there)]);
      expect(await memoryOf(lonely)).toEqual(before);
      for (const { address } of [lonely, ...there]) hosts().move(address, "here");
      await timed("joined: all are members of one network again after", network().settled());
      await network().gossips();
      // The third seed may hear of the new lives first.
      expect([...new Set(network().removals())]).toEqual([...new Set(network().expected(...there))]);
      expect(network().removals(seeds)).toHaveLength(2 * (1 + there.length));
    });
  });

  describe("a peer that the seeds do not hear", () => {
    const { hosts, network, peer } = town(3, 4);

    test.sequential(
      "stays, as long as others hear it",
      async () => {
        const mute = peer(3);
        for (const { address } of network().seeds) hosts().mute(mute.address, address);
        await sleep(NOT_HEARD_MS);
        expect(network().removals()).toEqual(network().expected());
        await network().gossips();
        const looks = network().seeds.flatMap(({ lines }) =>
          lines.filter((line) => line.startsWith("Alive after")),
        );
        expect(looks).toContain(`Alive after all: ${mute.address}`);
        expect(network().removals()).toEqual(network().expected());
        for (const { address } of network().seeds) hosts().unmute(mute.address, address);
        await network().settled();
      },
      LONG_MS,
    );
  });

  describe("seeds", () => {
    const { hosts, network } = town(3, 4);

    test.sequential("turn away who names an address that is not its own, and say why", async () => {
      for (const [claimed, ...option] of [
        ["127.0.0.1:6000"],
        ["10.78.0.1:6000", "--advertise", "10.78.0.1:6000"],
      ]) {
        const hidden = await network().addPeer("--listen", "127.0.0.1:6000", ...option);
        hidden.start();
        expect(await hidden.process?.ended).toBe(1);
        const sentence = `error: the seeds do not dial this peer at ${claimed}: `;
        expect(hidden.complaints).toEqual([expect.stringContaining(sentence)]);
        expect(hidden.complaints).toEqual([
          expect.stringMatching(/is not where this peer comes from, 10\.77\..*\(NOT_DIALABLE\)$/),
        ]);
      }
      await network().settled();
      expect(network().removals()).toEqual(network().expected());
    });

    test.sequential("know who listens everywhere by the address that they see", async () => {
      const open = await network().addPeer("--listen", "0.0.0.0:6000");
      open.start();
      await network().settled();
      await network().gossips();
      expect(await open.status()).toMatchObject({ address: open.address });
    });

    test.sequential(
      "that reach no peer any more, but each other, remove nobody",
      async () => {
        for (const { address } of network().seeds) hosts().move(address, "there");
        await sleep(NOT_HEARD_MS);
        expect(network().removals()).toEqual(network().expected());
        await network().gossips();
        for (const { lines } of network().seeds) expect(lines).toContainEqual(expect.stringMatching(BLIND));
        for (const { address } of network().seeds) hosts().move(address, "here");
        await timed("uplink back: settled after", network().settled());
        expect(network().removals()).toEqual(network().expected());
      },
      LONG_MS,
    );
  });
});

/** A network whose nodes are on hosts of their own, there while the tests of a suite run. */
function town(seeds: number, peers: number): Town {
  let hosts: Hosts;
  let network: Network;
  beforeAll(async () => {
    hosts = new Hosts();
    network = new Network(hosts);
    await timed(`${seeds} seeds and ${peers} peers have met after`, network.start(seeds, peers));
  });
  afterAll(() => network.close());
  return { hosts: () => hosts, network: () => network, peer: (index) => network.peers[index] as Node };
}

interface Town {
  readonly hosts: () => Hosts;
  readonly network: () => Network;
  readonly peer: (index: number) => Node;
}

/** What a seed lists, and whom it has seen go. */
async function memoryOf(seed: Node): Promise<unknown> {
  const { members } = (await seed.status()) as SeedStatus;
  return [members, seed.lines.filter((line) => line.startsWith("Peer removed"))];
}
