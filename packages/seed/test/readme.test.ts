import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

test("the README's first example is readme-example.ts, and does what it says", async () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(read("../README.md")) ?? [];
  expect(example).toBe(read("readme-example.ts"));
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  await import("./readme-example.ts");
  expect(log.mock.calls.map(([line]) => line as string)).toEqual(["in step with a quorum", "0 members"]);
  log.mockRestore();
});
