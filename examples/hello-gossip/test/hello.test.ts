import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { bundle } from "../../../scripts/run.mjs";

const SOURCE = new URL("../src/main.ts", import.meta.url);
const README = new URL("../../../README.md", import.meta.url);

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Starts the program, and waits for what it prints first. */
function firstLineOf(program: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`ended by itself: exit code ${code}`)));
  });
}

test("two of them, started in any order, greet each other", async () => {
  const [program = ""] = await bundle([fileURLToPath(SOURCE)]);
  const [a, b] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const lines = await Promise.all([firstLineOf(program, a, b), firstLineOf(program, b, a)]);
  expect(lines[0]).toMatch(new RegExp(`^[0-9a-f]{8} says: hello from ${b}$`));
  expect(lines[1]).toMatch(new RegExp(`^[0-9a-f]{8} says: hello from ${a}$`));
});

test("the README shows this very program", () => {
  expect(readFileSync(README, "utf8")).toContain(`\`\`\`ts\n${readFileSync(SOURCE, "utf8")}\`\`\`\n`);
});
