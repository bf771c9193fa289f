import { expect, test } from "vitest";
import { drawPlan, Trial } from "../src/index.ts";

const WORLDS = 24;

test(`${WORLDS} worlds with a minute of every trouble break no rule, and do their duty afterwards`, () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= WORLDS; seed++) {
    const { violations } = new Trial(drawPlan(seed, { minutes: 1 })).run();
    const [first, ...more] = violations;
    if (first !== undefined)
      failures.push(`--seed ${seed} --minutes 1: ${first.rule}: ${first.detail} and ${more.length} more`);
  }
  expect(failures).toEqual([]);
}, 300_000);
