import { concatBytes, P2PError, PRIVATE_KEY_BYTES, type Signer } from "@p2p/identity";
import {
  type Disk,
  type DiskDone,
  fixedBytes,
  integer,
  Malformed,
  type Random,
  read,
  record,
  write,
} from "@p2p/wire";
import { encodeRecord, readRecords } from "./record-file.ts";

/** Name of the file. Nobody else may read it. */
const VOTE_KEYS_FILE = "vote-keys";

const FIX =
  "Restore the file; without it this seed has no key to vote with: delete the file, and have the operators change the configuration with a new vote key of this seed";

const line = record({ number: integer(1), secret: fixedBytes(PRIVATE_KEY_BYTES) });

/** What {@link VoteKeys} are made of. */
export interface VoteKeysOptions {
  readonly disk: Disk;
  /** This seed's identity key, which is what it votes with in a first configuration. */
  readonly identity: Signer;
  readonly random: Random;
  /** Makes a key pair of 32 secret bytes. */
  readonly signerFrom: (secret: Uint8Array) => Signer;
}

interface Key {
  readonly secret: Uint8Array;
  readonly signer: Signer;
}

/**
 * The keys that this seed votes with: of each configuration another one, made before it begins and erased when it is over,
 * so that whoever gets hold of this machine later cannot vote in the past. In a first configuration that is the identity
 * key, which cannot be erased. Holds two at most: of the configuration that holds and of the next one. PROTOCOL.md §10.8.
 *
 * Erased is: not in the file any more. What a file system or a flash disk keeps of an old file is beyond this process.
 */
export class VoteKeys {
  readonly #options: VoteKeysOptions;
  readonly #keys = new Map<number, Key>();
  /** Those that are on disk. */
  #durable = new Set<number>();
  #waiting: DiskDone[] = [];
  #isBusy = false;

  constructor(options: VoteKeysOptions) {
    this.#options = options;
  }

  /** Reads what is there. @param done gets `STORE_CORRUPT` or `DISK_FAILED`. Once, before anything else is called. */
  open(done: DiskDone): void {
    this.#options.disk.read(VOTE_KEYS_FILE, (error, file = new Uint8Array(0)) => {
      if (error) return done(error);
      const { records, end } = readRecords(file);
      // The file is written as a whole: a part of one is damage.
      if (end < file.length) return done(corrupt("it breaks off, or is not what was written"));
      for (const { payload } of records) {
        const value = read(line, payload);
        if (value instanceof Malformed) return done(corrupt(value.detail));
        this.#enter(value.number, Uint8Array.from(value.secret));
        this.#durable.add(value.number);
      }
      done();
    });
  }

  /** What this seed votes with in the configuration `number`: its identity in the first, else a key that is on disk. */
  signerOf(number: number): Signer | undefined {
    if (number === 0) return this.#options.identity;
    return this.#durable.has(number) ? this.#keys.get(number)?.signer : undefined;
  }

  /** Makes a key for the configuration `number`, if there is none, and tells when it is on disk. */
  make(number: number, done: (outcome: Signer | P2PError) => void): void {
    const held = this.signerOf(number);
    if (held !== undefined) return done(held);
    if (!this.#keys.has(number)) this.#enter(number, this.#options.random.bytes(PRIVATE_KEY_BYTES));
    this.#write((error) => done(error ?? (this.signerOf(number) as Signer)));
  }

  /** Erases the keys of all configurations before `number`. */
  eraseBefore(number: number, done: DiskDone): void {
    const old = [...this.#keys.keys()].filter((one) => one < number);
    if (old.length === 0) return done();
    for (const one of old) {
      this.#keys.get(one)?.secret.fill(0);
      this.#keys.delete(one);
      this.#durable.delete(one);
    }
    this.#write(done);
  }

  #enter(number: number, secret: Uint8Array): void {
    this.#keys.set(number, { secret, signer: this.#options.signerFrom(secret) });
  }

  /** Writes all keys, one file after the other: the last one says what is true. */
  #write(done: DiskDone): void {
    this.#waiting.push(done);
    if (this.#isBusy) return;
    this.#isBusy = true;
    const waiting = this.#waiting.splice(0);
    const numbers = [...this.#keys.keys()];
    this.#options.disk.replace(VOTE_KEYS_FILE, this.#contents(), (error) => {
      this.#isBusy = false;
      if (error === undefined) this.#durable = new Set(numbers.filter((number) => this.#keys.has(number)));
      for (const each of waiting) each(error);
      const next = this.#waiting.pop();
      if (next !== undefined) this.#write(next);
    });
  }

  #contents(): Uint8Array {
    return concatBytes(
      [...this.#keys].map(([number, { secret }]) => encodeRecord(write(line, { number, secret }))),
    );
  }
}

function corrupt(detail: string): P2PError {
  return new P2PError("STORE_CORRUPT", `${VOTE_KEYS_FILE} is damaged: ${detail}. ${FIX}`);
}
