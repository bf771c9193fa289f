import { type ChildProcess, fork } from "node:child_process";
import { BUILD } from "./build.ts";
import type { Answer, Task } from "./worker.ts";

/** Does tasks, one at a time. */
export interface Worker {
  /**
   * Asks it to do something; not before the last task is done.
   * @throws WorkerLost (as rejection) when it ends instead.
   */
  ask(task: Task): Promise<Answer>;
  /** Ends it, whatever it does. */
  kill(): void;
}

/** A worker that ended without an answer. */
export class WorkerLost extends Error {}

/** A worker in a process of its own. One that is lost is replaced when it is asked the next time. */
export class WorkerProcess implements Worker {
  readonly #program: readonly string[];
  #child: ChildProcess | undefined;
  #isKilled = false;

  /** @param program what it runs, with its arguments. Default: that of this build. */
  constructor(program: readonly string[] = BUILD.worker) {
    this.#program = program;
  }

  ask(task: Task): Promise<Answer> {
    if (this.#isKilled) return Promise.reject(new WorkerLost("it was ended"));
    this.#child ??= this.#begin();
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null): void => {
        child.off("message", answered);
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

  kill(): void {
    this.#isKilled = true;
    this.#child?.kill("SIGKILL");
  }

  /** Ends what it does now; it may be asked again. */
  drop(): void {
    this.#child?.kill("SIGKILL");
  }

  #begin(): ChildProcess {
    const [file = "", ...args] = this.#program;
    // Not as JSON, to which infinity is null: what never happened would have taken no time.
    const child = fork(file, args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      serialization: "advanced",
    });
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.on("error", () => undefined); // a task that cannot be handed over: its end is told, too
    return child;
  }
}
