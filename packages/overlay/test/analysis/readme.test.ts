import { readFileSync } from "node:fs";
import { barabasiAlbert } from "@p2p/overlay/analysis";
import { SeededRandom } from "@p2p/sim";
import { expect, test } from "vitest";
import { report } from "./example.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const example = readFileSync(new URL("./example.ts", import.meta.url), "utf8");

test("the README's example is the one that runs here", () => {
  expect(readme).toContain(example.trim());
});

test("the example reports on a network", () => {
  const network = barabasiAlbert(1000, 3, new SeededRandom(1));
  const links = Array.from(network.edges(), ([a, b]) => [`n${a}`, `n${b}`] as const);
  const lines = report(links);
  expect(lines[0]).toBe("a network of Barabási and Albert");
  expect(lines.slice(1, -1).join("\n")).toMatch(
    /^exponent 2\.\d+\nstart 4\.000\n.*\n.*\n3\.41 links .*\n9\d\.\d %/,
  );
  expect(lines.at(-1)).toMatch(/^<svg /);
});
