import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settle } from "./example.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const example = readFileSync(new URL("./example.ts", import.meta.url), "utf8");

test("the README's example is the one that runs here", () => {
  expect(readme).toContain(example.trim());
});

test("twenty nodes settle in one network, each with three links of its own", () => {
  const overlays = settle(20);
  expect(overlays.map(({ owned }) => owned)).toEqual(overlays.map(() => 3));
});
