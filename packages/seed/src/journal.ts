import { concatBytes, P2PError } from "@p2p/identity";
import type { Disk, DiskDone } from "@p2p/wire";
import { encodeRecord, readRecords } from "./record-file.ts";

/** What a {@link Journal} is made of. */
export interface JournalOptions {
  readonly disk: Disk;
  /** Name of the file. */
  readonly file: string;
  /** What to do when the file is damaged, as a sentence. */
  readonly fix: string;
  /** Everything that has to be in the file now, as payloads: it takes the place of a file that has doubled. */
  readonly contents: () => Iterable<Uint8Array>;
}

/** What is wrong with a record: that it is damaged, and how, or that it is whole and belongs to somebody else. */
export type RecordFault = string | { readonly foreign: string };

/** A file below this size is not rewritten. */
const REWRITE_BYTES_MIN = 65_536;

/**
 * A file of records that grows at its end. What comes while a write is under way is written together afterwards, with
 * one sync for all. After a failed write the file's end is unknown, so the next write replaces the whole file.
 */
export class Journal {
  readonly #options: JournalOptions;
  #waiting: { readonly bytes: Uint8Array; readonly done: DiskDone }[] = [];
  #isBusy = false;
  #mustRewrite = false;
  #length = 0;
  #rewriteAt = REWRITE_BYTES_MIN;
  #idle: (() => void)[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /**
   * Reads the file and cuts a torn tail.
   * @param take gets each payload, a view that it may keep; answers with what is wrong with it, if anything.
   * @param done gets `STORE_CORRUPT`, with the file, the offset and the fix, or `DISK_FAILED`. Once, before any append.
   */
  open(take: (payload: Uint8Array) => RecordFault | undefined, done: DiskDone): void {
    const { disk, file } = this.#options;
    disk.read(file, (error, bytes = new Uint8Array(0)) => {
      if (error) return done(error);
      const { records, end, damage } = readRecords(bytes);
      for (const { offset, payload } of records) {
        const fault = take(payload);
        if (fault !== undefined) return done(this.#corrupt(offset, fault));
      }
      if (damage) return done(this.#corrupt(damage.offset, damage.detail));
      this.#length = end;
      this.#rewriteAt = Math.max(REWRITE_BYTES_MIN, 2 * end);
      if (end === bytes.length) return done();
      disk.truncate(file, end, done);
    });
  }

  /** Adds a record. `done` runs once it is on stable storage, or is not; never inside this call. */
  append(payload: Uint8Array, done: DiskDone): void {
    this.#waiting.push({ bytes: encodeRecord(payload), done });
    this.#write();
  }

  /** Runs `done` once nothing is waiting to be written: now, if so. */
  whenIdle(done: () => void): void {
    if (this.#isBusy || this.#waiting.length > 0) this.#idle.push(done);
    else done();
  }

  #write(): void {
    if (this.#isBusy || this.#waiting.length === 0) return;
    this.#isBusy = true;
    const batch = this.#waiting.splice(0);
    const bytes = concatBytes(batch.map((waiting) => waiting.bytes));
    const written = (length: number) => (error?: P2PError) => {
      if (error) this.#mustRewrite = true;
      else this.#length = length;
      this.#isBusy = false;
      for (const { done } of batch) done(error);
      this.#write();
      if (!this.#isBusy) for (const done of this.#idle.splice(0)) done();
    };
    if (this.#mustRewrite || this.#length + bytes.length > this.#rewriteAt) this.#rewrite(bytes, written);
    else this.#extend(bytes, written(this.#length + bytes.length));
  }

  #extend(bytes: Uint8Array, done: DiskDone): void {
    const { disk, file } = this.#options;
    disk.append(file, bytes, (error) => (error ? done(error) : disk.sync(file, done)));
  }

  #rewrite(bytes: Uint8Array, written: (length: number) => DiskDone): void {
    const { disk, file, contents } = this.#options;
    const whole = concatBytes([...Array.from(contents(), encodeRecord), bytes]);
    disk.replace(file, whole, (error) => {
      if (!error) {
        this.#mustRewrite = false;
        this.#rewriteAt = Math.max(REWRITE_BYTES_MIN, 2 * whole.length);
      }
      written(whole.length)(error);
    });
  }

  #corrupt(offset: number, fault: RecordFault): P2PError {
    const { file, fix } = this.#options;
    // To restore or delete a file that is whole would be the wrong cure.
    if (typeof fault !== "string")
      return new P2PError(
        "STORE_CORRUPT",
        `${file} is whole, but not of this seed in this network: at byte ${offset} is ${fault.foreign}. ` +
          "Leave it as it is, and start with the configuration, key and directory that belong together",
      );
    const detail = fault;
    return new P2PError("STORE_CORRUPT", `${file} is damaged at byte ${offset}: ${detail}. ${fix}`);
  }
}

/**
 * What is in a file that a {@link Journal} has written, without a torn tail.
 * @throws P2PError `STORE_CORRUPT`.
 */
export function readPayloads(file: string, bytes: Uint8Array): Uint8Array[] {
  const { records, damage } = readRecords(bytes);
  if (damage === undefined) return records.map(({ payload }) => payload);
  throw new P2PError("STORE_CORRUPT", `${file} is damaged at byte ${damage.offset}: ${damage.detail}`);
}
