import type { Host } from "@p2p/sim";
import { Kind, pick } from "@p2p/wire";
import { Network } from "../src/index.ts";
import { numbersFrom, printTable } from "./arguments.ts";

/**
 * What a large network costs the machine that simulates it: seeds and peers with all that they do, all peers booting at
 * once, then so many virtual minutes in which somebody says something every `--pauseMs`:
 *
 *     node --max-old-space-size=14000 scripts/run.mjs packages/testbed/bench/scale.ts --peers 1000 --minutes 10
 *
 * Seconds are those of the machine, CPU that of this process: one thread for the world, others for garbage.
 */
const options = numbersFrom({ peers: 300, minutes: 2, seeds: 3, seed: 1, m: 3, pauseMs: 1000, frames: 1 });
const MINUTE_MS = 60_000;
const MIB = 2 ** 20;
/** How many kinds of frames are printed, the most frequent ones. */
const KINDS_PRINTED = 10;

class Traffic {
  readonly frames: Float64Array = new Float64Array(256);
  readonly bytes: Float64Array = new Float64Array(256);

  add(frame: Uint8Array): void {
    const kind = frame[0] as number;
    this.frames[kind] = (this.frames[kind] as number) + 1;
    this.bytes[kind] = (this.bytes[kind] as number) + frame.length;
  }

  rows(): readonly (string | number)[][] {
    return Object.entries(Kind)
      .map(([name, kind]) => [name, this.frames[kind] as number, mib(this.bytes[kind] as number)])
      .toSorted((a, b) => (b[1] as number) - (a[1] as number))
      .slice(0, KINDS_PRINTED);
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}

/** What was used since this was made. */
class Meter {
  readonly #begunAt = process.hrtime.bigint();
  readonly #before = process.cpuUsage();

  get cells(): readonly string[] {
    const { user, system } = process.cpuUsage(this.#before);
    const seconds = Number(process.hrtime.bigint() - this.#begunAt) / 1e9;
    return [seconds.toFixed(1), ((user + system) / 1e6).toFixed(1)];
  }
}

/** What the heap holds in MiB; exact only where `node --expose-gc` lets it be swept first. */
function heapMib(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return mib(heapUsed + arrayBuffers);
}

function progress(text: string): void {
  console.error(`${network.world.now / 1000} s  ${text}  ${mib(process.memoryUsage.rss())} MiB resident`);
}

const booting = new Traffic();
const living = new Traffic();
let traffic = booting;
const boot = new Meter();
const network = new Network({
  seed: options.seed,
  seeds: options.seeds,
  peers: options.peers,
  m: options.m,
  signatures: "hash",
  ...(options.frames > 0 && { frameSent: (_, frame) => traffic.add(frame) }),
});
const { world, books } = network;

for (const end = world.now + 10 * MINUTE_MS; !network.settle(1000) && world.now < end; ) {
  const members = network.live.filter((host) => network.peer(host).seeds.isMember).length;
  progress(`${members} members`);
}
if (!network.isSettled) throw new Error(`not settled: ${books.failures.slice(0, 3).join("; ")}`);
const bootCells = boot.cells;
const settledMs = world.now;
const bootMib = heapMib();
progress("settled");

traffic = living;
const life = new Meter();
let published = 0;
let stopChatter = (): void => undefined;
(function chatter(): void {
  network.publish(pick(network.live, world.random) as Host, `message ${++published}`);
  stopChatter = world.after(options.pauseMs, chatter);
})();
for (let minute = 1; minute <= options.minutes; minute++) {
  world.run(MINUTE_MS);
  progress(`minute ${minute}: ${life.cells.join(" s, CPU ")} s`);
}
const lifeCells = life.cells;
stopChatter();
world.run(5000);

const lists = network.live.map((host) => network.peer(host).seeds.ledger.size);
const heard = network.live.map((host) => network.books.heard.get(host)?.length ?? 0);
const rssMib = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(
  [
    `${options.peers} peers, ${options.seeds} seeds, seed ${options.seed}: one network after ${(settledMs / 1000).toFixed(1)} virtual s`,
    `heap ${bootMib} MiB after the bootstrap, ${heapMib()} MiB at the end; resident ${rssMib} MiB at most, ${Math.round((rssMib * 1024) / options.peers)} KiB a peer`,
    `lists of ${[...new Set(lists)].join(", ")} members; ${books.removals.length} removed; ${network.components} part(s)`,
    `${published} messages, of which a peer heard ${Math.min(...heard)} to ${Math.max(...heard)}`,
    "",
  ].join("\n"),
);
printTable(
  ["", "real s", "CPU s"],
  [
    ["bootstrap", ...bootCells],
    [`${options.minutes} virtual min`, ...lifeCells],
  ],
);
console.log();
for (const [name, seen] of Object.entries({ "in the bootstrap": booting, afterwards: living })) {
  printTable([`frames ${name}`, "number", "MiB"], seen.rows());
  console.log();
}
