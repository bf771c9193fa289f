import type { Ledger, Prober } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { jitter } from "@p2p/wire";
import type { Complaints } from "./complaints.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";

/** What an {@link Audit} stands on. */
export interface AuditRooms {
  readonly ledger: Ledger;
  readonly prober: Prober;
  readonly complaints: Complaints;
  readonly freshness: Freshness;
}

/** Audits at a time. */
const AT_ONCE_MAX = 32;
/** How often the members are gone through. */
const ROUND_MS = 1000;
/** So many peers poll within a second, however many there are: they poll more rarely in larger networks. */
const POLLS_A_SECOND = 125;

/** When a member was heard of, and when it is to be looked at whatever it says. Monotonic milliseconds. */
interface Attendance {
  readonly incarnation: number;
  heardAt: number;
  auditAt: number;
}

/**
 * Looks at every member now and then, and at once at those that no longer poll: nobody has to accuse a dead peer for it
 * to be found. One look, quietly; only if it fails there is a case. PROTOCOL.md §9.5.
 */
export class Audit {
  readonly #office: Office;
  readonly #rooms: AuditRooms;
  /** One entry a member. */
  readonly #attendances = new Map<PeerId, Attendance>();
  readonly #looking = new Set<PeerId>();

  constructor(office: Office, rooms: AuditRooms) {
    this.#office = office;
    this.#rooms = rooms;
  }

  start(): void {
    this.#office.agenda.every(
      () => jitter(ROUND_MS, 0.1, this.#office.lobby.local.random),
      () => this.#goRound(),
    );
  }

  /** A member has proved that it lives. */
  heard(peer: PeerId): void {
    const attendance = this.#attendances.get(peer);
    if (attendance !== undefined) attendance.heardAt = this.#office.now();
  }

  /** This seed did not run: that it heard nobody meanwhile says nothing. */
  forgive(): void {
    const now = this.#office.now();
    for (const attendance of this.#attendances.values()) attendance.heardAt = now;
  }

  /** Looks at a member now: it said that it would be back by now. */
  inspect(peer: PeerId, incarnation: number): void {
    if (!this.#rooms.ledger.isMember(peer, incarnation) || this.#looking.has(peer)) return;
    this.#look(peer, this.#attendanceOf(peer, incarnation));
  }

  #goRound(): void {
    const { ledger, freshness } = this.#rooms;
    if (!freshness.isFresh) return;
    for (const peer of this.#attendances.keys()) if (!ledger.isMember(peer)) this.#attendances.delete(peer);
    const now = this.#office.now();
    const overdueAfterMs = this.#overdueAfterMs();
    for (const { peer, incarnation } of ledger.members()) {
      const attendance = this.#attendanceOf(peer, incarnation);
      const isDue = attendance.auditAt <= now || attendance.heardAt + overdueAfterMs <= now;
      if (isDue && this.#looking.size < AT_ONCE_MAX && !this.#looking.has(peer)) this.#look(peer, attendance);
    }
  }

  #attendanceOf(peer: PeerId, incarnation: number): Attendance {
    const held = this.#attendances.get(peer);
    if (held?.incarnation === incarnation) return held;
    const now = this.#office.now();
    const { random } = this.#office.lobby.local;
    const attendance = {
      incarnation,
      heardAt: now,
      auditAt: now + this.#office.timing.auditEveryMs * random.next(),
    };
    this.#attendances.set(peer, attendance);
    return attendance;
  }

  #look(peer: PeerId, attendance: Attendance): void {
    const { ledger, prober, complaints } = this.#rooms;
    const { lobby, timing } = this.#office;
    const address = ledger.addressOf(peer);
    if (address === undefined) return;
    const { incarnation } = attendance;
    const now = this.#office.now();
    attendance.heardAt = now;
    attendance.auditAt = now + jitter(timing.auditEveryMs, 0.1, lobby.local.random);
    this.#looking.add(peer);
    const target = {
      peer,
      incarnation,
      address,
      nonces: [lobby.local.random.bytes(32)],
      timeoutMs: timing.probeMs,
    };
    prober.probe(target, ({ kind }) => {
      this.#looking.delete(peer);
      if (kind === "refused" || kind === "silent") complaints.audit(peer, incarnation, "audit");
    });
  }

  /** Three turns of a peer that polls all seeds, one after the other. */
  #overdueAfterMs(): number {
    const { configuration, timing } = this.#office;
    const pauseMs = Math.max(timing.pollMs, (this.#rooms.ledger.size / POLLS_A_SECOND) * 1000);
    return 3 * configuration.size * pauseMs;
  }
}
