import type { Prober, ProofOfLife, Registration } from "@p2p/consensus";
import type { Office } from "./office.ts";
import { Turns } from "./turns.ts";

/** What came of dialling a newcomer; "later" is no answer, it has to ask again. */
export type DialBackOutcome = ProofOfLife | "unreachable" | "later";

/** Dials at a time. */
const AT_ONCE_MAX = 64;
/** Registrations that wait for a dial; beyond, the newest of whoever brought most has to come again. */
const WAITING_MAX = 1024;

interface Waiting {
  readonly registration: Registration;
  readonly done: (outcome: DialBackOutcome) => void;
}

/**
 * Dials newcomers at the address that they register, some at a time, those of different bringers in turn: dials into
 * nowhere take their time, and whoever brings thousands of such addresses shall wait for himself. PROTOCOL.md §8.1.
 */
export class DialBacks {
  readonly #office: Office;
  readonly #prober: Prober;
  readonly #waiting = new Turns<Waiting>(WAITING_MAX);
  #running = 0;

  constructor(office: Office, prober: Prober) {
    this.#office = office;
    this.#prober = prober;
  }

  /**
   * Dials for a verified registration.
   * @param bringer whose turn it takes.
   * @param done told once, perhaps inside this call when nothing is dialled.
   */
  dial(registration: Registration, bringer: string, done: (outcome: DialBackOutcome) => void): void {
    this.#waiting.add(bringer, { registration, done })?.done("later");
    this.#next();
  }

  #next(): void {
    if (this.#running >= AT_ONCE_MAX) return;
    const next = this.#waiting.next();
    if (next === undefined) return;
    const { peer, incarnation, address } = next.registration;
    const { lobby, timing } = this.#office;
    const target = {
      peer,
      incarnation,
      address,
      nonces: [lobby.local.random.bytes(32)],
      timeoutMs: timing.dialBackMs,
    };
    this.#running += 1;
    this.#prober.probe(target, (outcome) => {
      this.#running -= 1;
      if (outcome.kind === "alive") next.done(outcome.proof);
      else next.done(outcome.kind === "busy" ? "later" : "unreachable");
      this.#next();
    });
  }
}
