import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { story } from "./example.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the example in the README is the one that is tested, and so is its test", () => {
  const readme = read("../README.md");
  expect(readme).toContain(`\`\`\`ts\n${read("./example.ts")}\`\`\``);
  const ownTest = /^test\("greeters.*?^\}\);$/ms;
  expect(ownTest.exec(readme)?.[0]).toBe(ownTest.exec(read("./readme.test.ts"))?.[0]);
});

test("greeters find each other again after a crash and a cut", () => {
  const [before, apart, after] = story(7);
  expect(before).toContain("anna heard ben");
  expect(apart).toEqual([]);
  expect(after).toContain("anna heard ben");
  expect(story(7)).toEqual(story(7)); // the same seed is the same story
});
