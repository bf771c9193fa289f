import { distanceToBarabasiAlbert, fitPowerLaw } from "@p2p/overlay/analysis";
import type { Host } from "@p2p/sim";
import { pick } from "@p2p/wire";
import { Network } from "../src/index.ts";
import { numbersFrom, printTable } from "./arguments.ts";

/**
 * What becomes of the overlay when everybody is replaced again and again, in worlds of real peers:
 *
 *     node scripts/run.mjs packages/testbed/bench/turnover.ts --peers 200 --turnovers 10
 *
 * In each turnover as many peers go, half of them without a word, as there are, each drawn from all, and as many new
 * ones come, in `--seconds` virtual seconds. α̂: fitted freely, and from 2m on. Distance: to the exact law of
 * Barabási and Albert. Parts: at the end of the turnover, and most at any second of it.
 */
const options = numbersFrom({ peers: 100, turnovers: 10, seconds: 100, seed: 1, m: 3 });
const network = new Network({
  seed: options.seed,
  seeds: 5,
  peers: 0,
  m: options.m,
  pace: "lan",
  signatures: "hash",
  supervised: true,
});
const { world, books } = network;
for (let count = 0; count < options.peers; count++) {
  network.addPeer();
  world.run(100);
}
if (!network.settle(300_000)) throw new Error("not settled");
world.run(30_000);

const crashed = new Set<string>();
function replaceOne(): void {
  const leaver = pick(network.live, world.random) as Host;
  if (world.random.next() < 0.5) leaver.stop();
  else {
    leaver.crash();
    crashed.add(leaver.signer.id);
  }
  network.addPeer();
}

/** The exponent of a power law that begins at 2m, by maximum likelihood (Clauset, Shalizi, Newman 2009, eq. 3.7). */
function exponentFrom(start: number, degrees: readonly number[]): number {
  const tail = degrees.filter((degree) => degree >= start);
  return 1 + tail.length / tail.reduce((sum, degree) => sum + Math.log(degree / (start - 0.5)), 0);
}

function row(turnover: number, partsMost: number): readonly (string | number)[] {
  const { degrees } = network.overlay;
  const innocent = books.removals.filter(
    ({ reason, peer }) => reason === "dead" && !crashed.has(peer),
  ).length;
  return [
    turnover,
    network.live.length,
    `${network.components} / ${partsMost}`,
    Math.min(...degrees),
    Math.max(...degrees),
    fitPowerLaw(degrees)?.alpha.toFixed(2) ?? "–",
    exponentFrom(2 * options.m, degrees).toFixed(2),
    distanceToBarabasiAlbert(degrees, options.m).toFixed(3),
    innocent,
  ];
}

const rows = [row(0, 1)];
for (let turnover = 1; turnover <= options.turnovers; turnover++) {
  let partsMost = 1;
  const pauseMs = (options.seconds * 1000) / options.peers;
  for (let count = 0, lookAt = world.now; count < options.peers; count++) {
    replaceOne();
    world.run(pauseMs);
    if (world.now < lookAt) continue;
    partsMost = Math.max(partsMost, network.components);
    lookAt = world.now + 1000;
  }
  world.run(15_000);
  rows.push(row(turnover, partsMost));
  console.error(rows.at(-1)?.join("  "));
}
console.log(
  `${options.peers} peers, m = ${options.m}, a turnover in ${options.seconds} s, seed ${options.seed}`,
);
printTable(
  [
    "turnover",
    "live",
    "parts: end / most",
    "min degree",
    "max degree",
    "α̂",
    `α̂ from ${2 * options.m}`,
    "distance",
    "innocents removed",
  ],
  rows,
);
