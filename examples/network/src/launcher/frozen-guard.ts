import { type ChildProcess, spawn } from "node:child_process";

/**
 * Kills a frozen process when the launcher ends, however that comes: a process that is stopped cannot notice, and would
 * stay for good. A shell waits for the end of the pipe that only the launcher holds.
 */
export class FrozenGuard {
  readonly #shell: ChildProcess;

  constructor(pid: number) {
    this.#shell = spawn("sh", ["-c", 'read -r _; kill -KILL "$0"', String(pid)], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true, // what a terminal tells everybody would end it too soon
    });
    this.#shell.on("error", () => undefined); // no shell: then a launcher that is killed leaves it behind
    this.#shell.stdin?.on("error", () => undefined);
    this.#shell.unref();
  }

  /** The process is gone: its number may be another's soon. */
  dismiss(): void {
    this.#shell.kill("SIGKILL");
  }
}
