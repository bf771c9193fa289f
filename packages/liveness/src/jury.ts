import { type Accusation, Docket, majorityOf } from "@p2p/consensus";
import type { Clock } from "@p2p/wire";
import type { Suspicion } from "./suspicion.ts";

/** Counts the monitors who accuse, each once, over a window of this node's own clock. At most 1 024 victims. */
export class Jury {
  readonly #clock: Clock;
  readonly #docket: Docket;

  /** @param windowMs how long an accusation counts after it was received. */
  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#docket = new Docket({ windowMs });
  }

  /** Takes a verified accusation; it is kept with the suspicion until the monitors are known. */
  file(suspicion: Suspicion, accusation: Accusation): void {
    if (suspicion.monitors === undefined) suspicion.keep(accusation);
    else this.#docket.file(accusation, suspicion.monitors, this.#clock.now());
  }

  /** The monitors have become known: files what was kept for them. */
  fileKept(suspicion: Suspicion): void {
    for (const accusation of suspicion.takeKept()) this.file(suspicion, accusation);
  }

  /** The accusations that count now, if more than half of the monitors accuse. */
  majority({ peer, victim, monitors }: Suspicion): readonly Accusation[] | undefined {
    if (monitors === undefined || monitors.length === 0) return undefined;
    const charges = this.#docket.against(peer, victim.incarnation, monitors, this.#clock.now());
    return charges.length >= majorityOf(monitors) ? charges : undefined;
  }

  forget({ peer, victim }: Suspicion): void {
    this.#docket.forget(peer, victim.incarnation);
  }
}
