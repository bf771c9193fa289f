import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Network, timed } from "./network.ts";
import type { Node } from "./node.ts";
import { VoteDrill } from "./vote-drill.ts";

/** Longer than it takes to remove a peer that has crashed. */
const REMOVAL_MS = 9000;

// Networks wait for different things: side by side.
describe.concurrent("seeds", () => {
  describe("that are down", () => {
    const network = new Network();
    beforeAll(() => network.start(3, 5));
    afterAll(() => network.close());

    test.sequential("as a minority stop nothing, and learn what they have missed", async () => {
      const [crashed, away] = [network.peers[0] as Node, network.seeds[2] as Node];
      await away.kill();
      await crashed.kill();
      (await network.addPeer()).start();
      await timed("with 2 of 3 seeds: one removed, another added after", network.settled());
      away.start();
      await away.ready();
      await network.settled();
      expect(network.removals()).toEqual(network.expected(crashed));
    });

    test.sequential("as a majority stop votes, not gossip; afterwards they look for themselves", async () => {
      const [crashed, newcomer] = [network.peers[1] as Node, await network.addPeer()];
      const [first, second, alone] = network.seeds as [Node, Node, Node];
      const members = network.peers.filter((one) => one !== newcomer && one.isUp);
      await Promise.all([first.kill(), second.kill()]);
      await crashed.kill();
      newcomer.start();
      await sleep(REMOVAL_MS);
      const crowd = members.filter((one) => one !== crashed);
      await network.gossips(crowd);
      expect(await alone.status()).toMatchObject({ members: { length: members.length } });
      expect(network.removals()).toEqual(network.expected());
      const missing = network.seeds.filter((seed) => newcomer.lines.some((line) => isMissing(line, seed)));
      expect(missing).toEqual([first, second]);
      first.start();
      second.start();
      await timed(
        "3 of 3 seeds again: one removed, another added after",
        network.settled([...crowd, newcomer]),
      );
      expect(network.removals()).toEqual(network.expected(crashed));
      const fresh = [first, second].flatMap(({ process }) => process?.stdout ?? []);
      expect(fresh).toContain(`PROPOSE_REMOVE: ${crashed.address}`);
    });
  });

  test("killed again and again while they vote never contradict themselves, and lose nothing", async () => {
    const network = new Network();
    try {
      await network.start(3, 0);
      const drill = new VoteDrill(network);
      await drill.run();
      expect(drill.invariants.broken).toEqual([]);
      expect([...drill.unkept]).toEqual([]);
      expect(drill.conflicts).toBeGreaterThan(0);
      console.log(
        `killed seeds: ${drill.conflicts} of ${drill.invariants.highest.size} lives were contested`,
      );
    } finally {
      await network.close();
    }
  });
});

function isMissing(line: string, { address }: Node): boolean {
  return line.startsWith("Waiting for seeds: no answer from ") && line.includes(address);
}
