import {
  type Accusation,
  ALIVE,
  clears,
  type Ledger,
  NONCES_MAX,
  PROBE,
  type Prober,
  type ProofOfLife,
  type Standing,
  verifyProofOfLife,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Cancel, type Connection } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { AbsenceDesk } from "./absence-desk.ts";
import { Case } from "./case.ts";
import type { CaseOutcome, CaseReason, PeerNews } from "./events.ts";
import { EVIDENCE } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { NonceBoard } from "./nonce-board.ts";
import type { Office } from "./office.ts";
import type { Sight } from "./sight.ts";
import type { Survey } from "./survey.ts";
import type { VoteDesk } from "./vote-desk.ts";
import type { WitnessDesk } from "./witness-desk.ts";

interface CaseBookEvents {
  /** A case is over. */
  closed: [ending: CaseEnding];
}

/** How a case ended. */
export interface CaseEnding {
  readonly victim: PeerId;
  readonly incarnation: number;
  readonly outcome: CaseOutcome;
  /** Whose accusations led to it. */
  readonly accusers: ReadonlySet<PeerId>;
  /** Whether others brought the proof of life, and this seed reached nobody itself. */
  readonly isCarried: boolean;
}

/** What a {@link CaseBook} stands on. */
export interface CaseBookRooms {
  readonly ledger: Ledger;
  readonly prober: Prober;
  readonly desk: VoteDesk;
  readonly freshness: Freshness;
  readonly board: NonceBoard;
  readonly witnesses: WitnessDesk;
  readonly sight: Sight;
  /** Whether this process was away after monotonic time `at`: then {@link CaseBook.restart} follows. */
  readonly wasAwaySince: (at: number) => boolean;
  readonly absences: AbsenceDesk;
}

/** Most cases at a time; a member for whom there is no place is looked for by a later audit. */
const CASES_MAX = 256;

/** A case, and what it keeps busy. */
interface OpenCase {
  readonly news: PeerNews;
  readonly nonce: Uint8Array;
  /** When it has to come to an end, by the monotonic clock. */
  readonly endsAt: number;
  course: Case;
  /** When this course of it began. */
  startedAt: number;
  /** Who accuses is no witness. */
  readonly accusers: ReadonlySet<PeerId>;
  /** Whether this seed has voted, and said so. */
  isProposed: boolean;
  cancelLook: Cancel;
  cancelWait: Cancel;
}

/** The cases of this seed: looks for each victim itself and through witnesses, and votes on what it saw. PROTOCOL.md §9.4. */
export class CaseBook extends EventEmitter<CaseBookEvents> implements Iterable<PeerNews> {
  readonly #office: Office;
  readonly #rooms: CaseBookRooms;
  readonly #cases = new Map<PeerId, OpenCase>();
  /** How often one seed's word makes this one ask a member: its proofs are counted, and this seed needs them itself. */
  readonly #errands = new Allowance({ max: 2, perMs: 60_000, askersMax: 16_384 });

  constructor(office: Office, rooms: CaseBookRooms) {
    super();
    this.#office = office;
    this.#rooms = rooms;
    const { links, seeds } = office.lobby;
    for (const room of [links, seeds])
      room.route(ALIVE, ({ proof }, link) => this.hear(proof, link.id, link));
    rooms.witnesses.on("proved", (proof) => this.hear(proof));
  }

  get size(): number {
    return this.#cases.size;
  }

  /** Who is looked for. */
  *[Symbol.iterator](): Iterator<PeerNews> {
    for (const { news } of this.#cases.values()) yield news;
  }

  /** Whether there is a case against `victim`. */
  has(victim: PeerId): boolean {
    return this.#cases.has(victim);
  }

  /**
   * Opens a case, if `victim` is listed in exactly this life and not excused, there is none, and this seed is fresh. Tells
   * the other seeds on what grounds.
   * @returns whether it did.
   */
  open(victim: PeerId, incarnation: number, reason: CaseReason, accusations: readonly Accusation[]): boolean {
    const { ledger, freshness, board, absences } = this.#rooms;
    if (absences.isAway(victim, incarnation)) return false;
    const address = ledger.isMember(victim, incarnation) ? ledger.addressOf(victim) : undefined;
    if (address === undefined || !freshness.isFresh || this.has(victim) || this.size >= CASES_MAX)
      return false;
    const { lobby, timing, tell } = this.#office;
    const nonce = lobby.local.random.bytes(32);
    const now = this.#office.now();
    const endsAt = now + timing.caseLifeMs;
    const open: OpenCase = {
      news: { peer: victim, incarnation, address },
      nonce,
      endsAt,
      course: new Case(timing),
      startedAt: now,
      accusers: new Set(accusations.map(({ accuser }) => accuser)),
      isProposed: false,
      cancelLook: nothing,
      cancelWait: nothing,
    };
    this.#cases.set(victim, open);
    board.post(victim, this.#office.id, { incarnation, nonce, until: endsAt });
    lobby.seeds.broadcast(EVIDENCE.encode({ victim, incarnation, nonce, accusations }));
    this.#advance(open);
    tell("caseOpened", { ...open.news, reason });
    return true;
  }

  /** Another seed looks for `victim`: whoever can be shown its nonce from here is, at once over a standing link. */
  post(victim: PeerId, incarnation: number, seed: PeerId, nonce: Uint8Array): void {
    const { ledger, board } = this.#rooms;
    if (!ledger.isMember(victim, incarnation)) return;
    const now = this.#office.now();
    board.post(victim, seed, { incarnation, nonce, until: now + this.#office.timing.caseLifeMs });
    if (this.#errands.take(`${seed} ${victim}`, now)) this.#ask(victim, incarnation);
  }

  /**
   * Somebody brought a proof of life. Whoever it may concern is looked up before its signature is checked.
   * @param from who brought it; a witness or another seed if nobody is named.
   * @param link over which it came, and is cut if the proof answers what is asked and is not signed by its peer.
   * @returns false in that case.
   */
  hear(proof: ProofOfLife, from?: PeerId, link?: Connection): boolean {
    const { board, sight } = this.#rooms;
    const { lobby } = this.#office;
    if (!sight.hear(proof)) return this.#forged(link);
    const answered = board.answered(proof, this.#office.now());
    const open = this.#cases.get(proof.peer);
    const isOver = open !== undefined && clears(proof, open.news.peer, open.news.incarnation, open.nonce);
    if (answered.length === 0 && !isOver) return true;
    if (!verifyProofOfLife(proof, lobby.local.networkId, lobby.local.verifier)) return this.#forged(link);
    for (const seed of answered) board.take(proof.peer, seed);
    const frame = ALIVE.encode({ proof });
    if (isOver) {
      lobby.seeds.broadcast(frame);
      this.#close(open, "alive", from !== proof.peer);
    } else {
      for (const seed of answered) lobby.seeds.get(seed)?.send(frame);
    }
    return true;
  }

  /** Who passes a proof on has checked it, or made it. */
  #forged(link: Connection | undefined): false {
    if (link !== undefined) this.#office.blame(link, "proof of life", "not signed by its peer");
    return false;
  }

  /** `peer` has answered this seed in this life, whatever nonce it was shown. */
  sawAlive(peer: PeerId, incarnation: number): void {
    const open = this.#cases.get(peer);
    if (open !== undefined && incarnation >= open.news.incarnation) this.#close(open, "alive");
  }

  /** `peer` has said that it will be back soon: this life of it is not looked for until then. */
  excuse(peer: PeerId, incarnation: number): void {
    const open = this.#cases.get(peer);
    if (open?.news.incarnation === incarnation) this.#close(open, "excused");
  }

  /** Something else holds about `peer`, or nothing any more: a case against a life that is not listed is over. */
  settled(peer: PeerId, standing: Standing | undefined): void {
    const open = this.#cases.get(peer);
    if (open === undefined || this.#rooms.ledger.isMember(peer, open.news.incarnation)) return;
    const isRemoved = standing?.kind === "removed" && standing.incarnation === open.news.incarnation;
    this.#close(open, isRemoved ? "removed" : "superseded");
  }

  /** This seed did not run, so it heard nobody: every silence begins again. */
  restart(): void {
    for (const open of this.#cases.values()) this.#restart(open, 0);
  }

  /** What was seen so far does not count. */
  #restart(open: OpenCase, afterMs: number): void {
    const { agenda, timing } = this.#office;
    const course = new Case(timing);
    open.cancelLook();
    open.cancelWait();
    this.#rooms.witnesses.dismiss(open.news.peer);
    open.course = course;
    open.startedAt = this.#office.now() + afterMs;
    open.cancelWait = agenda.after(afterMs, () => this.#advance(open, course));
  }

  /** Whether `course` is still the one that the case is on, and was never interrupted; asked after whatever took time. */
  #isOn({ news, course: current, startedAt }: OpenCase, course: Case): boolean {
    const open = this.#cases.get(news.peer);
    const isCurrent = open?.news === news && open.course === course && current === course;
    return isCurrent && !this.#rooms.wasAwaySince(startedAt);
  }

  #advance(open: OpenCase, course: Case = open.course): void {
    if (!this.#isOn(open, course)) return;
    open.cancelWait();
    if (this.#office.now() >= open.endsAt) return this.#close(open, "undecided");
    for (;;) {
      const step = course.next(this.#ageOf(open));
      switch (step.kind) {
        case "look":
          this.#look(open);
          if (step.withWitnesses) this.#askWitnesses(open);
          break;
        case "ask":
          this.#askWitnesses(open);
          break;
        case "vote":
          this.#vote(open);
          break;
        case "wait":
          open.cancelWait = this.#later(open, course, step.untilMs);
          return;
        case "listen":
          // A look and a witness end by themselves; the case's life must end as well.
          return;
        case "give up":
          return this.#close(open, "undecided");
      }
    }
  }

  #later(open: OpenCase, course: Case, untilMs: number): Cancel {
    // Whole milliseconds: a wait shorter than what a clock can tell apart would never be over.
    const delayMs = Math.max(1, Math.ceil(untilMs - this.#ageOf(open)));
    return this.#office.agenda.after(delayMs, () => this.#advance(open, course));
  }

  #look(open: OpenCase): void {
    const { peer, incarnation, address } = open.news;
    const { course } = open;
    const nonces = this.#noncesFor(peer, incarnation);
    const survey = this.#rooms.sight.survey();
    course.looking(this.#ageOf(open));
    const target = { peer, incarnation, address, nonces, timeoutMs: this.#office.timing.probeMs };
    open.cancelLook = this.#rooms.prober.probe(target, (outcome) => {
      if (outcome.kind === "alive") this.hear(outcome.proof, peer);
      else this.#looked(open, course, outcome.kind, survey);
    });
    this.#ask(peer, incarnation);
  }

  /** A look without life counts if this seed could have seen some: else it begins again, in a while. */
  #looked(open: OpenCase, course: Case, found: "refused" | "silent" | "busy", survey: Survey): void {
    if (!this.#isOn(open, course)) return;
    const go = (): void => {
      course.looked(found, this.#ageOf(open));
      this.#advance(open, course);
    };
    if (found === "busy") return go();
    this.#rooms.sight.judge(survey, open.news.peer, (counts) => {
      if (!this.#isOn(open, course)) return;
      if (counts) go();
      else this.#restart(open, this.#office.timing.voteAgainMs);
    });
  }

  /** Asks over the standing link as well, if there is one: it may work where a dial does not. */
  #ask(victim: PeerId, incarnation: number): void {
    const link = this.#office.lobby.links.get(victim);
    const nonces = this.#noncesFor(victim, incarnation);
    if (nonces.length > 0) link?.send(PROBE.encode({ peer: victim, nonces }));
  }

  #askWitnesses(open: OpenCase): void {
    const { peer: victim, incarnation } = open.news;
    const { course } = open;
    const nonces = this.#noncesFor(victim, incarnation);
    const count = this.#rooms.witnesses.ask(
      { victim, incarnation, nonces, accusers: open.accusers },
      (outcome) => {
        course.testified(outcome);
        this.#advance(open, course);
      },
    );
    course.asked(count);
  }

  #vote(open: OpenCase): void {
    const { peer, incarnation } = open.news;
    const { course } = open;
    course.voted(this.#ageOf(open));
    const votes = this.#rooms.desk.voteDead(peer, incarnation, () => this.#isOn(open, course));
    const isFirst = votes && !open.isProposed;
    open.isProposed ||= votes;
    if (isFirst) this.#office.tell("proposedRemove", { ...open.news, reason: "dead" });
  }

  #close(open: OpenCase, outcome: CaseOutcome, isCarried = false): void {
    const { peer, incarnation } = open.news;
    this.#cases.delete(peer);
    open.cancelLook();
    open.cancelWait();
    this.#rooms.witnesses.dismiss(peer);
    if (outcome === "removed" || outcome === "superseded") this.#rooms.board.take(peer);
    else this.#rooms.board.take(peer, this.#office.id);
    const { accusers } = open;
    this.emit("closed", { victim: peer, incarnation, outcome, accusers, isCarried });
    if (outcome === "alive") this.#office.tell("refuted", open.news);
    this.#office.tell("caseClosed", { ...open.news, outcome });
  }

  /** An open case's own nonce first, whatever has become of it on the board, which others crowd. */
  #noncesFor(victim: PeerId, incarnation: number): readonly Uint8Array[] {
    const { id } = this.#office;
    const posted = this.#rooms.board.nonces(victim, incarnation, id, this.#office.now());
    const open = this.#cases.get(victim);
    const isMissing = open?.news.incarnation === incarnation && posted[0] !== open.nonce;
    return (isMissing ? [open.nonce, ...posted] : posted).slice(0, NONCES_MAX);
  }

  #ageOf({ startedAt }: OpenCase): number {
    return this.#office.now() - startedAt;
  }
}

function nothing(): void {
  // Nothing is under way.
}
