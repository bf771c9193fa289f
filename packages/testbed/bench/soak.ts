import { fitPowerLaw } from "@p2p/overlay/analysis";
import type { Host } from "@p2p/sim";
import { pick } from "@p2p/wire";
import { Network } from "../src/index.ts";
import { numbersFrom, printTable } from "./arguments.ts";

/**
 * Hours of churn with everything on, and what has grown at the end of each:
 *
 *     node --expose-gc scripts/run.mjs packages/testbed/bench/soak.ts --hours 24 --peers 50 --churn 5
 *
 * `--churn` is in per cent of the members an hour. Who goes (half of them say so) makes room for one of `--spare` hosts
 * that are out, so that the world itself does not grow. `--every`: milliseconds from one message to the next.
 */
const options = numbersFrom({ hours: 24, peers: 50, churn: 5, spare: 10, every: 10_000, seed: 1, lan: 0 });
const HOUR_MS = 3_600_000;

const network = new Network({
  seed: options.seed,
  seeds: 5,
  peers: options.peers + options.spare,
  pace: options.lan > 0 ? "lan" : "assignment",
  signatures: "hash",
  signaturesRemembered: 4096,
  supervised: true,
});
const { world, books } = network;
if (!network.settle(300_000)) throw new Error("not settled");
for (const host of network.peerHosts.slice(options.peers)) host.stop();

let turnovers = 0;
function replace(): void {
  const leaver = pick(network.live, world.random) as Host;
  const newcomer = pick(
    network.peerHosts.filter(({ isUp }) => !isUp),
    world.random,
  );
  if (newcomer !== undefined) network.boot(newcomer);
  if (world.random.next() < 0.5) leaver.stop();
  else leaver.crash();
  turnovers++;
  const meanMs = HOUR_MS / ((options.churn / 100) * options.peers);
  world.after(meanMs * (0.5 + world.random.next()), replace);
}

let said = 0;
function say(): void {
  const speaker = pick(network.live, world.random);
  if (speaker !== undefined) network.publish(speaker, `message ${said++}`);
  world.after(options.every, say);
}

const sum = (values: Iterable<number>): number =>
  Array.from(values).reduce((total, value) => total + value, 0);

function row(hour: number): readonly (string | number)[] {
  // What the testbed itself writes down is not what is measured.
  for (const heard of books.heard.values()) heard.length = 0;
  for (const host of network.peerHosts) if (!host.isUp) network.peers.delete(host);
  const wrongly = books.removals.splice(0).filter(({ reason }) => reason === "dead").length;
  globalThis.gc?.();
  const peers = network.live.map((host) => network.peer(host));
  const { degrees } = network.overlay;
  const [seed] = network.liveSeeds;
  return [
    hour,
    (process.memoryUsage().heapUsed / 2 ** 20).toFixed(1),
    (process.memoryUsage().arrayBuffers / 2 ** 20).toFixed(1),
    network.live.length,
    network.liveSeeds.map(({ ledger }) => ledger.size).join(" "),
    seed?.edges.size ?? 0,
    sum(network.liveSeeds.map(({ cases }) => cases.size)),
    sum(peers.map(({ gossip }) => gossip.stored.messages)),
    sum(
      [...peers, ...network.liveSeeds].map(
        ({ lobby }) => lobby.links.size + lobby.seeds.size + lobby.probes.size,
      ),
    ),
    (sum(Array.from(world.hosts.values(), ({ platter }) => platter.usedBytes)) / 1024).toFixed(0),
    network.components,
    `${Math.min(...degrees)}–${Math.max(...degrees)}`,
    fitPowerLaw(degrees)?.alpha.toFixed(2) ?? "–",
    turnovers,
    wrongly / 5,
  ];
}

world.after(0, replace);
world.after(0, say);
const rows = [row(0)];
for (let hour = 1; hour <= options.hours; hour++) {
  world.run(HOUR_MS);
  rows.push(row(hour));
  console.error(rows.at(-1)?.join("  "));
}
printTable(
  [
    "hour",
    "heap MB",
    "buffers MB",
    "live",
    "lists",
    "edges",
    "cases",
    "stored",
    "links",
    "disk KB",
    "parts",
    "degrees",
    "α̂",
    "gone",
    "voted out",
  ],
  rows,
);
