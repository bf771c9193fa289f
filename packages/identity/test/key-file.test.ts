import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { P2PError } from "../src/index.ts";
import { createKeyFile, readKeyFile, readOrCreateKeyFile } from "../src/node/index.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "p2p-key-"));
  path = join(folder, "deep", "node.key");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function failure(): P2PError {
  try {
    readOrCreateKeyFile(path);
  } catch (error) {
    if (error instanceof P2PError) return error;
    throw error;
  }
  throw new Error("the key file was accepted");
}

describe("a key file", () => {
  test("is made when missing, readable by its owner only, and read again", () => {
    const { id } = readOrCreateKeyFile(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readOrCreateKeyFile(path).id).toBe(id);
  });

  test.runIf(process.platform !== "win32")(
    "that others may read is refused, with the command that mends it",
    () => {
      readOrCreateKeyFile(path);
      chmodSync(path, 0o640);
      expect(failure()).toMatchObject({ code: "KEY_FILE_OPEN", message: expect.stringContaining(path) });
      expect(failure().message).toContain(`chmod 600 ${path}`);
    },
  );

  test.each(["", "abc", `${"0".repeat(63)}g\n`, `${"0".repeat(64)}\n\n`])(
    "that holds %j is refused, and left alone",
    (text) => {
      readOrCreateKeyFile(path);
      writeFileSync(path, text);
      expect(failure()).toMatchObject({ code: "KEY_FILE_INVALID", message: expect.stringContaining(path) });
      expect(readFileSync(path, "latin1")).toBe(text);
    },
  );

  test("that has to be there is not made, and one that has to be new is not overwritten", () => {
    expect(() => readKeyFile(path)).toThrow(`there is no key file ${path}`);
    const { id } = createKeyFile(path);
    expect(readKeyFile(path).id).toBe(id);
    expect(() => createKeyFile(path)).toThrow(`there is a key file ${path} already`);
    expect(readKeyFile(path).id).toBe(id);
  });

  test("in a place where nothing can be made is an error that names it", () => {
    writeFileSync(join(folder, "deep"), "a file, not a folder");
    expect(failure()).toMatchObject({ code: "DISK_FAILED", message: expect.stringContaining(path) });
  });
});
