import { clearLine, cursorTo } from "node:readline";

const WIDTH = 24;

/** One line at the bottom of a terminal that says how far something is. Shows nothing where there is no terminal. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  #isShown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** @param share from 0 to 1. */
  show(share: number, text: string): void {
    if (!this.#stream.isTTY) return;
    const full = Math.round(WIDTH * Math.min(1, Math.max(0, share)));
    const line = `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${text}`;
    this.clear();
    this.#stream.write(line.slice(0, this.#stream.columns - 1));
    this.#isShown = true;
  }

  /** Makes room for a line of another kind. */
  clear(): void {
    if (!this.#isShown) return;
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
    this.#isShown = false;
  }
}
