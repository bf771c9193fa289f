import {
  appendFile,
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  ftruncate,
  open,
  readFile,
  rename,
  writeFile,
} from "node:fs";
import { dirname } from "node:path";
import { P2PError } from "@p2p/identity";
import type { DiskDone } from "../disk.ts";
import { Serial } from "./serial.ts";

type Finish = (error?: NodeJS.ErrnoException | null) => void;

/** Only its owner may read a file: votes and lists are nobody else's. */
const FILE_MODE = 0o600;
const EXISTING = constants.O_WRONLY | constants.O_APPEND;

/** One file of a disk: does what it is asked for in that order, and keeps the file open for the next time. */
export class NodeFile {
  readonly #path: string;
  readonly #serial = new Serial();
  #descriptor: number | undefined;
  /** Whether the directory is known to remember the file. */
  #isEntrySynced = false;
  /**
   * Why nothing more is written. After a failed write the end of the file is unknown; after a failed sync the system
   * may forget what it could not write and report success the next time.
   */
  #fault: P2PError | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  read(done: (error: P2PError | undefined, bytes: Uint8Array | undefined) => void): void {
    this.#serial.add((next) =>
      readFile(this.#path, (error, content) => {
        next();
        if (this.#isClosed) return;
        if (error) done(isMissing(error) ? undefined : this.#failed("read", error), undefined);
        else done(undefined, new Uint8Array(content));
      }),
    );
  }

  append(bytes: Uint8Array, done: DiskDone): void {
    this.#change("append to", done, (finish) =>
      this.#opened(EXISTING | constants.O_CREAT, finish, (descriptor) =>
        appendFile(descriptor, bytes, finish),
      ),
    );
  }

  sync(done: DiskDone): void {
    this.#change("sync", done, (finish) =>
      this.#opened(EXISTING, finish, (descriptor) =>
        fdatasync(
          descriptor,
          then(finish, () => this.#syncEntry(finish)),
        ),
      ),
    );
  }

  truncate(length: number, done: DiskDone): void {
    this.#change("truncate", done, (finish) =>
      this.#opened(EXISTING, finish, (descriptor) => shorten(descriptor, length, finish)),
    );
  }

  replace(bytes: Uint8Array, done: DiskDone): void {
    const temporary = `${this.#path}.new`;
    this.#serial.add((next) => {
      const finish: Finish = (error) => {
        if (!error) this.#fault = undefined; // nothing of what was there before is left
        next();
        this.#answer("replace", done, error);
      };
      const swap = (): void =>
        rename(
          temporary,
          this.#path,
          then(finish, () => this.#syncEntry(finish)),
        );
      this.#release(() => writeDurably(temporary, bytes, then(finish, swap)));
    });
  }

  /** Drops what has not begun, and every answer. */
  close(): void {
    this.#isClosed = true;
    this.#serial.clear();
    this.#serial.add((next) => this.#release(next));
  }

  /** Runs `operation` in its turn, unless an earlier one failed; a failure of this one is the last. */
  #change(verb: string, done: DiskDone, operation: (finish: Finish) => void): void {
    this.#serial.add((next) => {
      if (this.#fault !== undefined) {
        setImmediate(() => {
          next();
          if (!this.#isClosed) done(this.#fault);
        });
        return;
      }
      operation((error) => {
        if (error) this.#fault = this.#failed(verb, error);
        next();
        if (!this.#isClosed) done(this.#fault);
      });
    });
  }

  #answer(verb: string, done: DiskDone, error?: Error | null): void {
    if (this.#isClosed) return;
    if (error) done(this.#failed(verb, error));
    else done();
  }

  /** Goes on with the open file. Where `flags` do not make it and there is none, there is nothing to do either. */
  #opened(flags: number, finish: Finish, use: (descriptor: number) => void): void {
    if (this.#descriptor !== undefined) {
      use(this.#descriptor);
      return;
    }
    open(this.#path, flags, FILE_MODE, (error, descriptor) => {
      if (error) {
        finish(isMissing(error) && (flags & constants.O_CREAT) === 0 ? undefined : error);
        return;
      }
      this.#descriptor = descriptor;
      use(descriptor);
    });
  }

  /** Once for each time the file is opened: who made it may have crashed before he did so. */
  #syncEntry(finish: Finish): void {
    if (this.#isEntrySynced) {
      finish();
      return;
    }
    syncDirectory(
      dirname(this.#path),
      then(finish, () => {
        this.#isEntrySynced = true;
        finish();
      }),
    );
  }

  #release(next: () => void): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    this.#isEntrySynced = false;
    if (descriptor === undefined) next();
    else close(descriptor, () => next());
  }

  #failed(verb: string, cause: Error): P2PError {
    return new P2PError("DISK_FAILED", `cannot ${verb} ${this.#path}: ${cause.message}`, cause);
  }
}

/** A callback that goes on with `next`, or gives up with `finish`. */
function then(finish: Finish, next: () => void): Finish {
  return (error) => {
    if (error) finish(error);
    else next();
  };
}

function writeDurably(path: string, bytes: Uint8Array, finish: Finish): void {
  writeFile(path, bytes, { mode: FILE_MODE, flush: true }, finish);
}

function shorten(descriptor: number, length: number, finish: Finish): void {
  fstat(descriptor, (error, stats) => {
    if (error || stats.size <= length) finish(error);
    else
      ftruncate(
        descriptor,
        length,
        then(finish, () => fsync(descriptor, finish)),
      );
  });
}

function syncDirectory(path: string, finish: Finish): void {
  open(path, "r", (error, descriptor) => {
    if (error) {
      // Windows opens no directories, and needs no such sync.
      finish(error.code === "EISDIR" || error.code === "EPERM" ? undefined : error);
      return;
    }
    fsync(descriptor, (failure) => close(descriptor, () => finish(failure)));
  });
}

function isMissing({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT";
}
