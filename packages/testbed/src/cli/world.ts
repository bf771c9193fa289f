import { readOrder } from "./order.ts";
import { run, UsageError } from "./program.ts";
import { runWorld } from "./world-run.ts";

/** What the process of a world tells its supervisor, if there is one: that a rule was broken. */
export type WorldNews = "broken";

// The process of one world, with the command line of whoever supervises it.
await run(() => {
  const order = readOrder(process.argv.slice(2), 0);
  if (order?.kind !== "world") throw new UsageError("this program runs one world: begin with npm run sim");
  return runWorld(order, () => void process.send?.("broken" satisfies WorldNews));
});
