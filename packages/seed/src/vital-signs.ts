import { clears, type ProofOfLife, verifyProofOfLife } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Connection, StallWatch } from "@p2p/wire";
import type { Audit } from "./audit.ts";
import type { BumpDesk } from "./bump-desk.ts";
import type { CaseBook, CaseEnding } from "./case-book.ts";
import type { Complaints } from "./complaints.ts";
import type { Office } from "./office.ts";
import type { Sight } from "./sight.ts";
import type { Strikes } from "./strikes.ts";

/** How often it looks whether this process was away. */
const STALL_BEAT_MS = 500;

/** Who has to know that somebody lives. */
export interface VitalSignsRooms {
  readonly cases: CaseBook;
  readonly complaints: Complaints;
  readonly strikes: Strikes;
  readonly audit: Audit;
  readonly sight: Sight;
  readonly bumps: BumpDesk;
}

/** Signs of life: what follows when a member gives one, and when this process gave none itself. PROTOCOL.md §9.4–9.9. */
export class VitalSigns {
  readonly #office: Office;
  readonly #rooms: VitalSignsRooms;
  /** From when it began to watch. */
  #stalls: StallWatch | undefined;

  constructor(office: Office, rooms: VitalSignsRooms) {
    this.#office = office;
    this.#rooms = rooms;
  }

  /** From now on it is noticed when this process does not run: what it did not hear meanwhile says nothing. */
  watch(): void {
    const { agenda, timing } = this.#office;
    this.#stalls = new StallWatch({
      clock: agenda,
      toleranceMs: timing.stallMs,
      beatMs: STALL_BEAT_MS,
      seesSleep: false, // else who sets its wall clock again and again keeps it from every verdict
      stalled: ({ awayMs }) => this.#stalled(awayMs),
    });
  }

  /** Whether this process was away at some time since `at`, in monotonic milliseconds. */
  wasAwaySince(at: number): boolean {
    return this.#stalls?.since(at) ?? false;
  }

  /** Somebody who registers has answered at its address. */
  answered({ peer, incarnation }: ProofOfLife): void {
    this.#rooms.cases.sawAlive(peer, incarnation);
    this.#heard(peer);
  }

  /** A peer polled with a proof, which is not checked yet; `shown` is the nonce that it was shown before. */
  polled(proof: ProofOfLife, from: Connection, shown: Uint8Array | undefined): void {
    const { id } = from;
    if (!this.#rooms.cases.hear(proof, id, from)) return;
    const { networkId, verifier } = this.#office.lobby.local;
    if (shown === undefined || !clears(proof, id, 0, shown)) return;
    if (verifyProofOfLife(proof, networkId, verifier)) this.#heard(id);
    else this.#office.blame(from, "poll", "not signed by its sender");
  }

  /** A case is over. */
  closed(ending: CaseEnding): void {
    this.#rooms.complaints.forget(ending.victim, ending.incarnation);
    if (ending.outcome === "alive") this.#refuted(ending);
  }

  #refuted({ victim, accusers, isCarried }: CaseEnding): void {
    const { complaints, strikes } = this.#rooms;
    complaints.cleared(victim, isCarried);
    this.#heard(victim);
    const [accuser] = accusers;
    if (accuser === undefined || accusers.size > 1) return;
    const { isMuted, isGrey } = strikes.refuted(victim, accuser, this.#office.now());
    if (isMuted) this.#office.tell("muted", { accuser });
    if (isGrey) this.#office.tell("grey", { victim });
  }

  /** A member has signed something fresh. */
  #heard(peer: PeerId): void {
    const { audit, sight, bumps } = this.#rooms;
    audit.heard(peer);
    sight.saw(peer);
    bumps.heard(peer);
  }

  #stalled(awayMs: number): void {
    const { audit, cases, sight } = this.#rooms;
    sight.restart();
    cases.restart();
    audit.forgive();
    this.#office.tell("stalled", { forMs: awayMs });
  }
}
