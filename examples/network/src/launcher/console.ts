import { closeSync, createWriteStream, openSync, type WriteStream } from "node:fs";
import { styleText } from "node:util";
import { P2PError } from "@p2p/identity";

const COLOURS = [
  "cyan",
  "green",
  "yellow",
  "magenta",
  "blue",
  "cyanBright",
  "greenBright",
  "magentaBright",
] as const;

type Format = Parameters<typeof styleText>[0];

/** Everything that all nodes print: on the console with a prefix and a colour for each, and in a file without colours. */
export class Console {
  /** Why the file is not complete, if it is not. The console goes on. */
  fault: P2PError | undefined;
  readonly #file: WriteStream;
  readonly #quiet: boolean;
  readonly #colours = new Map<string, (typeof COLOURS)[number]>();

  /**
   * @param path the file; what it held before is gone.
   * @param quiet prints nothing on the console.
   * @param broken told once if the file cannot be written any more.
   * @throws P2PError `DISK_FAILED` when the file cannot be opened.
   */
  constructor(path: string, quiet: boolean, broken: (error: P2PError) => void) {
    this.#quiet = quiet;
    empty(path);
    this.#file = createWriteStream(path, { flags: "a" });
    this.#file.on("error", (error) => {
      this.fault ??= cannotWrite(path, error);
      broken(this.fault);
    });
  }

  /** A line of one node; `fault` if it complains. */
  line(node: string, line: string, fault: boolean): void {
    const prefix = `${`[${node}]`.padEnd(11)} `;
    this.#write(prefix + line);
    if (!this.#quiet) console.log(paint(this.#colourOf(node), prefix) + (fault ? paint("red", line) : line));
  }

  /** A line of the launcher itself. */
  say(line: string): void {
    this.#write(line);
    if (!this.#quiet) console.log(paint("bold", line));
  }

  close(done: () => void): void {
    if (this.fault) done();
    else this.#file.end(done);
  }

  #write(line: string): void {
    if (!this.fault) this.#file.write(`${line}\n`);
  }

  #colourOf(node: string): (typeof COLOURS)[number] {
    const known = this.#colours.get(node);
    if (known) return known;
    const colour = COLOURS[this.#colours.size % COLOURS.length] as (typeof COLOURS)[number];
    this.#colours.set(node, colour);
    return colour;
  }
}

function empty(path: string): void {
  try {
    closeSync(openSync(path, "w"));
  } catch (error) {
    throw cannotWrite(path, error as Error);
  }
}

function cannotWrite(path: string, error: Error): P2PError {
  return new P2PError("DISK_FAILED", `cannot write ${path}: ${error.message}`, error);
}

/** Colours are for people: none in a pipe, and none for who wants none (no-color.org). */
function paint(format: Format, text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? styleText(format, text) : text;
}
