import type { SeededRandom } from "./seeded-random.ts";

/** What one operation on a disk does, once its turn has come. */
export type DiskOperation = "read" | "append" | "sync" | "truncate" | "replace";

/** A file: what a program reads back, and how much of that a crash cannot take. */
class StoredFile {
  #memory: Uint8Array = new Uint8Array(64);
  length = 0;
  /** Bytes that a crash leaves; −1 when not even the file's existence is on stable storage. */
  synced = -1;

  get bytes(): Uint8Array {
    return this.#memory.subarray(0, this.length);
  }

  append(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (length > this.#memory.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#memory.length));
      larger.set(this.bytes);
      this.#memory = larger;
    }
    this.#memory.set(bytes, this.length);
    this.length = length;
  }

  cut(length: number): void {
    this.length = Math.min(this.length, length);
    this.synced = Math.min(this.synced, this.length);
  }
}

/**
 * What outlives a program: the files of one host, and what is wrong with its disk. A program reaches it by
 * {@link SimDisk}; a test damages it here, whether the host is up or down.
 */
export class Platter {
  /** Most bytes in all files together. Default: no limit. An append beyond it writes what fits, and fails. */
  capacityBytes: number = Number.POSITIVE_INFINITY;
  readonly #random: SeededRandom;
  #files = new Map<string, StoredFile>();
  #failing = new Map<DiskOperation, number>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Names of the files there are. */
  get files(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Bytes in all files together. */
  get usedBytes(): number {
    let used = 0;
    for (const file of this.#files.values()) used += file.length;
    return used;
  }

  /** A copy of a file as a program would read it now; `undefined` when there is none. */
  bytesOf(file: string): Uint8Array | undefined {
    return this.#files.get(file)?.bytes.slice();
  }

  /** The next `times` (default 1) operations of this kind fail. Infinity: until {@link repair}. */
  failNext(operation: DiskOperation, times = 1): void {
    this.#failing.set(operation, times);
  }

  /** No more failures, no more limit. What was damaged stays so. */
  repair(): void {
    this.#failing.clear();
    this.capacityBytes = Number.POSITIVE_INFINITY;
  }

  /** No room for another byte, until {@link repair}. */
  fill(): void {
    this.capacityBytes = this.usedBytes;
  }

  /** Turns one bit of a file around: `bit` counts from its start; the seed chooses one by default. */
  flipBit(file: string, bit?: number): void {
    const { bytes } = this.#existing(file);
    const at = bit ?? Math.floor(this.#random.next() * bytes.length * 8);
    if (!(Number.isInteger(at) && at >= 0 && at < bytes.length * 8))
      throw new RangeError(`${file} has no bit ${at}`);
    bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7));
  }

  /** Cuts the last `count` bytes off a file; the seed chooses how many by default. */
  tear(file: string, count?: number): void {
    const stored = this.#existing(file);
    stored.cut(Math.max(0, stored.length - (count ?? Math.ceil(this.#random.next() * stored.length))));
  }

  /** A new disk, empty and sound. */
  wipe(): void {
    this.#files.clear();
    this.repair();
  }

  // ── what the program's operations do, and what a crash does ──

  /** Whether this operation is one that was told to fail. */
  fails(operation: DiskOperation): boolean {
    const left = this.#failing.get(operation) ?? 0;
    if (left <= 0) return false;
    this.#failing.set(operation, left - 1);
    return true;
  }

  /** False when not all of `bytes` fit; what fits is there then. */
  append(name: string, bytes: Uint8Array): boolean {
    const room = Math.max(0, this.capacityBytes - this.usedBytes);
    this.#make(name).append(bytes.subarray(0, room));
    return bytes.length <= room;
  }

  sync(name: string): void {
    const file = this.#files.get(name);
    if (file !== undefined) file.synced = file.length;
  }

  truncate(name: string, length: number): void {
    this.#files.get(name)?.cut(length);
    this.sync(name);
  }

  /** False, and the old file stays, when `bytes` do not fit beside it. */
  replace(name: string, bytes: Uint8Array): boolean {
    if (this.usedBytes + bytes.length > this.capacityBytes) return false;
    const file = new StoredFile();
    file.append(bytes);
    file.synced = bytes.length;
    this.#files.set(name, file);
    return true;
  }

  /** The host has crashed: of what was not synced a first part stays, cut at any byte, perhaps all, perhaps none. */
  crash(): void {
    for (const [name, file] of this.#files) {
      const unsynced = file.length - Math.max(0, file.synced);
      const kept = Math.floor(this.#random.next() * (unsynced + 1));
      const isLost = file.synced < 0 && this.#random.next() < 0.5;
      file.cut(Math.max(0, file.synced) + kept);
      file.synced = file.length;
      if (isLost) this.#files.delete(name);
    }
  }

  #make(name: string): StoredFile {
    const file = this.#files.get(name) ?? new StoredFile();
    this.#files.set(name, file);
    return file;
  }

  #existing(name: string): StoredFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new RangeError(`no such file: ${name}`);
    return file;
  }
}
