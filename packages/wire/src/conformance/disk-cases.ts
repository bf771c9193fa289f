import type { P2PError } from "@p2p/identity";
import type { Disk, DiskDone } from "../disk.ts";
import { type ConformanceCase, expect, expectSame, guarded } from "./case.ts";

/** What a disk's author supplies; every case takes a kit of its own. */
export interface DiskKit {
  /** A disk over the same files each time; none of them exists at first. The one before is closed by then. */
  open(): Disk;
}

/** The contract of a {@link Disk}, as far as it can be seen without a crash. */
export const diskCases: readonly ConformanceCase<DiskKit>[] = [
  story("a file that nobody wrote reads as undefined", (desk) => {
    desk.expectFile("log", undefined, () => desk.end());
  }),

  story("appends make the file, and stand in the order of the calls", (desk) => {
    for (const text of ["one ", "two ", "three"]) desk.append("log", text);
    desk.expectFile("log", "one two three", () => desk.end());
  }),

  story("what was read is the caller's own", (desk) => {
    desk.append("log", "text");
    desk.read("log", (bytes) => {
      bytes?.fill(0);
      desk.expectFile("log", "text", () => desk.end());
    });
  }),

  story("what was synced is there when the disk is opened again", (desk) => {
    desk.append("log", "kept");
    desk.sync("log", () => {
      desk.reopen();
      desk.append("log", " and more");
      desk.expectFile("log", "kept and more", () => desk.end());
    });
  }),

  story("a file that is not there can be synced and truncated: nothing happens", (desk) => {
    desk.sync("log");
    desk.truncate("log", 3);
    desk.expectFile("log", undefined, () => desk.end());
  }),

  story("truncate keeps the first bytes, and the next append follows them", (desk) => {
    desk.append("log", "keep this, not this");
    desk.truncate("log", 9);
    desk.append("log", "!");
    desk.expectFile("log", "keep this!", () => desk.end());
  }),

  story("truncate never makes a file longer", (desk) => {
    desk.append("log", "short");
    desk.truncate("log", 100);
    desk.expectFile("log", "short", () => desk.end());
  }),

  story("replace puts new bytes in place of the whole file, and appends follow them", (desk) => {
    desk.append("list", "a long old content");
    desk.replace("list", "new");
    desk.append("list", "er");
    desk.replace("other", "made");
    desk.expectFile("list", "newer", () => desk.expectFile("other", "made", () => desk.end()));
  }),

  story("what was replaced is there when the disk is opened again", (desk) => {
    desk.replace("list", "old");
    desk.replace("list", "new", () => {
      desk.reopen();
      desk.expectFile("list", "new", () => desk.end());
    });
  }),

  story("an empty file is not a missing one", (desk) => {
    desk.replace("list", "");
    desk.expectFile("list", "", () => desk.end());
  }),

  story("operations on one file are answered in the order of the calls", (desk) => {
    const answered: string[] = [];
    const say = (name: string) => (): void => void answered.push(name);
    desk.append("log", "abc", say("append"));
    desk.sync("log", say("sync"));
    desk.replace("log", "def", say("replace"));
    desk.truncate("log", 1, say("truncate"));
    desk.expectFile("log", "d", () => {
      expectSame(answered, ["append", "sync", "replace", "truncate"], "the order");
      desk.end();
    });
  }),

  story("a closed disk answers nobody", (desk) => {
    const unheard = (): void => desk.fail(new Error("answered after close"));
    desk.append("log", "x", unheard);
    desk.read("log", unheard);
    desk.read("other", unheard);
    desk.disk.close();
    desk.sync("log", unheard);
    desk.reopen();
    // The answers about another file give those that must not come the time to come.
    desk.append("other", "y");
    desk.sync("other", () => desk.end());
  }),
];

/** One case while it runs: a disk, and the checks that each answer comes after its call has returned, and is no error. */
class Desk {
  disk: Disk;
  readonly #kit: DiskKit;
  readonly #done: (failure?: Error) => void;
  #isOver = false;

  constructor(kit: DiskKit, done: (failure?: Error) => void) {
    this.#kit = kit;
    this.#done = done;
    this.disk = kit.open();
  }

  reopen(): void {
    this.disk.close();
    this.disk = this.#kit.open();
  }

  append(file: string, text: string, then?: () => void): void {
    this.#ask("append", then, (done) => this.disk.append(file, bytesOf(text), done));
  }

  sync(file: string, then?: () => void): void {
    this.#ask("sync", then, (done) => this.disk.sync(file, done));
  }

  truncate(file: string, length: number, then?: () => void): void {
    this.#ask("truncate", then, (done) => this.disk.truncate(file, length, done));
  }

  replace(file: string, text: string, then?: () => void): void {
    this.#ask("replace", then, (done) => this.disk.replace(file, bytesOf(text), done));
  }

  read(file: string, then: (bytes: Uint8Array | undefined) => void): void {
    let content: Uint8Array | undefined;
    this.#ask(
      "read",
      () => then(content),
      (done) =>
        this.disk.read(file, (error, bytes) => {
          content = bytes;
          done(error);
        }),
    );
  }

  expectFile(file: string, expected: string | undefined, then: () => void): void {
    this.read(file, (bytes) => {
      expectSame(bytes && textOf(bytes), expected, `the content of ${file}`);
      then();
    });
  }

  end(): void {
    this.#finish(undefined);
  }

  fail(failure: Error): void {
    this.#finish(failure);
  }

  #ask(what: string, then: (() => void) | undefined, call: (done: DiskDone) => void): void {
    let isCalling = true;
    const answered = (error?: P2PError): void => {
      expect(!isCalling, `${what} was answered inside the call`);
      if (error !== undefined) throw error;
      then?.();
    };
    call((error) =>
      guarded(
        () => answered(error),
        (failure) => this.fail(failure),
      ),
    );
    isCalling = false;
  }

  #finish(failure: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.disk.close();
    this.#done(failure);
  }
}

function story(name: string, tell: (desk: Desk) => void): ConformanceCase<DiskKit> {
  return {
    name,
    run(kit, done) {
      const desk = new Desk(kit, done);
      guarded(
        () => tell(desk),
        (failure) => desk.fail(failure),
      );
    },
  };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
