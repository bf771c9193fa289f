import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { P2PError } from "@p2p/identity";
import { expect, onTestFinished, test } from "vitest";
import { Console } from "../src/launcher/console.ts";

function close(console: Console): Promise<void> {
  return new Promise((resolve) => {
    console.close(resolve);
  });
}

test("the file gets every line, with the node's name and without colours", async () => {
  const folder = mkdtempSync(join(tmpdir(), "p2p-console-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "outputfile.txt");
  const console = new Console(path, true, () => undefined);
  console.say("Starting");
  console.line("seed 6000", "Seed running on port 6000", false);
  console.line("peer 27001", "error: no", true);
  await close(console);
  expect(readFileSync(path, "utf8")).toBe(
    "Starting\n[seed 6000] Seed running on port 6000\n[peer 27001] error: no\n",
  );
});

test("a file that cannot be opened is refused at once", () => {
  expect(() => new Console(tmpdir(), true, () => undefined)).toThrow(/cannot write .*EISDIR/);
});

test.runIf(existsSync("/dev/full"))("a full disk is told once, and the run goes on", async () => {
  const told: P2PError[] = [];
  const console = new Console("/dev/full", true, (error) => told.push(error));
  for (let line = 0; line < 3; line++) {
    console.say("a line");
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  await close(console);
  expect(told.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^cannot write \/dev\/full: ENOSPC/),
  ]);
  expect(console.fault?.code).toBe("DISK_FAILED");
});
