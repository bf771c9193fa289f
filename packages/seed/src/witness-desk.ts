import {
  type Ledger,
  type ProofOfLife,
  TESTIMONY,
  type Testimony,
  type TestimonyOutcome,
  WITNESS,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Cancel, type Connection, netgroup, type Random } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Office } from "./office.ts";
import { type Candidate, drawWitnesses } from "./witnesses.ts";

/** For whom witnesses are wanted. */
export interface WitnessWanted {
  readonly victim: PeerId;
  readonly incarnation: number;
  /** What a proof of life has to answer. */
  readonly nonces: readonly Uint8Array[];
  /** Who accuses is no witness. */
  readonly accusers: ReadonlySet<PeerId>;
}

interface WitnessDeskEvents {
  /** A witness has brought a proof of life, which is not checked yet. */
  proved: [proof: ProofOfLife];
}

/** A witness that was asked and has not answered. */
interface Asked {
  readonly incarnation: number;
  readonly cancel: Cancel;
  readonly heard: (outcome: TestimonyOutcome | undefined) => void;
}

/**
 * Asks members to look for another one, over the links they keep to this seed, and waits for their answers. A witness
 * dials only the address in a certificate that it holds. PROTOCOL.md §9.4.
 */
export class WitnessDesk extends EventEmitter<WitnessDeskEvents> {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #asked = new Map<PeerId, Map<PeerId, Asked>>();

  /** @param random draws the witnesses: private, so that nobody can be one on purpose. */
  constructor(office: Office, ledger: Ledger, random: Random) {
    super();
    this.#office = office;
    this.#ledger = ledger;
    this.#random = random;
    office.lobby.links.route(TESTIMONY, (testimony, from) => this.#testify(testimony, from));
  }

  /**
   * Asks some members, none that still owes an answer about the victim.
   * @param heard told once for each: its answer, or `undefined` when none came in time. Never inside this call.
   * @returns how many were asked.
   */
  ask(wanted: WitnessWanted, heard: (outcome: TestimonyOutcome | undefined) => void): number {
    const { victim, incarnation, nonces } = wanted;
    const { agenda, lobby, timing } = this.#office;
    const frame = WITNESS.encode({ victim, incarnation, nonces });
    const drawn = drawWitnesses(this.#candidates(wanted), (address) => netgroup(address), this.#random);
    const taken = drawn.filter(({ peer }) => lobby.links.get(peer)?.send(frame) === true);
    const asked = this.#asked.get(victim) ?? new Map<PeerId, Asked>();
    if (taken.length > 0) this.#asked.set(victim, asked);
    for (const { peer } of taken) {
      const cancel = agenda.after(timing.witnessMs, () => this.#hear(victim, peer, undefined));
      asked.set(peer, { incarnation, cancel, heard });
    }
    return taken.length;
  }

  /** Nobody needs to know about `victim` any more: answers still to come are told to nobody. */
  dismiss(victim: PeerId): void {
    for (const { cancel } of this.#asked.get(victim)?.values() ?? []) cancel();
    this.#asked.delete(victim);
  }

  *#candidates({ victim, accusers }: WitnessWanted): Iterable<Candidate> {
    const asked = this.#asked.get(victim);
    for (const { id } of this.#office.lobby.links) {
      const address = this.#ledger.addressOf(id);
      const isFit = id !== victim && !accusers.has(id) && asked?.has(id) !== true;
      if (isFit && address !== undefined) yield { peer: id, address };
    }
  }

  #testify({ victim, incarnation, outcome, proof }: Testimony, from: Connection): void {
    if (proof !== undefined) this.emit("proved", proof);
    if (this.#asked.get(victim)?.get(from.id)?.incarnation === incarnation)
      this.#hear(victim, from.id, outcome);
  }

  #hear(victim: PeerId, witness: PeerId, outcome: TestimonyOutcome | undefined): void {
    const asked = this.#asked.get(victim);
    const one = asked?.get(witness);
    if (asked === undefined || one === undefined) return;
    one.cancel();
    asked.delete(witness);
    if (asked.size === 0) this.#asked.delete(victim);
    one.heard(outcome);
  }
}
