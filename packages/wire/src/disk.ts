import type { P2PError } from "@p2p/identity";

/** What an operation on a {@link Disk} ended with: nothing, or why it failed (`DISK_FAILED`, the file in the message). */
export type DiskDone = (error?: P2PError) => void;

/**
 * A few files that one node owns, by callbacks, so that a simulated world can lose what was not synced. Operations on
 * one file run in the order they were asked for. No callback runs inside the call it belongs to, and none after
 * {@link close}. Bytes handed over must not change before the operation is done.
 *
 * After an append, a sync or a truncation failed, the file takes no more changes but {@link Disk.replace}: where it
 * ends is unknown, and a second sync may claim what the first one lost. A file's name is plain: letters, digits, `._-`.
 */
export interface Disk {
  /** The whole file, the caller's own; `undefined` when there is none. */
  read(file: string, done: (error: P2PError | undefined, bytes: Uint8Array | undefined) => void): void;
  /** Adds `bytes` at the end, making the file if need be. They may be lost in a crash until {@link sync} is done. */
  append(file: string, bytes: Uint8Array, done: DiskDone): void;
  /** Done when everything appended before is on stable storage, the file's existence included; at once without a file. */
  sync(file: string, done: DiskDone): void;
  /** Cuts the file to its first `length` bytes, durably; a shorter file, or none, stays as it is. */
  truncate(file: string, length: number, done: DiskDone): void;
  /** Puts `bytes` in place of the whole file: after a crash it is either the old one or the new one, never a mixture. */
  replace(file: string, bytes: Uint8Array, done: DiskDone): void;
  /** Gives up what is held open. */
  close(): void;
}
