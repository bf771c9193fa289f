import {
  ACCUSE,
  type Accusation,
  CERTIFICATES,
  Docket,
  ELECTORATE_MAX,
  type Ledger,
  type Report,
  rank,
  verifyAccusation,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Connection } from "@p2p/wire";
import type { AbsenceDesk } from "./absence-desk.ts";
import { AuditPauses } from "./audit-pauses.ts";
import type { CaseBook } from "./case-book.ts";
import type { Electorates } from "./electorates.ts";
import type { CaseReason } from "./events.ts";
import { EVIDENCE, type Evidence, REPORT } from "./frames.ts";
import type { Office } from "./office.ts";

/** What complaints are weighed with. */
export interface ComplaintsRooms {
  readonly ledger: Ledger;
  readonly electorates: Electorates;
  readonly cases: CaseBook;
  readonly absences: AbsenceDesk;
}

/** Accusations that one sender may bring within a minute. */
const ACCUSATIONS_A_MINUTE = 600;
/** Cases without a majority that one other seed may start here within a minute: it cannot aim this one at many. */
const AUDITS_A_MINUTE = 10;
/** Accusers whose last accusation is remembered, so that none is used twice. */
const REMEMBERED_MAX = 16_384;
/** Accusations without a majority that wait. */
const LONE_MAX = 4096;

/**
 * What became of an accusation: it is on record now; it was before; it is old and was used up; whom it is about, or who
 * signed it, is a member no longer; or it cannot be true, and why.
 */
type Filing = "new" | "repeated" | "used" | "late" | "forged" | { readonly fault: string };

/**
 * Takes accusations, reports and other seeds' evidence, and opens cases on them: a majority of the victim's monitors at
 * once, anything less after a while and at most once a minute. Nothing of it is a reason to vote. PROTOCOL.md §9.4.
 */
export class Complaints {
  readonly #office: Office;
  readonly #rooms: ComplaintsRooms;
  readonly #docket: Docket;
  /** The last accusation of each life of an accuser against each victim: the time written in it, and when it came. */
  readonly #last = new Map<string, { readonly at: number; readonly cameAt: number }>();
  readonly #lone = new Map<PeerId, { readonly accusation: Accusation; readonly dueAt: number }>();
  readonly #senders = new Allowance({ max: ACCUSATIONS_A_MINUTE, perMs: 60_000 });
  readonly #seeds = new Allowance({ max: AUDITS_A_MINUTE, perMs: 60_000 });
  readonly #pauses: AuditPauses;
  readonly #reports: Allowance;

  constructor(office: Office, rooms: ComplaintsRooms) {
    this.#office = office;
    this.#rooms = rooms;
    const { accusationMs, auditPauseMs } = office.timing;
    this.#docket = new Docket({ windowMs: accusationMs });
    this.#pauses = new AuditPauses(auditPauseMs);
    this.#reports = new Allowance({ max: 1, perMs: accusationMs });
    const { links, probes, seeds } = office.lobby;
    for (const room of [links, probes])
      room.route(ACCUSE, ({ accusation }, from) => this.#accused(accusation, from));
    links.route(REPORT, ({ report }, from) => this.#reported(report, from));
    seeds.route(EVIDENCE, (evidence, from) => this.#relayed(evidence, from));
  }

  start(): void {
    const { agenda, timing } = this.#office;
    agenda.every(
      () => timing.loneAccusationMs / 10,
      () => this.#auditLone(),
    );
  }

  /** Opens a case for which there is no majority, unless there was one against this victim lately. */
  audit(
    victim: PeerId,
    incarnation: number,
    reason: CaseReason,
    accusations: readonly Accusation[] = [],
  ): boolean {
    const { absences, cases, ledger } = this.#rooms;
    // Neither a life that nobody has nor one that is excused must use up what is allowed for the one that it has.
    if (!ledger.isMember(victim, incarnation) || cases.has(victim)) return false;
    if (absences.isAway(victim, incarnation)) return false;
    if (!this.#pauses.take(victim, this.#office.now())) return false;
    return cases.open(victim, incarnation, reason, accusations);
  }

  /** `victim` has proved that it lives, or this life of it is over: what was held against it is void. */
  forget(victim: PeerId, incarnation: number): void {
    this.#docket.forget(victim, incarnation);
    this.#lone.delete(victim);
  }

  /** A case against `victim` ended with a proof of life, which only others could bring if `isCarried`. */
  cleared(victim: PeerId, isCarried: boolean): void {
    this.#pauses.cleared(victim, isCarried);
  }

  #accused(accusation: Accusation, from: Connection): void {
    const { victim, incarnation } = accusation;
    if (!this.#senders.take(from.id, this.#office.now()) || this.#isOver(victim, incarnation, from)) return;
    if (this.#file(accusation, from, "accusation") !== "new") return;
    if (this.#judge(victim, incarnation, "report") || this.#lone.has(victim) || this.#lone.size >= LONE_MAX)
      return;
    this.#lone.set(victim, { accusation, dueAt: this.#office.now() + this.#office.timing.loneAccusationMs });
  }

  #reported(report: Report, from: Connection): void {
    const { ledger } = this.#rooms;
    const { accusations, victim, incarnation } = report;
    if (!ledger.isMember(from.id)) return this.#outsider(from);
    if (!this.#senders.take(from.id, this.#office.now(), accusations.length)) return;
    if (accusations.some((one) => one.victim !== victim || one.incarnation !== incarnation)) {
      return this.#office.forged(from.id, "report", "an accusation against somebody else");
    }
    if (this.#isOver(victim, incarnation, from)) return;
    const filings = accusations.map((accusation) => this.#file(accusation, from, "report"));
    if (!filings.some((filing) => filing === "new" || filing === "repeated")) return;
    const hasMajority = this.#judge(victim, incarnation, "report");
    if (!this.#reports.take(victim, this.#office.now())) return;
    this.#office.tell("reported", { report, from: from.id, hasMajority });
  }

  #relayed({ victim, incarnation, nonce, accusations }: Evidence, from: Connection): void {
    const { absences, cases } = this.#rooms;
    // Who was a seed, or shall be one, stays linked and votes for nothing: nobody need answer it.
    if (!this.#office.configuration.has(from.id) || this.#isOver(victim, incarnation, from)) return;
    if (absences.isAway(victim, incarnation)) return absences.explain(victim, from);
    cases.post(victim, incarnation, from.id, nonce);
    if (cases.has(victim)) return;
    const isOfCase = (one: Accusation): boolean => one.victim === victim && one.incarnation === incarnation;
    const believed = accusations.filter(isOfCase).filter((one) => {
      const filing = this.#file(one, from, "evidence");
      return filing === "new" || filing === "repeated";
    });
    if (this.#judge(victim, incarnation, "evidence")) return;
    if (!this.#seeds.take(from.id, this.#office.now())) return;
    this.audit(victim, incarnation, "evidence", this.#charges(victim, incarnation, believed));
  }

  /** Who was a member until lately may not know yet that it is none. */
  #outsider({ id }: Connection): void {
    if (this.#rooms.ledger.standing(id) === undefined)
      this.#office.forged(id, "report", "the reporter is no member");
  }

  /**
   * Whether something later is certified about the victim than the life in question. Then whoever asks is told so, and
   * nobody else: who restarts is accused for a while by those who have not heard of its new life.
   */
  #isOver(victim: PeerId, incarnation: number, from: Connection): boolean {
    const certificate = this.#rooms.ledger.standing(victim)?.certificate;
    if (certificate === undefined || rank(certificate.fact) <= rank({ kind: "add", incarnation }))
      return false;
    from.send(CERTIFICATES.encode({ certificates: [certificate] }));
    return true;
  }

  /** Puts an accusation on record, if it is a member's against a member's present life. */
  #file(accusation: Accusation, from: Connection, what: string): Filing {
    const filing = this.#weigh(accusation, from);
    if (filing === "forged") this.#office.blame(from, what, "not signed by its accuser");
    if (typeof filing === "object") this.#office.forged(from.id, what, filing.fault);
    if (filing !== "new") return filing;
    const now = this.#office.now();
    const key = this.#keyOf(accusation);
    this.#last.delete(key);
    if (this.#last.size >= REMEMBERED_MAX) this.#last.delete(this.#last.keys().next().value as string);
    this.#last.set(key, { at: accusation.at, cameAt: now });
    const { ledger, electorates } = this.#rooms;
    const life = ledger.standing(accusation.accuser)?.incarnation;
    this.#docket.file(accusation, electorates.of(accusation.victim), now, life);
    return filing;
  }

  #weigh(accusation: Accusation, from: Connection): Filing {
    const { victim, incarnation, accuser, at } = accusation;
    const { ledger } = this.#rooms;
    if (!ledger.isMember(victim, incarnation)) {
      const isOver = ledger.standing(victim)?.incarnation === incarnation;
      return isOver ? "late" : { fault: "the victim is no member in this life" };
    }
    if (!ledger.isMember(accuser)) {
      const wasMember = ledger.standing(accuser) !== undefined;
      return wasMember ? "late" : { fault: "the accuser is no member" };
    }
    const { networkId, verifier } = this.#office.lobby.local;
    const last = this.#last.get(this.#keyOf(accusation));
    if (last === undefined || at > last.at) {
      if (!this.#office.hears(from)) return "late";
      return verifyAccusation(accusation, networkId, verifier) ? "new" : "forged";
    }
    const isRecent = this.#office.now() - last.cameAt <= this.#office.timing.accusationMs;
    if (!isRecent) return { fault: "an accusation from long ago" };
    return this.#against(victim, incarnation).some((held) => held.accuser === accuser) ? "repeated" : "used";
  }

  /** Opens a case if a majority of the monitors accuses. Whether there is such a majority. */
  #judge(victim: PeerId, incarnation: number, reason: CaseReason): boolean {
    if (!this.#hasMajority(victim, incarnation)) return false;
    if (this.#rooms.absences.isAway(victim, incarnation)) return true;
    this.#pauses.opened(victim, this.#office.now());
    this.#lone.delete(victim);
    this.#rooms.cases.open(victim, incarnation, reason, this.#against(victim, incarnation));
    return true;
  }

  #hasMajority(victim: PeerId, incarnation: number): boolean {
    if (!this.#docket.has(victim, incarnation)) return false;
    const monitors = this.#rooms.electorates.of(victim);
    return monitors.length > 0 && this.#docket.hasMajority(victim, incarnation, monitors, this.#office.now());
  }

  #against(victim: PeerId, incarnation: number): readonly Accusation[] {
    if (!this.#docket.has(victim, incarnation)) return [];
    const monitors = this.#rooms.electorates.of(victim);
    return this.#docket.against(victim, incarnation, monitors, this.#office.now());
  }

  #auditLone(): void {
    const now = this.#office.now();
    for (const [victim, { accusation, dueAt }] of this.#lone) {
      if (dueAt > now) continue;
      this.#lone.delete(victim);
      const { incarnation } = accusation;
      this.audit(victim, incarnation, "accusation", this.#charges(victim, incarnation, [accusation]));
    }
  }

  /** What counts now, and what else led to a case: one accusation of each accuser. */
  #charges(victim: PeerId, incarnation: number, others: readonly Accusation[]): readonly Accusation[] {
    const all = [...others, ...this.#against(victim, incarnation)];
    return [...new Map(all.map((one) => [one.accuser, one])).values()].slice(0, ELECTORATE_MAX);
  }

  /** By the accuser's own life as well: in a new one its clock may be behind. */
  #keyOf({ victim, incarnation, accuser }: Accusation): string {
    return `${victim}:${incarnation}:${accuser}:${this.#rooms.ledger.standing(accuser)?.incarnation}`;
  }
}
