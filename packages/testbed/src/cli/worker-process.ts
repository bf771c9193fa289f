import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Task } from "./worker.ts";

const RUNNER = fileURLToPath(new URL("../../../../scripts/run.mjs", import.meta.url));
const WORKER = fileURLToPath(new URL("./worker.ts", import.meta.url));

/** A worker that ended without an answer. */
export class WorkerLost extends Error {}

/** A process that runs worlds, one at a time. One that is lost is replaced when it is asked the next time. */
export class WorkerProcess {
  #child: ChildProcess | undefined;
  #isKilled = false;

  /**
   * Asks it to do one thing; not before the last one is done.
   * @throws WorkerLost (as rejection) when it ends instead, or was killed.
   */
  ask(task: Task): Promise<Answer> {
    if (this.#isKilled) return Promise.reject(new WorkerLost("it was ended"));
    this.#child ??= fork(RUNNER, [WORKER], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null): void => {
        child.off("message", answered);
        this.#child = undefined;
        reject(new WorkerLost(`its process ended with ${signal ?? `exit code ${code}`}`));
      };
      const answered = (answer: Answer): void => {
        child.off("exit", ended);
        resolve(answer);
      };
      child.once("exit", ended);
      child.once("message", answered);
      child.send(task);
    });
  }

  /** Ends the process, whatever it does. */
  kill(): void {
    this.#isKilled = true;
    this.#child?.kill("SIGKILL");
  }
}
