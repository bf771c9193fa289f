import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { P2PError } from "@p2p/identity";
import { afterEach, expect, test } from "vitest";
import { diskCases } from "../src/conformance/index.ts";
import type { DiskDone } from "../src/disk.ts";
import { NodeDisk } from "../src/node/index.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test.each(diskCases.map(({ name, run }) => [name, run] as const))("%s", async (_, run) => {
  const folder = freshFolder();
  const failure = await new Promise((resolve) => run({ open: () => new NodeDisk(folder) }, resolve));
  expect(failure).toBeUndefined();
});

test("a missing directory is made, for its owner only, and so is a file", async () => {
  const folder = join(freshFolder(), "some", "where");
  const disk = new NodeDisk(folder);
  await done((answer) => disk.append("log", Uint8Array.of(1), answer));
  await done((answer) => disk.replace("list", Uint8Array.of(1), answer));
  const modes = [folder, join(folder, "log"), join(folder, "list")].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

test("a directory that cannot be made is named, with the system's reason", () => {
  const file = join(freshFolder(), "file");
  writeFileSync(file, "");
  const made = (): NodeDisk => new NodeDisk(join(file, "data"));
  expect(made).toThrow(P2PError);
  expect(made).toThrow(`cannot make the directory ${join(file, "data")}: ENOTDIR`);
});

test.each(["", ".", "..", "../log", "a/b", "/etc/passwd", ".hidden", "a b"])(
  "%j is no plain file name: the caller's bug",
  (name) => {
    expect(() => new NodeDisk(freshFolder()).append(name, Uint8Array.of(1), () => {})).toThrow(TypeError);
  },
);

test("every failure has the code DISK_FAILED, the whole path, the system's reason, and its cause", async () => {
  const folder = freshFolder();
  const disk = new NodeDisk(folder);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, ""); // from now on the directory is a file, and nothing can be below it
  const path = join(folder, "log");
  const failures = [
    await done((answer) => disk.append("log", Uint8Array.of(1), answer)),
    await done((answer) => disk.replace("list", Uint8Array.of(1), answer)),
    await done((answer) => disk.read("other", (error) => answer(error))),
    await done((answer) => disk.sync("synced", answer)),
    await done((answer) => disk.truncate("cut", 1, answer)),
  ];
  expect(failures.map((failure) => failure?.code)).toEqual(Array(5).fill("DISK_FAILED"));
  expect(failures[0]?.message).toBe(`cannot append to ${path}: ENOTDIR: not a directory, open '${path}'`);
  expect(failures[0]?.cause).toMatchObject({ code: "ENOTDIR" });
  expect(failures.slice(1).map((failure) => failure?.message.split(":")[0])).toEqual([
    `cannot replace ${join(folder, "list")}`,
    `cannot read ${join(folder, "other")}`,
    `cannot sync ${join(folder, "synced")}`,
    `cannot truncate ${join(folder, "cut")}`,
  ]);
});

test("after a failure a file takes no changes, until it is replaced", async () => {
  const folder = freshFolder();
  const disk = new NodeDisk(folder);
  rmSync(folder, { recursive: true });
  const first = await done((answer) => disk.append("log", Uint8Array.of(1), answer));
  expect(first?.message).toContain("ENOENT");
  new NodeDisk(folder).close(); // the directory is back
  expect(await done((answer) => disk.append("log", Uint8Array.of(2), answer))).toBe(first);
  expect(await done((answer) => disk.sync("log", answer))).toBe(first);
  expect(readdirSync(folder)).toEqual([]);
  expect(await done((answer) => disk.replace("log", Uint8Array.of(3), answer))).toBeUndefined();
  expect(await done((answer) => disk.append("log", Uint8Array.of(4), answer))).toBeUndefined();
  expect([...readFileSync(join(folder, "log"))]).toEqual([3, 4]);
});

test("a crash in the middle of a replacement leaves the old file, and the next one is not disturbed", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "list"), "old");
  writeFileSync(join(folder, "list.new"), "half of something much lon");
  const disk = new NodeDisk(folder);
  expect(await textOf(disk, "list")).toBe("old");
  await done((answer) => disk.replace("list", Buffer.from("new"), answer));
  expect(await textOf(disk, "list")).toBe("new");
  expect(readdirSync(folder)).toEqual(["list"]);
});

test("a reader sees the old content or the new one while a file is being replaced, never a mixture", async () => {
  const folder = freshFolder();
  const [writer, reader] = [new NodeDisk(folder), new NodeDisk(folder)];
  const contents = ["a", "b"].map((letter) => letter.repeat(200_000));
  await done((answer) => writer.replace("list", Buffer.from(contents[0] as string), answer));
  const replaced: unknown[] = [];
  for (let count = 1; count <= 20; count++) {
    writer.replace("list", Buffer.from(contents[count % 2] as string), (error) => replaced.push(error));
  }
  while (replaced.length < 20) expect(contents).toContain(await textOf(reader, "list"));
});

test("a torn end is there to be seen, and to be cut off", async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, "log"), "whole|whole|tor");
  const disk = new NodeDisk(folder);
  expect(await textOf(disk, "log")).toBe("whole|whole|tor");
  disk.truncate("log", 12, () => {});
  await done((answer) => disk.append("log", Buffer.from("next|"), answer));
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("whole|whole|next|");
});

test("an answer that throws does not keep the next operation from its turn", async () => {
  const folder = freshFolder();
  const disk = new NodeDisk(folder);
  const seen = uncaughtError();
  disk.append("log", Uint8Array.of(1), () => {
    throw new Error("bug in the answer");
  });
  await done((answer) => disk.append("log", Uint8Array.of(2), answer));
  expect([...readFileSync(join(folder, "log"))]).toEqual([1, 2]);
  expect(await seen).toBe("bug in the answer");
});

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "p2p-disk-"));
  folders.push(folder);
  return folder;
}

async function done(call: (answer: DiskDone) => void): Promise<P2PError | undefined> {
  return new Promise((resolve) => call((error) => resolve(error)));
}

async function textOf(disk: NodeDisk, file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    disk.read(file, (error, bytes) => (error ? reject(error) : resolve(Buffer.from(bytes ?? []).toString())));
  });
}

/** The next error that nobody catches; the runner's own listeners would call it a failure. */
async function uncaughtError(): Promise<string> {
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const error = await new Promise<Error>((resolve) => process.once("uncaughtException", resolve));
  for (const other of others) process.on("uncaughtException", other);
  return error.message;
}
