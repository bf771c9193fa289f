/**
 * One member says 50 000 messages a second, well signed, to each of the others: what these deliver of it, how long what they
 * say themselves takes to reach all, and what it costs them. Processes on loopback, over TLS. Linux.
 * `node scripts/run.mjs examples/network/bench/spam.ts [--rate 50000] [--seconds 10]`.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BATCH, BATCH_PAYLOADS_MAX, signBatch } from "@p2p/gossip";
import type { Connection } from "@p2p/wire";
import { Hostile } from "../test/hostile.ts";
import { Network } from "../test/network.ts";

const STEP_MS = 20;

const { values } = parseArgs({
  options: { rate: { type: "string", default: "50000" }, seconds: { type: "string", default: "10" } },
});
const [rate, seconds] = [values.rate, values.seconds].map(Number) as [number, number];

/** Says as much as is due since `begun`, in batches as large as they may be. */
class Mouth {
  readonly #hostile: Hostile;
  said = 0;

  constructor(hostile: Hostile) {
    this.#hostile = hostile;
  }

  speak(links: readonly Connection[], until: number): void {
    const { configuration, incarnation, signer } = this.#hostile;
    for (; this.said < until; this.said += BATCH_PAYLOADS_MAX) {
      const payloads = Array.from({ length: BATCH_PAYLOADS_MAX }, () => new TextEncoder().encode("spam"));
      const terms = {
        origin: signer.id,
        incarnation,
        at: Date.now(),
        firstSequence: this.said + 1,
        payloads,
      };
      const frame = BATCH.encode(signBatch(terms, configuration.networkId, signer));
      for (const link of links) if (link.isOpen && !link.isBehind) link.send(frame);
    }
  }
}

function memoryMiB(pid: number | undefined): number {
  const [, kib = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kib) / 1024;
}

const network = new Network();
await network.start(3, 4);
const hostile = await Hostile.at(network);
await hostile.join();
const links = (
  await Promise.all(network.peers.map(({ address, plan }) => hostile.dial(address, plan.id)))
).filter((link) => link !== undefined);
const memory = (): string =>
  network.peers.map(({ process }) => memoryMiB(process?.pid).toFixed(0)).join(", ");
console.log(`memory of the peers before: ${memory()} MiB`);
const quiet = performance.now();
await network.gossips();
console.log(`what they say reaches all within ${(performance.now() - quiet).toFixed(0)} ms`);
const mouth = new Mouth(hostile);
const begun = performance.now();
const flood = setInterval(() => mouth.speak(links, ((performance.now() - begun) * rate) / 1000), STEP_MS);
await sleep(1000);
const loud = performance.now();
await network.gossips();
console.log(`meanwhile within ${(performance.now() - loud).toFixed(0)} ms`);
await sleep(Math.max(0, 1000 * seconds - (performance.now() - begun)));
clearInterval(flood);
const took = (performance.now() - begun) / 1000;
const heard = network.peers.map(
  ({ delivered }) => [...delivered.keys()].filter((name) => name.startsWith(hostile.signer.id)).length,
);
console.log(`said ${mouth.said} in ${took.toFixed(1)} s; delivered ${heard.join(", ")}`);
console.log(`links still open: ${links.filter(({ isOpen }) => isOpen).length} of ${links.length}`);
console.log(`memory of the peers after: ${memory()} MiB; removed: ${network.removals().length}`);
await hostile.close();
await network.close();
process.exit();
