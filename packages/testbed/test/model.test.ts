import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MISTAKES, Model } from "../src/cli/quint.ts";

const QUICK = { seed: 1, samples: 20, steps: 30 };

describe("the model of the seeds' protocol", async () => {
  const model = await Model.read(false);

  test.each([
    ["stories", 39],
    ["overpromised", 2],
  ])(
    "each mistake in %s breaks its rule, nothing breaks without it, and what must be possible is",
    async (main, count) => {
      const { passed, failed } = await model.tell(main);
      expect(failed).toEqual([]);
      expect(passed).toHaveLength(count);
    },
  );

  test("each mistake that can be asked for has a story", () => {
    const stories = readFileSync(new URL("../model/stories.qnt", import.meta.url), "utf8");
    const told = new Set(Array.from(stories.matchAll(/BrokenTest = \w+\("([^"]+)"/g), ([, name]) => name));
    expect(new Set(MISTAKES)).toEqual(told);
  });

  test.each(["three", "four"])("chance breaks no rule in network %s", async (network) => {
    expect(await model.search({ ...QUICK, network, mistake: "none" })).toBe(true);
  });

  test("chance finds a seed that forgets its votes", async () => {
    expect(await model.search({ ...QUICK, samples: 1000, network: "four", mistake: "amnesia" })).toBe(false);
  });
});
