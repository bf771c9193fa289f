import { type Registration, registration } from "@p2p/consensus";
import { type Disk, type DiskDone, incarnation, Malformed, P2PError, read, record, write } from "@p2p/wire";
import { encodeRecord, readRecords } from "../record-file.ts";

/** What a peer must not forget: the incarnation it last announced, and the registration in which it did. */
export interface LastWord {
  readonly incarnation: number;
  readonly registration: Registration;
}

/** Where it is kept, unless the caller says otherwise. */
export const INCARNATION_FILE = "incarnation";

const body = record({ incarnation, registration });

/** The last word of a peer as the bytes of a file: one record, MessagePack `[incarnation, registration]`. PROTOCOL.md §10. */
export function encodeLastWord(word: LastWord): Uint8Array {
  return encodeRecord(write(body, word));
}

/** The last word in `bytes`, or what is wrong with them. */
export function decodeLastWord(bytes: Uint8Array): LastWord | Malformed {
  const { records, end, damage } = readRecords(bytes);
  if (damage !== undefined) return new Malformed(damage.detail);
  const [only, ...more] = records;
  // It is never appended to, so a torn tail is damage here.
  if (only === undefined || more.length > 0 || end !== bytes.length)
    return new Malformed("it is not one whole record");
  return read(body, only.payload);
}

/** The file that holds a peer's {@link LastWord}. */
export class IncarnationFile {
  readonly #disk: Disk;
  readonly #name: string;

  constructor(disk: Disk, name: string) {
    this.#disk = disk;
    this.#name = name;
  }

  /**
   * Reads it; nothing when there is none.
   * @param done gets `STORE_CORRUPT` or `DISK_FAILED` when it cannot be read.
   */
  read(done: (error: P2PError | undefined, word: LastWord | undefined) => void): void {
    this.#disk.read(this.#name, (error, bytes) => {
      if (error !== undefined || bytes === undefined) return done(error, undefined);
      const word = decodeLastWord(bytes);
      if (word instanceof Malformed) done(this.#corrupt(word), undefined);
      else done(undefined, word);
    });
  }

  /** Puts `word` in place of what is there; done once that is on stable storage. */
  write(word: LastWord, done: DiskDone): void {
    this.#disk.replace(this.#name, encodeLastWord(word), (error) => {
      if (error !== undefined) done(error);
      else this.#disk.sync(this.#name, done);
    });
  }

  #corrupt({ detail }: Malformed): P2PError {
    return new P2PError(
      "STORE_CORRUPT",
      `the file "${this.#name}" in the state directory is damaged (${detail}); delete it: ` +
        "the peer then learns its last incarnation from the seeds",
    );
  }
}
