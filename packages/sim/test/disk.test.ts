import type { P2PError } from "@p2p/wire";
import { expect, test } from "vitest";
import { type Host, World } from "../src/index.ts";
import { frame } from "./recorder.ts";

function written(world: World, host: Host, text: string, synced: boolean): void {
  let isDone = false;
  const done = (error?: P2PError): void => {
    if (error) throw error;
    isDone = true;
  };
  host.disk.append("log", frame(text), synced ? () => undefined : done);
  if (synced) host.disk.sync("log", done);
  expect(world.runUntil(() => isDone, 1000)).toBe(true);
}

function contents(host: Host): string | undefined {
  const bytes = host.platter.bytesOf("log");
  return bytes && new TextDecoder().decode(bytes);
}

function outcome(world: World, ask: (done: (error?: P2PError) => void) => void): string {
  let answer = "none";
  ask((error) => {
    answer = error?.code ?? "done";
  });
  world.run(1000);
  return answer;
}

test("a crash keeps what was synced, and any first part of what was not: which one, the seed decides", () => {
  const survivors = new Set<string | undefined>();
  for (let seed = 0; seed < 60; seed++) {
    const world = new World({ seed });
    const host = world.host("a");
    written(world, host, "safe|", true);
    written(world, host, "torn", false);
    host.crash();
    const left = contents(host);
    survivors.add(left);
    expect("safe|torn".startsWith(left ?? "")).toBe(true);
    expect(left?.startsWith("safe|")).toBe(true);
  }
  expect(survivors.size).toBe(5);
});

test("a file that was never synced may be gone altogether", () => {
  const left = Array.from({ length: 30 }, (_, seed) => {
    const world = new World({ seed });
    const host = world.host("a");
    written(world, host, "x", false);
    host.crash();
    return contents(host);
  });
  expect(new Set(left)).toEqual(new Set([undefined, "", "x"]));
});

test("an append that is under way at the crash may be there or not, and its callback never comes", () => {
  const left = Array.from({ length: 40 }, (_, seed) => {
    const world = new World({ seed });
    const host = world.host("a");
    written(world, host, "safe|", true);
    host.disk.append("log", frame("more"), () => expect.unreachable());
    host.disk.sync("log", () => expect.unreachable());
    host.crash();
    world.run(1000);
    return contents(host);
  });
  expect(left).toContain("safe|");
  expect(left).toContain("safe|more");
});

test("a replacement that is under way at the crash is the old file or the new one, never a mixture", () => {
  const left = Array.from({ length: 30 }, (_, seed) => {
    const world = new World({ seed });
    const host = world.host("a");
    written(world, host, "old", true);
    host.disk.replace("log", frame("new content"), () => expect.unreachable());
    host.crash();
    return contents(host);
  });
  expect(new Set(left)).toEqual(new Set(["old", "new content"]));
});

test("what a program left behind is what its successor reads; an orderly exit loses nothing", () => {
  const world = new World();
  const host = world.host("a");
  const read: (string | undefined)[] = [];
  host.boot((self) => {
    self.disk.read("log", (_, bytes) => read.push(bytes && new TextDecoder().decode(bytes)));
    self.disk.append("log", frame("entry"), () => undefined);
    return { stop: (exited: () => void) => exited() };
  });
  world.run(100);
  host.stop();
  host.restart();
  world.run(100);
  expect(read).toEqual([undefined, "entry"]);
});

test("an operation that was told to fail does so, and the file takes nothing more until it is replaced", () => {
  const world = new World();
  const host = world.host("a");
  written(world, host, "fine", true);
  host.platter.failNext("sync");
  expect(outcome(world, (done) => host.disk.sync("log", done))).toBe("DISK_FAILED");
  expect(outcome(world, (done) => host.disk.append("log", frame("x"), done))).toBe("DISK_FAILED");
  expect(outcome(world, (done) => host.disk.append("other", frame("x"), done))).toBe("done");
  expect(outcome(world, (done) => host.disk.replace("log", frame("new"), done))).toBe("done");
  expect(outcome(world, (done) => host.disk.append("log", frame("!"), done))).toBe("done");
  expect(contents(host)).toBe("new!");
});

test("failures are counted, or last until the disk is repaired", () => {
  const world = new World();
  const host = world.host("a");
  const replace = (): string => outcome(world, (done) => host.disk.replace("log", frame("x"), done));
  host.platter.failNext("replace", 2);
  expect([replace(), replace(), replace()]).toEqual(["DISK_FAILED", "DISK_FAILED", "done"]);
  host.platter.failNext("replace", Number.POSITIVE_INFINITY);
  expect([replace(), replace()]).toEqual(["DISK_FAILED", "DISK_FAILED"]);
  host.platter.repair();
  expect(replace()).toBe("done");
});

test("a full disk takes what fits, and fails", () => {
  const world = new World();
  const host = world.host("a");
  written(world, host, "12345", true);
  host.platter.capacityBytes = 8;
  expect(outcome(world, (done) => host.disk.append("log", frame("67890"), done))).toBe("DISK_FAILED");
  expect(contents(host)).toBe("12345678");
  expect(outcome(world, (done) => host.disk.replace("log", frame("x"), done))).toBe("DISK_FAILED");
  host.platter.repair();
  host.platter.fill();
  expect(host.platter.capacityBytes).toBe(8);
});

test("a bit may flip, a tail may be torn off, and a whole disk may be lost, while the host is down", () => {
  const world = new World();
  const host = world.host("a");
  written(world, host, "abcdef", true);
  host.crash();
  host.platter.flipBit("log", 1);
  expect(contents(host)).toBe("cbcdef");
  host.platter.tear("log", 2);
  expect(contents(host)).toBe("cbcd");
  host.platter.flipBit("log");
  expect(contents(host)).not.toBe("cbcd");
  expect(() => host.platter.flipBit("log", 32)).toThrow(RangeError);
  expect(() => host.platter.tear("none")).toThrow(RangeError);
  host.wipeDisk();
  expect(host.platter.files).toEqual([]);
});

test("a sync takes its time, longer than an append", () => {
  const world = new World({ disk: { syncMs: { minMs: 20, maxMs: 20 }, callMs: { minMs: 1, maxMs: 1 } } });
  const host = world.host("a");
  const times: number[] = [];
  host.disk.append("log", frame("x"), () => times.push(world.now));
  host.disk.sync("log", () => times.push(world.now));
  world.run(100);
  expect(times).toEqual([1, 21]);
});
