/** Work that ends some time later by calling `next`, once. */
export type Task = (next: () => void) => void;

/** Runs tasks one at a time, in the order they were added. */
export class Serial {
  #waiting: Task[] = [];
  #isRunning = false;

  /** Runs `task` when those before it have ended; now, if there are none. */
  add(task: Task): void {
    this.#waiting.push(task);
    if (!this.#isRunning) this.#next();
  }

  /** Forgets the tasks that have not begun. */
  clear(): void {
    this.#waiting = [];
  }

  #next(): void {
    const task = this.#waiting.shift();
    this.#isRunning = task !== undefined;
    task?.(() => this.#next());
  }
}
