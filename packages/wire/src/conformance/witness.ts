import type { CloseReason, Link, LinkOwner } from "../transport.ts";

/** What an owner may be told, as it happened. */
export type Told =
  | { readonly what: "opened"; readonly link: Link }
  | { readonly what: "frame"; readonly link: Link; readonly frame: Uint8Array }
  | { readonly what: "drained"; readonly link: Link }
  | { readonly what: "closed"; readonly link: Link; readonly reason: CloseReason };

/** An owner that writes everything down and then lets the story react. */
export class Witness implements LinkOwner {
  readonly told: Told[] = [];
  readonly frames: Uint8Array[] = [];
  readonly opened: Link[] = [];
  readonly closed: { readonly link: Link; readonly reason: CloseReason }[] = [];
  drainedCount = 0;
  /** What the story does about it, at once. */
  react: (told: Told) => void = () => {};
  readonly #report: (told: Told) => void;

  /** @param report hears of everything, before {@link react}. */
  constructor(report: (told: Told) => void) {
    this.#report = report;
  }

  linkOpened(link: Link): void {
    this.opened.push(link);
    this.#add({ what: "opened", link });
  }

  linkFrame(link: Link, frame: Uint8Array): void {
    this.frames.push(frame);
    this.#add({ what: "frame", link, frame });
  }

  linkDrained(link: Link): void {
    this.drainedCount++;
    this.#add({ what: "drained", link });
  }

  linkClosed(link: Link, reason: CloseReason): void {
    this.closed.push({ link, reason });
    this.#add({ what: "closed", link, reason });
  }

  #add(told: Told): void {
    this.told.push(told);
    this.#report(told);
  }
}
