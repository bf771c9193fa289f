import { spawn } from "node:child_process";
import type { Mutant } from "../mutant.ts";
import { buildMutant } from "./mutant-build.ts";

/** Runs this program again, with the same arguments, on the sources of a mutant; its exit code. */
export async function runMutated(mutant: Mutant, args: readonly string[]): Promise<number> {
  const { sim } = await buildMutant(mutant);
  const child = spawn(process.execPath, ["--enable-source-maps", sim, ...args], { stdio: "inherit" });
  // The child says what came of it. A terminal's Ctrl+C reaches both, and twice does nothing.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
