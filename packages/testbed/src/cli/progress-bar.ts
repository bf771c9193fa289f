import { clearLine, cursorTo } from "node:readline";

/** So narrow that what is said of a swarm fits beside it into {@link COLUMNS}. */
const WIDTH = 10;
/** Of a terminal that does not know: `script` and `docker` begin with 0. */
const COLUMNS = 80;

/** Eyes see no more. */
const REDRAW_MS = 50;
/** From one line to the next where there is no terminal. */
const LINE_MS = 30_000;

/** How a {@link ProgressBar} is shown. */
export interface ProgressBarOptions {
  /** Default: standard error. */
  readonly stream?: NodeJS.WriteStream;
  /** From one line to the next where there is no terminal, in milliseconds. Default 30 000. */
  readonly lineMs?: number;
  /** Milliseconds since whenever. Default: the machine's clock. */
  readonly now?: () => number;
}

/**
 * One line at the bottom of a terminal that says how far something is. Where there is no terminal, a line now and then:
 * what is over soon says nothing.
 */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #lineMs: number;
  readonly #now: () => number;
  #isShown = false;
  #shownAt: number;

  constructor(options: ProgressBarOptions = {}) {
    this.#stream = options.stream ?? process.stderr;
    this.#lineMs = options.lineMs ?? LINE_MS;
    this.#now = options.now ?? ((): number => performance.now());
    this.#shownAt = this.#stream.isTTY ? Number.NEGATIVE_INFINITY : this.#now();
  }

  /** @param share from 0 to 1. */
  show(share: number, text: string): void {
    const now = this.#now();
    if (now - this.#shownAt < (this.#stream.isTTY ? REDRAW_MS : this.#lineMs)) return;
    this.#shownAt = now;
    if (this.#stream.isTTY) this.#draw(share, text);
    else this.#stream.write(`${text}\n`);
  }

  /** Makes room for a line of another kind. */
  clear(): void {
    if (this.#isShown) wipeLine(this.#stream);
    this.#isShown = false;
  }

  #draw(share: number, text: string): void {
    const full = Math.round(WIDTH * Math.min(1, Math.max(0, share)));
    const line = `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${text}`;
    this.clear();
    // The last column is left free: some terminals begin a new line there.
    this.#stream.write(line.slice(0, (this.#stream.columns || COLUMNS) - 1));
    this.#isShown = true;
  }
}

/** Empties the line of a terminal in which the cursor is. */
export function wipeLine(stream: NodeJS.WriteStream): void {
  cursorTo(stream, 0);
  clearLine(stream, 0);
}
