import { helpText, readOrder } from "./order.ts";
import { run } from "./program.ts";
import { runSwarm } from "./swarm-run.ts";
import { runWorld } from "./world-run.ts";

const DAY_MS = 86_400_000;

await run(() => {
  const order = readOrder(process.argv.slice(2), Math.floor(Date.now() / DAY_MS));
  if (order?.kind === "swarm") return runSwarm(order);
  if (order?.kind === "world") return runWorld(order);
  console.log(helpText());
  return 0;
});
