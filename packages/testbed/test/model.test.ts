import { describe, expect, test } from "vitest";
import { search, tellStories } from "../src/cli/quint.ts";

const QUICK = { seed: 1, samples: 20, steps: 30 };

describe("the model of the seeds' protocol", () => {
  test("each mistake breaks its rule, nothing breaks without it, and what must be possible is", async () => {
    const [stories, overpromised] = [await tellStories("stories"), await tellStories("overpromised")];
    expect(stories.text).toMatch(/\b37 passing/);
    expect(stories).toMatchObject({ code: 0 });
    expect(overpromised.text).toMatch(/\b2 passing/);
    expect(overpromised).toMatchObject({ code: 0 });
  });

  test.each(["three", "four"])("chance breaks no rule in network %s", async (network) => {
    const { code, text } = await search({ ...QUICK, network, mistake: "none" });
    expect(text).toContain("No violation found");
    expect(code).toBe(0);
  });

  test("chance finds a seed that forgets its votes", async () => {
    const { code, text } = await search({ ...QUICK, samples: 1000, network: "four", mistake: "amnesia" });
    expect(text).toContain("Found an issue");
    expect(code).not.toBe(0);
  });
});
