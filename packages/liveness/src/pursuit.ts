import type { Cancel } from "@p2p/wire";
import { Suspicion } from "./suspicion.ts";

/** A suspicion, and what is under way because of it. */
export class Pursuit extends Suspicion {
  /** Whether the electorate was asked for and is not known yet. */
  isElecting = false;
  /** Monotonic time of the last look that met no life, or of the beginning. */
  lookedAt: number = this.since;
  /** Looks at a time when nobody else answered either. */
  deafLooks = 0;
  /** Takes back the look that is under way. */
  cancelLook: Cancel | undefined;
  /** Takes back the next round. */
  cancelRound: Cancel | undefined;
  /** Takes back the last look before it is confirmed, or the wait for it. */
  cancelConfirm: Cancel | undefined;

  /** Whether nothing is under way that would bring it further. */
  get isIdle(): boolean {
    return this.cancelLook === undefined && this.cancelRound === undefined;
  }

  override end(): void {
    super.end();
    this.cancelLook?.();
    this.cancelRound?.();
    this.cancelConfirm?.();
  }
}
