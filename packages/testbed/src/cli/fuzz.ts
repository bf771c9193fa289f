import { fuzzHelpText, readFuzzOrder } from "./fuzz-order.ts";
import { runFuzz } from "./fuzz-run.ts";
import { run } from "./program.ts";

await run(() => {
  const order = readFuzzOrder(process.argv.slice(2));
  if (order !== undefined) return runFuzz(order);
  console.log(fuzzHelpText());
  return 0;
});
