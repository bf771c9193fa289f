import type { Leave } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Cancel, Clock } from "@p2p/wire";

/** A leave on its way: counts receipts of different seeds until there are enough, or time is up. */
export class Farewell {
  readonly leave: Leave;
  readonly #enough: number;
  readonly #done: (receipts: number) => void;
  readonly #receipts = new Set<PeerId>();
  readonly #cancel: Cancel;
  #isOver = false;

  /** @param done told once how many receipts came. */
  constructor(
    leave: Leave,
    enough: number,
    timeoutMs: number,
    clock: Clock,
    done: (receipts: number) => void,
  ) {
    this.leave = leave;
    this.#enough = enough;
    this.#done = done;
    this.#cancel = clock.after(timeoutMs, () => this.conclude());
  }

  /** A seed has it. Receipts for another life do not count. */
  receive(seed: PeerId, incarnation: number): void {
    if (incarnation !== this.leave.incarnation) return;
    this.#receipts.add(seed);
    if (this.#receipts.size >= this.#enough) this.conclude();
  }

  /** There is nothing left to wait for. */
  conclude(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
    this.#done(this.#receipts.size);
  }
}
