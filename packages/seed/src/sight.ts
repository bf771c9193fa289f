import {
  answersNonce,
  type Ledger,
  PROBE,
  type Prober,
  type ProofOfLife,
  verifyProofOfLife,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { type Cancel, sample } from "@p2p/wire";
import type { Office } from "./office.ts";
import { Survey } from "./survey.ts";

/** What {@link Sight} stands on. */
export interface SightRooms {
  readonly ledger: Ledger;
  readonly prober: Prober;
  /** Whether this process was away after monotonic time `at`: then {@link Sight.restart} follows. */
  readonly wasAwaySince: (at: number) => boolean;
}

/** Most members that one survey asks: with so many, 30 % who answer pass for half once in 2 000 surveys. */
const PANEL_MAX = 64;
/** Looks that begin so soon after a survey share it, so that no member is asked more than 60 times a minute. */
const SHARED_MS = 1000;
/** A list this short has one or no member besides the missed one: soon nothing would be left to see. */
const FEW = 2;

/**
 * Whether this seed sees the network at all. With each look for a missed member it asks a sample of the others: if
 * fewer than half answer, it is blind, and such a look is no look. Without that, an uplink that fails would make it vote
 * the network out. A seed that stays blind for long counts looks nonetheless, or nobody would notice the end of a whole
 * network. PROTOCOL.md §9.7.
 */
export class Sight {
  readonly #office: Office;
  readonly #rooms: SightRooms;
  /** Those that are not over, and the newest: one a second. */
  #surveys: Survey[] = [];
  #blindSince: number | undefined;
  #cancelWatch: Cancel | undefined;

  constructor(office: Office, rooms: SightRooms) {
    this.#office = office;
    this.#rooms = rooms;
  }

  get isBlind(): boolean {
    return this.#blindSince !== undefined;
  }

  /** The survey that goes with a look that begins now. */
  survey(): Survey {
    const newest = this.#surveys.at(-1);
    const { timing } = this.#office;
    const sharedMs = this.isBlind ? Math.max(SHARED_MS, timing.voteAgainMs) : SHARED_MS;
    const isFresh = newest !== undefined && this.#office.now() - newest.startedAt <= sharedMs;
    return isFresh ? newest : this.#begin();
  }

  /**
   * Judges a look for `victim` that found no life.
   * @param done told whether the look counts: once, perhaps inside this call; never after {@link restart}.
   */
  judge(survey: Survey, victim: PeerId, done: (counts: boolean) => void): void {
    survey.ask(victim, (isEnough) => {
      if (isEnough) this.#opened();
      else this.#closed(survey);
      done(isEnough || this.#isPatienceOver);
    });
  }

  /** A member has signed something fresh. */
  saw(peer: PeerId): void {
    for (const survey of this.#surveys) survey.answer(peer);
    if (this.isBlind && this.#surveys.at(-1)?.isEnough() === true) this.#opened();
  }

  /** Somebody brought a proof of life; it may answer a survey. False when it does, and is not signed by its peer. */
  hear(proof: ProofOfLife): boolean {
    if (!this.#surveys.some(({ isOver, nonce }) => !isOver && answersNonce(proof, nonce))) return true;
    const { networkId, verifier } = this.#office.lobby.local;
    if (!verifyProofOfLife(proof, networkId, verifier)) return false;
    this.saw(proof.peer);
    return true;
  }

  /** This seed did not run: what it did not hear meanwhile says nothing, and neither does how long it heard nothing. */
  restart(): void {
    for (const survey of this.#surveys) survey.abandon();
    this.#surveys = [];
    if (this.isBlind) this.#blindSince = this.#office.now();
  }

  get #isPatienceOver(): boolean {
    const { timing } = this.#office;
    const patienceMs = this.#rooms.ledger.size <= FEW ? timing.blindFewMs : timing.blindMs;
    return this.#blindSince !== undefined && this.#office.now() - this.#blindSince >= patienceMs;
  }

  #begin(): Survey {
    const { agenda, lobby, timing } = this.#office;
    const { random } = lobby.local;
    const panel = sample(this.#rooms.ledger.memberIds(), PANEL_MAX, random);
    const survey = new Survey(panel, random.bytes(32), this.#office.now());
    this.#surveys = [...this.#surveys.filter(({ isOver }) => !isOver), survey];
    for (const peer of panel) this.#ask(peer, survey);
    agenda.after(timing.probeMs, () => {
      if (!this.#rooms.wasAwaySince(survey.startedAt)) survey.finish();
    });
    return survey;
  }

  /** Over the standing link if there is one: a frame costs less than a dial. */
  #ask(peer: PeerId, { nonce }: Survey): void {
    const { ledger, prober } = this.#rooms;
    const { lobby, timing } = this.#office;
    if (lobby.links.get(peer)?.send(PROBE.encode({ peer, nonces: [nonce] })) === true) return;
    const standing = ledger.standing(peer);
    const address = ledger.addressOf(peer);
    if (standing === undefined || address === undefined) return;
    const { incarnation } = standing;
    prober.probe({ peer, incarnation, address, nonces: [nonce], timeoutMs: timing.probeMs }, ({ kind }) => {
      if (kind === "alive") this.saw(peer);
    });
  }

  #closed({ answers, panel }: Survey): void {
    if (this.isBlind) return;
    const { agenda, timing } = this.#office;
    this.#blindSince = this.#office.now();
    this.#cancelWatch = agenda.every(
      () => timing.pollMs,
      () => void this.survey(),
    );
    this.#office.tell("blind", { answered: answers, asked: panel.size });
  }

  #opened(): void {
    if (!this.isBlind) return;
    this.#blindSince = undefined;
    this.#cancelWatch?.();
    this.#office.tell("sighted");
  }
}
