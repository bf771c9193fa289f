import type { Registration } from "@p2p/consensus";
import { type PeerId, toHex } from "@p2p/identity";
import { Allowance, type Connection, isExemptFromPrefixRules, machineOf, type PrefixRules } from "@p2p/wire";

/** Registrations of one peer that are looked at within a minute; it needs one, and some to make sure. */
const ATTEMPTS_A_MINUTE = 120;
/** The same of all peers on one machine, since each costs a signature, where prefix rules are for its address. */
const ATTEMPTS_A_MACHINE = 1200;
/** New lives of one peer that are dialled within a minute: each costs every member a frame. One that starts again and again takes fewer. */
const LIVES_A_MINUTE = 12;
/** Time before a registration that another seed brought is tried again, when nobody answered at its address. */
const RELAY_PAUSE_MS = 30_000;
/** Refusals that are told in a minute, whoever is refused: keys cost nothing. */
const REFUSALS_A_MINUTE = 60;

const ASKERS_MAX = 16_384;

/** How often registrations are looked at, dialled and told of. PROTOCOL.md §8.1. Times are monotonic milliseconds. */
export class RegistrationAllowances {
  readonly #attempts = new Allowance({ max: ATTEMPTS_A_MINUTE, perMs: 60_000, askersMax: ASKERS_MAX });
  readonly #machines = new Allowance({ max: ATTEMPTS_A_MACHINE, perMs: 60_000, askersMax: ASKERS_MAX });
  readonly #relays = new Allowance({ max: 1, perMs: RELAY_PAUSE_MS, askersMax: ASKERS_MAX });
  readonly #lives = new Allowance({ max: LIVES_A_MINUTE, perMs: 60_000, askersMax: ASKERS_MAX });
  readonly #refusals = new Allowance({ max: 1, perMs: 60_000 });
  readonly #refusalsInAll = new Allowance({ max: REFUSALS_A_MINUTE, perMs: 60_000, askersMax: 1 });

  readonly #rules: PrefixRules | undefined;

  /** @param rules which addresses the limit of one machine is for. Default: all but loopback and private ones. */
  constructor(rules?: PrefixRules) {
    this.#rules = rules;
  }

  /** Whether one more registration that a peer sent is looked at. */
  takeAttempt({ id, remote: { address } }: Connection, now: number): boolean {
    if (!this.#attempts.take(id, now)) return false;
    return isExemptFromPrefixRules(address, this.#rules) || this.#machines.take(machineOf(address), now);
  }

  /** Whether a registration that another seed brought is looked at. */
  takeRelay({ signature }: Registration, from: PeerId, now: number): boolean {
    return this.#relays.take(`${from} ${toHex(signature)}`, now);
  }

  /** Whether a member is dialled in one more life. */
  takeLife(peer: PeerId, now: number): boolean {
    return this.#lives.take(peer, now);
  }

  /** Whether it is told that a peer was refused. */
  takeRefusal(peer: PeerId, now: number): boolean {
    return this.#refusals.take(peer, now) && this.#refusalsInAll.take("", now);
  }
}
