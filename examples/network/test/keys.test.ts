import { spawnSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { commandOf, freePorts, Place, type Program, until } from "./program.ts";

const PYTHON = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** Whatever this machine has that runs a command at a pseudo terminal. */
function terminal(command: readonly string[]): [string, ...string[]] | undefined {
  const quoted = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
  if (spawnSync("script", ["--version"]).stdout?.includes("util-linux"))
    return ["script", "-qfec", quoted, "/dev/null"];
  return spawnSync("python3", ["--version"]).status === 0 ? ["python3", "-c", PYTHON, ...command] : undefined;
}

const hasTerminal = terminal([]) !== undefined;

test.runIf(hasTerminal)("the keys add, restart, kill and end, and show how all stand", async () => {
  const place = new Place();
  onTestFinished(() => place.close());
  const port = await freePorts(7);
  const ports = ["--seed-port", String(port), "--peer-port", String(port + 3)];
  const args = [...ports, "--peers", "3", "--data", `${place.folder}/data`, "--profile", "lan"];
  const [command, ...words] = terminal([process.execPath, ...commandOf("start", args)]) ?? [""];
  const run = place.spawn(command, words);
  const press = async (key: string, answer: RegExp): Promise<string> => {
    const before = run.stdout.length;
    run.press(key);
    return run.printed(answer, before);
  };

  await run.printed(/Keys: k kills/);
  await run.printed(/First time received/);
  expect(await press("s", /peer \d+ +degree/)).toMatch(/degree 2 +sent \d+, seen \d+, neighbours: \d+ \d+/);
  expect(run.stdout.filter((line) => /seed \d+ +fresh +list: \d+ \d+ \d+/.test(line))).toHaveLength(3);

  await press("a", new RegExp(`\\*\\*\\* peer ${port + 6} added`));
  await run.printed(new RegExp(`\\[peer ${port + 6}\\].*Registered; 3 other members`));
  await press("r", /\*\*\* peer \d+ restarted/);
  await press("", /Registered; 3 other members/);
  await press("l", /Peer removed from PL/);
  await press("k", /REMOVE CONSENSUS ACHIEVED: .*\(dead\)/);
  await press("x", /Keys: k kills/);
  await neighboursOfTwo(run, press);

  run.press("q");
  expect(await run.ended).toBe(0);
  await until(() => place.pids().length === 0, "the end of all processes");
});

/** Asks again until the two that are left stand in the table, and the others as gone. */
async function neighboursOfTwo(
  run: Program,
  press: (key: string, answer: RegExp) => Promise<string>,
): Promise<void> {
  const rows = (): string[] => run.stdout.slice(-7);
  for (let asked = 0; asked < 50; asked++) {
    await press("s", /peer \d+ +(degree|gone)/);
    await until(() => rows().some((row) => /peer \d+ +/.test(row)), "the table");
    if (rows().filter((row) => /peer \d+ +gone/.test(row)).length === 2) return;
  }
  throw new Error(`not two peers gone:\n${rows().join("\n")}`);
}

test.skipIf(hasTerminal)("the keys were not tried: there is neither util-linux' script nor python3", () => {
  expect(hasTerminal).toBe(false);
});
