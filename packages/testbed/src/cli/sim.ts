import { BUILD } from "./build.ts";
import { runHunt } from "./hunt-run.ts";
import { runMutated } from "./mutant-run.ts";
import { helpText, readOrder } from "./order.ts";
import { run } from "./program.ts";
import { runSwarm } from "./swarm-run.ts";
import { superviseWorld } from "./world-process.ts";

const DAY_MS = 86_400_000;

await run(() => {
  const args = process.argv.slice(2);
  const order = readOrder(args, Math.floor(Date.now() / DAY_MS));
  if (order?.kind === "hunt") return runHunt(order);
  if (order?.mutant !== undefined && BUILD.mutant === undefined) return runMutated(order.mutant, args);
  if (order?.kind === "swarm") return runSwarm(order);
  if (order?.kind === "world") return superviseWorld(args, order.json);
  console.log(helpText());
  return 0;
});
