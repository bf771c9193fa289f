import { expect, test } from "vitest";
import { aftermath, Trouble } from "./trouble.ts";

const WORLDS = 40;

test(`${WORLDS} worlds full of trouble become one network again, and lose nobody who was left in peace`, () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= WORLDS; seed++) {
    const trouble = new Trouble(seed);
    trouble.run();
    const wrong = aftermath(trouble);
    if (wrong.length > 0)
      failures.push(`world ${seed}: ${wrong.join("; ")}\n  ${trouble.story.join("\n  ")}`);
  }
  expect(failures).toEqual([]);
}, 300_000);
