import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { P2PError } from "@p2p/identity";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "../src/lock-file.ts";

let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "p2p-lock-"));
  lock = join(folder, "lock");
});

afterEach(() => rmSync(folder, { recursive: true }));

function refusal(): P2PError | undefined {
  try {
    lockFolder(folder);
    return undefined;
  } catch (error) {
    if (error instanceof P2PError) return error;
    throw error;
  }
}

test("a folder is one process' alone, and that is named", () => {
  lockFolder(folder);
  expect(readFileSync(lock, "utf8")).toMatch(new RegExp(`^${process.pid} `));
  expect(refusal()).toMatchObject({
    code: "IDENTITY_IN_USE",
    message: `${folder} is in use by the process ${process.pid}; end that one, or give another directory with --data`,
  });
});

test("what a process that is gone has left behind is taken over", async () => {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await new Promise((resolve) => {
    child.once("close", resolve);
  });
  writeFileSync(lock, `${child.pid} 1\n`);
  expect(refusal()).toBeUndefined();
  expect(readFileSync(lock, "utf8")).toMatch(new RegExp(`^${process.pid} `));
});

test.each(["", "garbage", "-1 5", "0"])("a lock that says %j is nobody's", (text) => {
  writeFileSync(lock, text);
  expect(refusal()).toBeUndefined();
});

test.runIf(existsSync("/proc/self/stat"))(
  "another process with the number of the holder is not the holder",
  () => {
    writeFileSync(lock, `${process.ppid} 1\n`);
    expect(refusal()).toBeUndefined();
  },
);

test("a folder that cannot be written is named", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => lockFolder(file)).toThrow(/cannot write .*file.lock: ENOTDIR/);
});
