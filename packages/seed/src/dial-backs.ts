import type { Prober, ProofOfLife, Registration } from "@p2p/consensus";
import type { Office } from "./office.ts";

/** What came of dialling a newcomer; "later" is no answer, it has to ask again. */
export type DialBackOutcome = ProofOfLife | "unreachable" | "later";

/** Dials at a time. */
const AT_ONCE_MAX = 64;
/** Registrations that wait for a dial; further ones have to come again. */
const WAITING_MAX = 1024;

/** Dials newcomers at the address that they register, some at a time, each once at a time. */
export class DialBacks {
  readonly #office: Office;
  readonly #prober: Prober;
  readonly #waiting: {
    readonly registration: Registration;
    readonly done: (outcome: DialBackOutcome) => void;
  }[] = [];
  #running = 0;

  constructor(office: Office, prober: Prober) {
    this.#office = office;
    this.#prober = prober;
  }

  /** Dials for a verified registration; `done` is told once, perhaps inside this call when nothing is dialled. */
  dial(registration: Registration, done: (outcome: DialBackOutcome) => void): void {
    if (this.#waiting.length >= WAITING_MAX) return done("later");
    this.#waiting.push({ registration, done });
    this.#next();
  }

  #next(): void {
    if (this.#running >= AT_ONCE_MAX) return;
    const next = this.#waiting.shift();
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
