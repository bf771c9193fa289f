import { createWriteStream, type WriteStream } from "node:fs";
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

/** Everything that all nodes print: on the console with a prefix and a colour for each, and in a file without colours. */
export class Console {
  readonly #file: WriteStream;
  readonly #quiet: boolean;
  readonly #colours = new Map<string, (typeof COLOURS)[number]>();

  /**
   * @param path the file; what it held before is gone.
   * @param quiet prints nothing on the console.
   */
  constructor(path: string, quiet: boolean, onError: (error: P2PError) => void) {
    this.#quiet = quiet;
    this.#file = createWriteStream(path);
    this.#file.on("error", (error) => {
      onError(new P2PError("DISK_FAILED", `cannot write ${path}: ${error.message}`, error));
    });
  }

  /** A line of one node. */
  line(node: string, line: string): void {
    const prefix = `[${node}]`.padEnd(12);
    this.#file.write(`${prefix}${line}\n`);
    if (!this.#quiet) console.log(paint(this.#colourOf(node), prefix) + line);
  }

  /** A line of the launcher itself. */
  say(line: string): void {
    this.#file.write(`${line}\n`);
    if (!this.#quiet) console.log(paint("bold", line));
  }

  close(done: () => void): void {
    this.#file.end(done);
  }

  #colourOf(node: string): (typeof COLOURS)[number] {
    const known = this.#colours.get(node);
    if (known) return known;
    const colour = COLOURS[this.#colours.size % COLOURS.length] as (typeof COLOURS)[number];
    this.#colours.set(node, colour);
    return colour;
  }
}

/** Colours are for people: none in a pipe, and none for who wants none (no-color.org). */
function paint(format: Parameters<typeof styleText>[0], text: string): string {
  return process.stdout.isTTY && !process.env["NO_COLOR"] ? styleText(format, text) : text;
}
