import { spawn } from "node:child_process";
import type { Mutant } from "../mutant.ts";
import { buildMutant } from "./mutant-build.ts";

/** Runs this program again, with the same arguments, on the sources of a mutant; its exit code. */
export async function runMutated(mutant: Mutant, args: readonly string[]): Promise<number> {
  const { sim } = await buildMutant(mutant);
  const child = spawn(process.execPath, ["--enable-source-maps", sim, ...args], { stdio: "inherit" });
  // A terminal's Ctrl+C reaches both: the child says what came of it.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}
