import {
  type Accusation,
  answersNonce,
  clears,
  ELECTORATE_MAX,
  NONCES_MAX,
  type ProofOfLife,
  type Report,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Listed } from "./directory.ts";

/**
 * Why a member is looked for: it did not answer this node ("silence"); this node has reason to wonder, and nothing more
 * ("doubt"); somebody else accuses it ("accusation").
 */
export type Cause = "silence" | "doubt" | "accusation";

/** How far a suspicion has gone. */
export type Stage =
  /** It is being looked for. */
  | "probing"
  /** This node accuses it. */
  | "accused"
  /** So does more than half of its electorate. */
  | "confirmed"
  /** It lives, or it is no member any more. Nothing changes from here. */
  | "ended";

/** What a suspicion begins with. */
export interface SuspicionTerms {
  readonly victim: Listed;
  readonly cause: Cause;
  /** 32 fresh bytes: only a proof of life that answers them ends this suspicion. */
  readonly nonce: Uint8Array;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Wall time of the last sign of life in milliseconds; 0 for never. */
  readonly lastSeen: number;
}

/** Accusers whose nonces one suspicion keeps, so that all fit into one proof beside its own. */
export const ACCUSERS_MAX: number = NONCES_MAX - 1;

/** One suspicion against one life of one member, held by one node: how far it has gone, and who else waits for its end. */
export class Suspicion {
  readonly victim: Listed;
  readonly cause: Cause;
  readonly nonce: Uint8Array;
  readonly since: number;
  readonly lastSeen: number;
  /** Who watches over the victim, as far as this node has been told. */
  monitors: readonly PeerId[] | undefined;
  #stage: Stage = "probing";
  #isPublic = false;
  #accusation: Accusation | undefined;
  readonly #told = new Set<PeerId>();
  readonly #accusers = new Map<PeerId, Uint8Array>();
  #unfiled: Accusation[] = [];

  constructor({ victim, cause, nonce, since, lastSeen }: SuspicionTerms) {
    this.victim = victim;
    this.cause = cause;
    this.nonce = nonce;
    this.since = since;
    this.lastSeen = lastSeen;
  }

  get peer(): PeerId {
    return this.victim.peer;
  }

  get stage(): Stage {
    return this.#stage;
  }

  get isOver(): boolean {
    return this.#stage === "ended";
  }

  /** Whether listeners have heard of it: this node has found the victim silent itself. */
  get isPublic(): boolean {
    return this.#isPublic;
  }

  /** This node's newest accusation. */
  get accusation(): Accusation | undefined {
    return this.#accusation;
  }

  /** What a probe shows: this node's nonce first, then those of the others who accuse. At most {@link NONCES_MAX}. */
  get nonces(): readonly Uint8Array[] {
    return [this.nonce, ...this.#accusers.values()];
  }

  /** The others who accuse, and their nonces. */
  get accusers(): ReadonlyMap<PeerId, Uint8Array> {
    return this.#accusers;
  }

  /** Somebody else accuses and waits for a proof with this nonce. Of more than {@link ACCUSERS_MAX} the first are kept. */
  join(accuser: PeerId, nonce: Uint8Array): void {
    if (this.#accusers.size < ACCUSERS_MAX || this.#accusers.has(accuser)) this.#accusers.set(accuser, nonce);
  }

  /** Keeps an accusation until it is known whose count. Of more than {@link ELECTORATE_MAX} the first are kept. */
  keep(accusation: Accusation): void {
    if (this.#unfiled.length < ELECTORATE_MAX) this.#unfiled.push(accusation);
  }

  /** Gives up what was kept. */
  takeKept(): readonly Accusation[] {
    const kept = this.#unfiled;
    this.#unfiled = [];
    return kept;
  }

  /** Listeners are to hear of it now. False when they have. */
  publish(): boolean {
    const isNews = !this.#isPublic;
    this.#isPublic = true;
    return isNews;
  }

  /** This node accuses: everybody is to be told. False when it only repeats itself. */
  accuse(accusation: Accusation): boolean {
    const isFirst = this.#accusation === undefined;
    this.#accusation = accusation;
    this.#told.clear();
    if (this.#stage === "probing") this.#stage = "accused";
    return isFirst;
  }

  /** Whether `id` has yet to be told of the newest accusation; from now on it has been. */
  tell(id: PeerId): boolean {
    if (this.#accusation === undefined || this.#told.has(id)) return false;
    this.#told.add(id);
    return true;
  }

  /** The others agree. False unless this node accuses and did not know. */
  confirm(): boolean {
    if (this.#stage !== "accused") return false;
    this.#stage = "confirmed";
    return true;
  }

  /** What to hand to the seeds, with the accusations that count now. */
  report(accusations: readonly Accusation[]): Report {
    const { peer, incarnation } = this.victim;
    return { victim: peer, incarnation, accusations: accusations.slice(0, ELECTORATE_MAX) };
  }

  end(): void {
    this.#stage = "ended";
  }

  /** Whether `proof` answers this suspicion: of this life or a later one, with its nonce. Its signature is not checked. */
  isAnsweredBy(proof: ProofOfLife): boolean {
    return clears(proof, this.peer, this.victim.incarnation, this.nonce);
  }

  /** Divides the other accusers into those whose nonce `proof` answers, and those who still wait. */
  divide(proof: ProofOfLife | undefined): {
    readonly answered: PeerId[];
    readonly waiting: [PeerId, Uint8Array][];
  } {
    const isAnswered = (nonce: Uint8Array): boolean => proof !== undefined && answersNonce(proof, nonce);
    const accusers = [...this.#accusers];
    return {
      answered: accusers.filter(([, nonce]) => isAnswered(nonce)).map(([accuser]) => accuser),
      waiting: accusers.filter(([, nonce]) => !isAnswered(nonce)),
    };
  }
}
