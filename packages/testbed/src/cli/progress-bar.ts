import { clearLine, cursorTo } from "node:readline";

/** So narrow that what is said of a swarm fits beside it into {@link COLUMNS}. */
const WIDTH = 10;
/** Of a terminal that does not know: `script` and `docker` begin with 0. */
const COLUMNS = 80;

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
    // The last column is left free: some terminals begin a new line there.
    this.#stream.write(line.slice(0, (this.#stream.columns || COLUMNS) - 1));
    this.#isShown = true;
  }

  /** Makes room for a line of another kind. */
  clear(): void {
    if (this.#isShown) wipeLine(this.#stream);
    this.#isShown = false;
  }
}

/** Empties the line of a terminal in which the cursor is. */
export function wipeLine(stream: NodeJS.WriteStream): void {
  cursorTo(stream, 0);
  clearLine(stream, 0);
}
