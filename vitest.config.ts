import { readdirSync } from "node:fs";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests run from source, without a build: packages export their TypeScript under this condition.
const conditions = ["@p2p/source", ...defaultServerConditions];

const folders = (parent: string): string[] =>
  readdirSync(new URL(`${parent}/`, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/** Tests that start processes and use real sockets. */
const outdoors = { testTimeout: 120_000, hookTimeout: 60_000 };

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    // All cores: the default leaves one of two idle.
    maxWorkers: "100%",
    // What takes seconds takes a minute on a busy machine; speed is for benchmarks.
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "repository" } },
      ...folders("packages").map((name) => ({
        extends: true as const,
        root: `packages/${name}`,
        test: {
          name: `@p2p/${name}`,
          benchmark: { include: ["bench/**/*.bench.ts"] },
          ...(name === "testbed" ? outdoors : {}),
        },
      })),
      ...folders("examples").map((name) => ({
        extends: true as const,
        root: `examples/${name}`,
        // After the others: processes on real clocks, which mostly wait. Two files at a time; each has ports of its own.
        test: { name: `@p2p-examples/${name}`, ...outdoors, maxWorkers: 2, sequence: { groupOrder: 1 } },
      })),
    ],
  },
});
