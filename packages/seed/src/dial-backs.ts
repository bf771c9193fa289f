import type { ProbeOutcome, Prober, ProofOfLife, Registration } from "@p2p/consensus";
import type { Office } from "./office.ts";
import { Turns } from "./turns.ts";

/** Why nobody was reached, in words that the peer may hear. */
interface Unreachable {
  readonly why: string;
}

/** What came of dialling a newcomer; "later" is no answer, it has to ask again. */
export type DialBackOutcome = ProofOfLife | Unreachable | "later";

/** Dials at a time. */
const AT_ONCE_MAX = 64;
/**
 * Registrations that wait for a dial, as many as a seed has links with strangers; beyond, the newest of whoever brought most
 * has to come again. With fewer, thousands that start at once would all ask in vain, and wait ever longer to ask again.
 */
export const WAITING_MAX = 8192;

/** Whom to dial, for whom. */
export interface DialBackOrder {
  readonly registration: Registration;
  /** Whose turn it takes. */
  readonly bringer: string;
  /** Whether the address is the one that the peer comes from: of any other it hears neither how it failed nor when. */
  readonly isOwn: boolean;
}

interface Waiting extends DialBackOrder {
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
   * @param done told once, perhaps inside this call when nothing is dialled.
   */
  dial(order: DialBackOrder, done: (outcome: DialBackOutcome) => void): void {
    this.#waiting.add(order.bringer, { ...order, done })?.done("later");
    this.#next();
  }

  #next(): void {
    if (this.#running >= AT_ONCE_MAX) return;
    const next = this.#waiting.next();
    if (next === undefined) return;
    const { peer, incarnation, address } = next.registration;
    const { lobby, timing } = this.#office;
    const nonces = [lobby.local.random.bytes(32)];
    const target = { peer, incarnation, address, nonces, timeoutMs: timing.dialBackMs };
    const endsAt = this.#office.now() + timing.dialBackMs;
    this.#running += 1;
    this.#prober.probe(target, (outcome) => {
      this.#running -= 1;
      this.#tell(next, outcome, endsAt);
      this.#next();
    });
  }

  #tell({ registration, isOwn, done }: Waiting, outcome: ProbeOutcome, endsAt: number): void {
    const { agenda, timing } = this.#office;
    const { address } = registration;
    if (outcome.kind === "alive") return done(outcome.proof);
    if (outcome.kind === "busy") return done("later");
    const unanswered = { why: `nobody answered as this peer at ${address} within ${timing.dialBackMs} ms` };
    if (!isOwn) return void agenda.after(Math.max(0, endsAt - agenda.now()), () => done(unanswered));
    done(outcome.kind === "refused" ? { why: `nobody listens at ${address}: it refuses links` } : unanswered);
  }
}
