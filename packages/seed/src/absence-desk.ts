import { BACK_SOON, type BackSoon, type Ledger, verifyBackSoon } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Cancel, Connection } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Office } from "./office.ts";

interface AbsenceDeskEvents {
  /** A member is away for a while, and has said so. */
  away: [peer: PeerId, incarnation: number];
  /** Its time is up, and it is listed in the same life still. */
  overdue: [peer: PeerId, incarnation: number];
}

interface Absence {
  readonly notice: BackSoon;
  /** Monotonic milliseconds. */
  readonly until: number;
  readonly cancel: Cancel;
}

/**
 * Who said that it will be back soon: nobody is looked for meanwhile. Holds one notice a listed life, the first, until
 * that life ends, so that none can be used again. PROTOCOL.md §8.4.
 */
export class AbsenceDesk extends EventEmitter<AbsenceDeskEvents> {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #absences = new Map<PeerId, Absence>();

  constructor(office: Office, ledger: Ledger) {
    super();
    this.#office = office;
    this.#ledger = ledger;
    const { links, seeds } = office.lobby;
    for (const room of [links, seeds]) room.route(BACK_SOON, (news, from) => this.#hear(news.backSoon, from));
  }

  /** Whether this life of `peer` is excused at the moment. */
  isAway(peer: PeerId, incarnation: number): boolean {
    const absence = this.#absences.get(peer);
    return absence?.notice.incarnation === incarnation && this.#office.now() < absence.until;
  }

  /** Another seed looks for a member that is excused here: it has not heard of that. */
  explain(peer: PeerId, to: Connection): void {
    const backSoon = this.#absences.get(peer)?.notice;
    if (backSoon !== undefined) to.send(BACK_SOON.encode({ backSoon }));
  }

  /** Something else is certified about `peer`: a notice of an earlier life is over. */
  settled(peer: PeerId): void {
    const absence = this.#absences.get(peer);
    if (absence === undefined || this.#ledger.isMember(peer, absence.notice.incarnation)) return;
    absence.cancel();
    this.#absences.delete(peer);
  }

  #hear(notice: BackSoon, from: Connection): void {
    const { peer, incarnation, withinMs } = notice;
    const { agenda, lobby } = this.#office;
    const isKnown = this.#absences.get(peer)?.notice.incarnation === incarnation;
    if (isKnown || !this.#ledger.isMember(peer, incarnation)) return;
    if (!verifyBackSoon(notice, lobby.local.networkId, lobby.local.verifier))
      return this.#office.blame(from, "absence", "not signed by its peer");
    const cancel = agenda.after(withinMs, () => this.emit("overdue", peer, incarnation));
    this.#absences.set(peer, { notice, until: this.#office.now() + withinMs, cancel });
    if (from.remote.role !== "seed") lobby.seeds.broadcast(BACK_SOON.encode({ backSoon: notice }));
    this.emit("away", peer, incarnation);
  }
}
