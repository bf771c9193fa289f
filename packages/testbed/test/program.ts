import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundle } from "../../../scripts/run.mjs";

const [SIM = "", ATTACKS = "", FUZZ = ""] = await bundle(
  ["sim", "attacks", "fuzz"].map((name) => fileURLToPath(new URL(`../src/cli/${name}.ts`, import.meta.url))),
);

export interface Ended {
  /** The exit code, or the signal. */
  readonly end: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `sim` in a process of its own, whose working directory is `folder`.
 * @param interruptAt sends SIGINT as soon as this was printed.
 */
export function sim(folder: string, args: readonly string[], interruptAt?: string): Promise<Ended> {
  return ran(SIM, folder, args, interruptAt);
}

/** Runs `attacks` as {@link sim} runs the other. */
export function attacks(folder: string, args: readonly string[]): Promise<Ended> {
  return ran(ATTACKS, folder, args);
}

/** Runs `fuzz` as {@link sim} runs the other. */
export function fuzz(folder: string, args: readonly string[]): Promise<Ended> {
  return ran(FUZZ, folder, args);
}

function ran(program: string, folder: string, args: readonly string[], interruptAt?: string): Promise<Ended> {
  const { INIT_CWD: _, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => {
    const isNew = interruptAt !== undefined && !stdout.includes(interruptAt);
    stdout += text.toString();
    // Once: a process that is about to exit has no ear for signals any more.
    if (isNew && stdout.includes(interruptAt)) child.kill("SIGINT");
  });
  child.stderr.on("data", (text: Buffer) => {
    stderr += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ end: signal ?? code, stdout, stderr }));
  });
}
