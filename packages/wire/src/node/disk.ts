import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { P2PError } from "@p2p/identity";
import type { Disk, DiskDone } from "../disk.ts";
import { NodeFile } from "./file.ts";

/** Files in one directory, which belongs to this process alone. */
export class NodeDisk implements Disk {
  readonly #directory: string;
  readonly #files = new Map<string, NodeFile>();
  #isClosed = false;

  /**
   * @param directory made, for its owner only, if it is missing.
   * @throws P2PError `DISK_FAILED` when it cannot be made.
   */
  constructor(directory: string) {
    this.#directory = resolve(directory);
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new P2PError("DISK_FAILED", `cannot make the directory ${this.#directory}: ${reason}`, error);
    }
  }

  read(file: string, done: (error: P2PError | undefined, bytes: Uint8Array | undefined) => void): void {
    this.#file(file)?.read(done);
  }

  append(file: string, bytes: Uint8Array, done: DiskDone): void {
    this.#file(file)?.append(bytes, done);
  }

  sync(file: string, done: DiskDone): void {
    this.#file(file)?.sync(done);
  }

  truncate(file: string, length: number, done: DiskDone): void {
    this.#file(file)?.truncate(length, done);
  }

  replace(file: string, bytes: Uint8Array, done: DiskDone): void {
    this.#file(file)?.replace(bytes, done);
  }

  close(): void {
    this.#isClosed = true;
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  /** `undefined` once the disk is closed: nobody is called back then. */
  #file(name: string): NodeFile | undefined {
    if (!/^[\w-][\w.-]*$/.test(name)) throw new TypeError(`not a plain file name: "${name}"`);
    if (this.#isClosed) return undefined;
    let file = this.#files.get(name);
    if (file === undefined) {
      file = new NodeFile(join(this.#directory, name));
      this.#files.set(name, file);
    }
    return file;
  }
}
