import { fork } from "node:child_process";
import { BUILD } from "./build.ts";
import { wipeLine } from "./progress-bar.ts";
import type { WorldNews } from "./world.ts";

/**
 * Runs one world in a process of its own: a world leaves nobody else his turn, and may hang, yet Ctrl+C ends it at once.
 * @param args the command line that ordered it.
 * @param json whether standard output is for a document only.
 * @returns its exit code; when it was interrupted, 130, or 1 if it had broken a rule by then.
 */
export function superviseWorld(args: readonly string[], json: boolean): Promise<number> {
  const [file = "", ...before] = BUILD.world;
  const child = fork(file, [...before, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  let isBroken = false;
  let isInterrupted = false;
  child.on("message", (news: WorldNews) => {
    isBroken = news === "broken";
  });
  // From a terminal's Ctrl+C npm makes a second one.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      isInterrupted = true;
      child.kill("SIGKILL");
    });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code !== null && !isInterrupted) return resolve(code);
      if (process.stderr.isTTY) wipeLine(process.stderr);
      const text = isInterrupted ? "Interrupted." : `The world's process ended with ${signal}.`;
      if (json || !isInterrupted) console.error(text);
      else console.log(text);
      resolve(isInterrupted && !isBroken ? 130 : 1);
    });
  });
}
