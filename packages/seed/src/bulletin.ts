import { CERTIFICATES, CERTIFICATES_A_FRAME, type Certificate } from "@p2p/consensus";
import type { Cancel, Clock, Connection } from "@p2p/wire";

/** A certificate to be passed on, and who brought it: he need not be told. */
interface Item {
  readonly certificate: Certificate;
  readonly from: Connection | undefined;
}

/** How long news are gathered after others went out. */
const GATHER_MS = 50;

/**
 * Passes certificates on: the first at once, those that follow within 50 ms together, in frames of at most 64. Where a
 * thousand peers join at once, each is told of the others in some dozens of frames. Holds no more than come in that time.
 */
export class Bulletin {
  readonly #clock: Clock;
  readonly #publish: (frame: Uint8Array, except: Connection | undefined) => void;
  #gathered: Item[] = [];
  #cancel: Cancel | undefined;
  #isStopped = false;

  /** @param publish sends a frame to everybody but `except`. */
  constructor(clock: Clock, publish: (frame: Uint8Array, except: Connection | undefined) => void) {
    this.#clock = clock;
    this.#publish = publish;
  }

  /** @param from who brought it: it is not told what it alone brought. */
  add(certificate: Certificate, from: Connection | undefined): void {
    if (this.#isStopped) return;
    this.#gathered.push({ certificate, from });
    if (this.#cancel === undefined) this.#goOut();
  }

  /** Nothing is passed on any more. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#gathered = [];
  }

  #goOut(): void {
    this.#cancel = undefined;
    const items = this.#gathered.splice(0);
    if (items.length === 0) return;
    this.#cancel = this.#clock.after(GATHER_MS, () => this.#goOut());
    for (let first = 0; first < items.length; first += CERTIFICATES_A_FRAME) {
      const some = items.slice(first, first + CERTIFICATES_A_FRAME);
      const frame = CERTIFICATES.encode({ certificates: some.map(({ certificate }) => certificate) });
      const bringer = some[0]?.from;
      this.#publish(frame, some.every(({ from }) => from === bringer) ? bringer : undefined);
    }
  }
}
