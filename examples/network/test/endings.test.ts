import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandOf, freePorts, Place, type Program, ROOT, until } from "./program.ts";

let place: Place;

beforeEach(() => {
  place = new Place();
});

afterEach(() => place.close());

async function options(): Promise<string[]> {
  const port = await freePorts(3);
  const ports = ["--seed-port", String(port), "--peer-port", String(port + 1)];
  return ["--seeds", "1", "--peers", "2", ...ports, "--data", `${place.folder}/data`, "--profile", "lan"];
}

/** The network runs, and shows that: one message has gone round. */
async function hasGossiped(program: Program): Promise<void> {
  await program.printed(/First time received/);
  expect(place.pids().length).toBeGreaterThanOrEqual(3);
}

/** The nodes that are there when there should be none any more. */
async function leftOver(): Promise<number[]> {
  await until(() => place.pids().length === 0, "the end of all processes");
  return place.pids();
}

function isFrozen(): boolean {
  const table = execFileSync("ps", ["-eo", "stat=,args="], { encoding: "utf8" });
  return table.split("\n").some((line) => line.startsWith("T") && line.includes(place.folder));
}

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
  ["SIGKILL", "SIGKILL"],
] as const)("%s at the launcher ends all nodes", async (signal, how) => {
  const launcher = place.run("start", ...(await options()));
  await hasGossiped(launcher);
  launcher.kill(signal);
  expect(await launcher.ended).toBe(how);
  expect(await leftOver()).toEqual([]);
  expect(launcher.stderr).toEqual([]);
});

// Only Linux tells who npm's shell belongs to.
const npmSignals = process.platform === "linux" ? (["SIGTERM", "SIGKILL"] as const) : (["SIGTERM"] as const);

test.each(npmSignals)("%s at npm ends all nodes", async (signal) => {
  const npm = place.spawn("npm", ["--silent", "--prefix", ROOT, "start", "--", ...(await options())]);
  await hasGossiped(npm);
  npm.kill(signal);
  expect(await leftOver()).toEqual([]);
});

test("a launcher that nobody reads any more ends", async () => {
  const command = [process.execPath, ...commandOf("start", await options())];
  const shell = place.spawn("sh", ["-c", '"$@" | head -n 3', "sh", ...command]);
  await shell.ended;
  expect(shell.stdout).toHaveLength(3);
  expect(await leftOver()).toEqual([]);
});

test("SIGKILL at the launcher ends even the nodes that it has frozen", async () => {
  const launcher = place.run("start", ...(await options()), "--duration", "60", "--freeze", "1");
  await launcher.printed(/\*\*\* peer \d+ frozen/);
  await until(isFrozen, "a frozen node");
  launcher.kill("SIGKILL");
  expect(await leftOver()).toEqual([]);
});
