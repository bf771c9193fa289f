import type { ProbeOutcome, Prober, ProofOfLife, Registration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
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
  /** Whose turns it waits for: the first of them is its own. */
  readonly turns: Set<string>;
}

/**
 * Dials newcomers at the address that they register, some at a time, those of different bringers in turn: dials into
 * nowhere take their time, and whoever brings thousands of such addresses shall wait for himself. Who is brought by several
 * waits for whichever turn comes first, so nobody is held up by who brings him behind thousands. PROTOCOL.md §8.1.
 */
export class DialBacks {
  readonly #office: Office;
  readonly #prober: Prober;
  readonly #turns = new Turns<Waiting>(WAITING_MAX);
  /** Who waits; at most as many as there are turns. */
  readonly #waiting = new Map<PeerId, Waiting>();
  #running = 0;

  constructor(office: Office, prober: Prober) {
    this.#office = office;
    this.#prober = prober;
  }

  /**
   * Dials for a verified registration, one of a peer at a time.
   * @param done told once, perhaps inside this call when nothing is dialled.
   */
  dial(order: DialBackOrder, done: (outcome: DialBackOutcome) => void): void {
    const waiting = { ...order, done, turns: new Set<string>() };
    this.#waiting.set(order.registration.peer, waiting);
    this.#queue(waiting, order.bringer);
  }

  /** Somebody else brings a peer, too: if it waits, it takes his turn if that comes first. */
  hasten(peer: PeerId, bringer: string): void {
    const waiting = this.#waiting.get(peer);
    if (waiting !== undefined && !waiting.turns.has(bringer)) this.#queue(waiting, bringer);
  }

  #queue(waiting: Waiting, bringer: string): void {
    waiting.turns.add(bringer);
    const dropped = this.#turns.add(bringer, waiting);
    if (dropped !== undefined) this.#dropped(...dropped);
    this.#next();
  }

  /** It lost a turn, and waits on if it has others. */
  #dropped(bringer: string, waiting: Waiting): void {
    waiting.turns.delete(bringer);
    if (waiting.turns.size === 0 && this.#settle(waiting)) waiting.done("later");
  }

  /** It waits no more. False: it did not. */
  #settle(waiting: Waiting): boolean {
    const { peer } = waiting.registration;
    return this.#waiting.get(peer) === waiting && this.#waiting.delete(peer);
  }

  #next(): void {
    if (this.#running >= AT_ONCE_MAX) return;
    let next = this.#turns.next();
    while (next !== undefined && !this.#settle(next)) next = this.#turns.next();
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
