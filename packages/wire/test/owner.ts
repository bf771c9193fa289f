import type { Address } from "../src/address.ts";
import type { CloseReason, Link, LinkOwner } from "../src/transport.ts";

/** An owner whose news can be awaited. */
export class Owner implements LinkOwner {
  readonly frames: Uint8Array[] = [];
  readonly opened: Promise<Link>;
  readonly closed: Promise<CloseReason>;
  /** What became of the callers that were no links, in their order. */
  readonly turnedAway: CloseReason[] = [];
  react: (what: string) => void = () => {};
  #open: (link: Link) => void = () => {};
  #close: (reason: CloseReason) => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  linkOpened(link: Link): void {
    this.#open(link);
    this.react("opened");
  }

  linkFrame(_: Link, frame: Uint8Array): void {
    this.frames.push(frame);
    this.react("frame");
  }

  linkDrained(): void {}

  linkClosed(_: Link, reason: CloseReason): void {
    this.#close(reason);
    this.react("closed");
  }

  callerTurnedAway(_: Address, reason: CloseReason): void {
    this.turnedAway.push(reason);
  }
}
