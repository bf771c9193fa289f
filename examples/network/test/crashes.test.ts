import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Network, timed } from "./network.ts";
import { Node } from "./node.ts";
import { until } from "./program.ts";

const network = new Network();
const peer = (index: number): Node => network.peers[index] as Node;

/** What a preloaded module does, as an option for `node`. */
function preload(source: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(source)}`;
}

/** Does nothing at all for two of three seconds. */
const BLOCKS = preload(
  "setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000), 3000).unref();",
);

/** At SIGUSR2 it reads no more from the connections that it has then, for five seconds. */
const STALLS = preload(`
  process.on("SIGUSR2", () => {
    const stalled = process._getActiveHandles().filter((handle) => handle.remoteAddress !== undefined);
    for (const socket of stalled) socket.pause();
    console.log("Stalled: " + stalled.length);
    setTimeout(() => { for (const socket of stalled) socket.resume(); }, 5000).unref();
  });
`);

beforeAll(() => timed("3 seeds and 7 peers have met after", network.start(3, 7)));

afterAll(() => network.close());

test("a peer that is killed is removed at every seed, everybody learns it, and it may come back", async () => {
  await peer(0).kill();
  await timed("SIGKILL: removed everywhere after", network.settled());
  expect(network.removals()).toEqual(network.expected(peer(0)));
  peer(0).start();
  await network.settled();
});

test("a peer that is stopped for a short time stays", async () => {
  peer(1).freeze();
  await sleep(2000);
  peer(1).thaw();
  await network.gossips();
  expect(network.removals()).toEqual(network.expected());
});

test("a peer that is stopped for long is removed once, accuses nobody, and comes back by itself", async () => {
  const frozen = peer(3);
  frozen.freeze();
  await timed("SIGSTOP: removed everywhere after", network.settled());
  expect(network.removals()).toEqual(network.expected(frozen));
  const [own, said] = [frozen.lines.length, network.seeds.map(({ lines }) => lines.length)];
  frozen.thaw();
  await timed("SIGCONT: a member again after", network.settled());
  await network.gossips();
  expect(frozen.lines.slice(own)).toContain("Removed by the seeds though alive; registering again");
  expect(frozen.lines.slice(own)).not.toContain("Reporting to seeds...");
  const news = network.seeds.flatMap(({ lines }, index) => lines.slice(said[index]));
  expect(news.filter((line) => /^(Dead Node|PROPOSE_REMOVE|Alive after all)/.test(line))).toEqual([]);
  expect(network.removals()).toEqual(network.expected());
});

test("a peer that is killed and started again at once, at the same address, is not removed", async () => {
  await peer(2).kill();
  peer(2).start();
  await timed("SIGKILL and start: a member again after", peer(2).ready());
  await network.settled();
  expect(network.removals()).toEqual(network.expected());
});

test("all peers, and then all seeds, may be restarted one after the other", async () => {
  for (const one of network.peers) {
    await one.pause();
    one.start();
    await one.ready();
  }
  await network.settled();
  for (const one of network.seeds) {
    await one.kill();
    one.start();
    await one.ready();
  }
  await network.settled();
  await network.gossips();
  expect(network.removals()).toEqual(network.expected());
});

test("a peer that reads nothing more from its connections is in nobody's way, and is not removed", async () => {
  const slow = peer(5);
  await slow.pause();
  slow.start(STALLS);
  await slow.ready();
  await network.settled();
  slow.process?.kill("SIGUSR2");
  await slow.process?.printed(/^Stalled: [1-9]/);
  await timed(
    "stalled: the others go on after",
    network.gossips(network.peers.filter((one) => one !== slow)),
  );
  await timed("stalled: it hears them again after", network.gossips());
  await network.settled();
  expect(network.removals()).toEqual(network.expected());
});

test("a peer whose event loop is blocked again and again brings nobody else down", async () => {
  const sick = peer(4);
  await sick.pause();
  sick.start(BLOCKS);
  await sick.ready();
  const healthy = network.peers.filter((one) => one !== sick);
  for (let round = 0; round < 3; round++) {
    await sleep(2500);
    await network.gossips(healthy);
  }
  await sick.kill();
  sick.start();
  await network.settled();
  const others = network.removals().filter((line) => !line.startsWith(sick.address));
  expect(others).toEqual(network.expected());
});

test("a second process in the same directory does not start; of two with a copied key one ends", async () => {
  const original = peer(6);
  const { plan } = original;
  const { address } = await network.ground.next();
  const second = new Node(network.place, { ...plan, address, args: [...plan.args, "--listen", address] });
  second.start();
  expect(await second.process?.ended).toBe(1);
  expect(second.complaints).toEqual([
    expect.stringMatching(/is in use by the process \d+; .*\(IDENTITY_IN_USE\)$/),
  ]);

  const folder = join(network.place.folder, "copy");
  cpSync(plan.folder, folder, { recursive: true });
  rmSync(join(folder, "lock"));
  const copy = new Node(network.place, {
    ...second.plan,
    folder,
    args: [...second.plan.args, "--data", folder],
  });
  copy.start();
  await until(() => !copy.isRunning || !original.isRunning, "the end of one of the two");
  const [over, other] = copy.isRunning ? [original, copy] : [copy, original];
  expect(over.complaints).toEqual([expect.stringMatching(/\(IDENTITY_IN_USE\)$/)]);
  const others = network.peers.filter((one) => one !== original);
  await network.settled([...others, other]);
  await network.gossips([...others, other]);
  expect(network.removals()).toEqual(network.expected());
});
