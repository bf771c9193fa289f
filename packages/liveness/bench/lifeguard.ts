/**
 * The experiment of Lifeguard (arXiv:1707.00788, §5), scaled down: of 100 members some are blocked, run for a moment,
 * are blocked again. How often is one that is well taken for dead, without and with local health?
 *
 *     node scripts/run.mjs packages/liveness/bench/lifeguard.ts [lan]
 */
import { LAN_TIMING } from "../src/index.ts";
import { type Blame, blameIn } from "../test/spells.ts";

const isLan = process.argv[2] === "lan";
const timing = isLan ? LAN_TIMING : {};
const lastMs = isLan ? 30_000 : 180_000;
const sum: Record<"off" | "on", Record<keyof Blame, number>> = {
  off: { suspected: 0, accused: 0, confirmed: 0 },
  on: { suspected: 0, accused: 0, confirmed: 0 },
};

console.log("sick  blocked  running   suspected, accused, confirmed: without   with local health");
for (const sick of isLan ? [1, 8, 32] : [1, 4, 8, 16, 32])
  for (const blockedMs of [500, 2000, 8000, 32_000])
    for (const runningMs of [4, 16, 64, 250, 1000]) {
      const [off, on] = [false, true].map((localHealth) => {
        const blame = blameIn({
          members: 100,
          sick,
          blockedMs,
          runningMs,
          lastMs,
          seed: 1,
          liveness: { timing, localHealth },
        });
        for (const [event, count] of Object.entries(blame))
          sum[localHealth ? "on" : "off"][event as keyof Blame] += count;
        return Object.values(blame).join(" ");
      });
      console.log(`${sick}  ${blockedMs} ms  ${runningMs} ms   ${off}   ${on}`);
    }
console.log("all", sum);
