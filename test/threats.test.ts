import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { THREATS } from "../packages/testbed/src/attacks/threats.ts";

const named = THREATS.flatMap(({ row, tests }) => tests.map(({ file, name }) => [row, name, file] as const));

test.each(named)("what answers %s, “%s”, is in %s", (_, name, file) => {
  expect(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")).toContain(JSON.stringify(name));
});
