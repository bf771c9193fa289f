import type { PeerId } from "@p2p/identity";
import { isPeerId } from "@p2p/identity";
import type { Disk } from "@p2p/wire";

/** Where neighbours are remembered, in the peer's own directory: one id a line. */
const FILE = "anchors";
/** Longer than any such file: what is there instead was not written by a peer. */
const BYTES_MAX = 1024;

/**
 * The neighbours a peer goes back to after a restart. A hint and no more, since they are only believed as members of
 * the list: a file that cannot be read or written, or has something else in it, is as good as none.
 */
export class AnchorFile {
  readonly #disk: Disk;
  #held: readonly PeerId[] = [];
  #isWriting = false;
  /** What came while the last was being written. */
  #next: readonly PeerId[] | undefined;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** @param done gets whom the last run kept, or nobody. */
  read(done: (anchors: readonly PeerId[]) => void): void {
    this.#disk.read(FILE, (error, bytes) => {
      if (error !== undefined || bytes === undefined || bytes.length > BYTES_MAX) return done([]);
      this.#held = new TextDecoder().decode(bytes).split("\n").filter(isPeerId);
      done(this.#held);
    });
  }

  /** Keeps these for the next run. Fewer than are kept already are no news: a start must not forget the last run. */
  keep(anchors: readonly PeerId[]): void {
    if (anchors.length < this.#held.length || anchors.join() === this.#held.join()) return;
    this.#held = anchors;
    if (this.#isWriting) this.#next = anchors;
    else this.#write(anchors);
  }

  #write(anchors: readonly PeerId[]): void {
    this.#isWriting = true;
    const bytes = new TextEncoder().encode(anchors.map((id) => `${id}\n`).join(""));
    this.#disk.replace(FILE, bytes, () => {
      this.#isWriting = false;
      const next = this.#next;
      this.#next = undefined;
      if (next !== undefined) this.#write(next);
    });
  }
}
