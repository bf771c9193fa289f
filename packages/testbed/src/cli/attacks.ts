import { attackHelpText, readAttackOrder } from "./attack-order.ts";
import { runAttacks } from "./attack-run.ts";
import { threatsText } from "./attack-text.ts";
import { runWeaknesses } from "./attack-weaknesses.ts";
import { run } from "./program.ts";

await run(() => {
  const order = readAttackOrder(process.argv.slice(2));
  if (order?.areThreats === true) {
    console.log(threatsText(order.json));
    return 0;
  }
  if (order?.isWeakened === true) return runWeaknesses(order);
  if (order !== undefined) return runAttacks(order);
  console.log(attackHelpText());
  return 0;
});
