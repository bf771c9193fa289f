import {
  ACCUSE,
  type Accusation,
  ALIVE,
  type ProofOfLife,
  type Report,
  signAccusation,
  verifyProofOfLife,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Courier } from "./courier.ts";
import type { Finding, Inquirer, Wanted } from "./inquirer.ts";
import { Jury } from "./jury.ts";
import { Pursuit } from "./pursuit.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Cause } from "./suspicion.ts";

/** A life of a member. */
export interface Life {
  readonly peer: PeerId;
  readonly incarnation: number;
}

/** What {@link Suspects} tell. Nothing of theirs is left to do when they tell it. */
export interface SuspectsNews {
  /** This node has found a member silent. */
  suspected(life: Life): void;
  /** And accuses it, for the first time. */
  accused(accusation: Accusation): void;
  /** So does more than half of its electorate. */
  confirmed(report: Report): void;
  /** A suspicion that was told is over: the member lives. */
  cleared(life: Life): void;
  /** A member lives, and its link, if it has one, should tell. */
  proved(peer: PeerId): void;
}

/** What {@link Suspects} work with. */
export interface SuspectsPorts {
  readonly around: Surroundings;
  readonly inquirer: Inquirer;
  readonly courier: Courier;
  readonly news: SuspectsNews;
  /** Most suspicions at a time; those that others' accusations made are at most half of them. */
  readonly suspicionsMax: number;
}

/**
 * So many looks that nobody at all answers make a node accuse. Not for ever: where all others are dead, somebody has to
 * say so.
 */
const DEAF_LOOKS_MAX = 4;

/**
 * The members this node suspects, and how it pursues each: look for it, ask who watches over it, accuse it, count who
 * else does, and begin again until it lives or is removed. A monitor whom an accusation made look goes the same way,
 * but says nothing before it has looked itself. PROTOCOL.md §6.
 */
export class Suspects {
  readonly #around: Surroundings;
  readonly #inquirer: Inquirer;
  readonly #courier: Courier;
  readonly #news: SuspectsNews;
  readonly #suspicionsMax: number;
  readonly #jury: Jury;
  readonly #pursuits = new Map<PeerId, Pursuit>();
  /** The time in the last accusation of this node. */
  #accusedAt = 0;

  constructor({ around, inquirer, courier, news, suspicionsMax }: SuspectsPorts) {
    this.#around = around;
    this.#inquirer = inquirer;
    this.#courier = courier;
    this.#news = news;
    this.#suspicionsMax = suspicionsMax;
    this.#jury = new Jury(around.lobby.local.clock, around.timing.accusationWindowMs);
  }

  /** Who is suspected aloud. */
  get peers(): readonly PeerId[] {
    return [...this.#pursuits.values()].filter(({ isPublic }) => isPublic).map(({ peer }) => peer);
  }

  /** This node has reason to suspect `id`, who last showed life at wall time `lastSeen`. */
  suspect(id: PeerId, cause: Exclude<Cause, "accusation">, lastSeen: number): void {
    const pursuit = this.#pursuing(id) ?? this.#open(id, cause, lastSeen);
    if (pursuit === undefined) return;
    const isNews = cause === "silence" && pursuit.publish();
    if (pursuit.isIdle) this.#look(pursuit);
    this.#askElectorateOnce(pursuit);
    if (isNews) this.#news.suspected(lifeOf(pursuit));
  }

  /** A member accuses another, and signed it. @param lastSeen as this node knows. */
  charge(accusation: Accusation, nonce: Uint8Array, lastSeen: number): void {
    const { victim, accuser } = accusation;
    const pursuit = this.#pursuing(victim) ?? this.#open(victim, "accusation", lastSeen);
    if (pursuit?.victim.incarnation !== accusation.incarnation) return;
    pursuit.join(accuser, nonce);
    this.#jury.file(pursuit, accusation);
    this.#askElectorateOnce(pursuit);
    this.#deliver(pursuit, [accuser]);
    this.#weigh(pursuit);
  }

  /** `id` answered this node: nobody has to prove that to it. Others who wait for a proof are looked after. */
  seen(id: PeerId): void {
    const pursuit = this.#pursuits.get(id);
    if (pursuit !== undefined && (pursuit.isPublic || pursuit.cause === "doubt")) this.#clear(pursuit);
  }

  /** A proof of life came, over whatever path; who brought it does not matter. */
  hear(proof: ProofOfLife): void {
    const { networkId, verifier } = this.#around.lobby.local;
    const pursuit = this.#pursuits.get(proof.peer);
    if (pursuit?.isAnsweredBy(proof) && verifyProofOfLife(proof, networkId, verifier))
      this.#clear(pursuit, proof);
  }

  /** Drops everything about `id`, without a word. */
  forget(id: PeerId): void {
    const pursuit = this.#pursuits.get(id);
    if (pursuit !== undefined) this.#end(pursuit);
  }

  stop(): void {
    for (const id of this.#pursuits.keys()) this.forget(id);
  }

  #open(id: PeerId, cause: Cause, lastSeen: number): Pursuit | undefined {
    const { directory, lobby, random } = this.#around;
    const victim = directory.find(id);
    const max = cause === "accusation" ? this.#suspicionsMax / 2 : this.#suspicionsMax;
    if (victim === undefined || id === lobby.id || this.#pursuits.size >= max) return undefined;
    const since = lobby.local.clock.now();
    const pursuit = new Pursuit({ victim, cause, nonce: random.bytes(32), since, lastSeen });
    this.#pursuits.set(id, pursuit);
    return pursuit;
  }

  /** The pursuit of the life that is listed. One of an earlier life is over: it registered again. */
  #pursuing(id: PeerId): Pursuit | undefined {
    const pursuit = this.#pursuits.get(id);
    if (pursuit === undefined || this.#around.directory.find(id) === undefined) return pursuit;
    if (!this.#isListed(pursuit)) this.#clear(pursuit);
    return this.#pursuits.get(id);
  }

  /** Whether the life that is pursued is the one that is listed. */
  #isListed({ peer, victim: { incarnation } }: Pursuit): boolean {
    return this.#around.directory.find(peer)?.incarnation === incarnation;
  }

  #askElectorateOnce(pursuit: Pursuit): void {
    if (!pursuit.isElecting && pursuit.monitors === undefined) this.#askElectorate(pursuit);
  }

  #askElectorate(pursuit: Pursuit): void {
    pursuit.isElecting = true;
    this.#around.directory.electorate(pursuit.peer, (monitors) => this.#elected(pursuit, monitors));
  }

  #elected(pursuit: Pursuit, monitors: readonly PeerId[]): void {
    if (pursuit.isOver) return;
    pursuit.isElecting = false;
    pursuit.monitors = monitors;
    this.#jury.fileKept(pursuit);
    if (pursuit.accusation !== undefined) this.#jury.file(pursuit, pursuit.accusation);
    if (pursuit.cause === "accusation" && pursuit.isIdle) {
      // Only its monitors look for a member because somebody says so: nobody can make the whole network look.
      if (!monitors.includes(this.#around.lobby.id)) return this.#end(pursuit);
      this.#look(pursuit);
    }
    this.#deliver(pursuit, monitors);
    this.#weigh(pursuit);
  }

  #look(pursuit: Pursuit): void {
    const { health, timing } = this.#around;
    const spanMs = pursuit.cause === "accusation" ? timing.monitorCheckMs : timing.inquiryMs;
    const wanted = this.#wanted(pursuit, health.stretchedLook(spanMs));
    pursuit.cancelLook = this.#inquirer.look(wanted, (finding) => {
      pursuit.cancelLook = undefined;
      this.#found(pursuit, finding);
    });
  }

  #found(pursuit: Pursuit, finding: Finding): void {
    if (finding.kind === "alive") return this.#clear(pursuit, finding.proof);
    const { clock } = this.#around.lobby.local;
    pursuit.lookedAt = clock.now();
    this.#scheduleRound(pursuit);
    if (finding.kind !== "blind" && !this.#isMyself(pursuit, finding)) this.#accuse(pursuit);
  }

  /** Whether this node rather blames itself: for a while, if it hears nobody at all. */
  #isMyself(pursuit: Pursuit, { kind }: Finding): boolean {
    if (kind !== "deaf") return false;
    pursuit.deafLooks += 1;
    this.#around.health.failed();
    return pursuit.deafLooks < DEAF_LOOKS_MAX;
  }

  /** Nothing is believed for ever: what it takes to accuse is looked at anew each time. */
  #scheduleRound(pursuit: Pursuit): void {
    const { lobby, timing } = this.#around;
    pursuit.cancelRound?.();
    pursuit.cancelRound = lobby.local.clock.after(timing.reaccuseMs, () => {
      pursuit.cancelRound = undefined;
      this.#look(pursuit);
      this.#askElectorate(pursuit);
    });
  }

  #accuse(pursuit: Pursuit): void {
    const { directory } = this.#around;
    const listed = directory.find(pursuit.peer);
    if (listed === undefined) return this.#end(pursuit);
    // It registered again, and somebody dialled it for that.
    if (listed.incarnation !== pursuit.victim.incarnation) return this.#clear(pursuit);
    const accusation = this.#sign(pursuit);
    const isFirst = pursuit.accuse(accusation);
    const isNews = pursuit.publish();
    const monitors = pursuit.monitors ?? [];
    this.#jury.file(pursuit, accusation);
    directory.tellSeeds(ACCUSE.encode({ accusation, nonce: pursuit.nonce }));
    this.#deliver(pursuit, [...monitors, ...pursuit.accusers.keys()]);
    if (isNews) this.#news.suspected(lifeOf(pursuit));
    if (isFirst) this.#news.accused(accusation);
    this.#weigh(pursuit);
  }

  #sign({ peer: victim, victim: { incarnation }, lastSeen }: Pursuit): Accusation {
    const { clock, id: accuser, networkId, signer } = this.#around.lobby.local;
    // It has to grow, whatever the clock does: seeds take each accusation once.
    this.#accusedAt = Math.max(clock.wallTime(), this.#accusedAt + 1);
    const terms = { victim, incarnation, accuser, at: this.#accusedAt, lastSeen };
    return signAccusation(terms, networkId, signer);
  }

  /** Sends this node's newest accusation, if there is one, to whom it was not sent yet. */
  #deliver(pursuit: Pursuit, to: readonly PeerId[]): void {
    const { accusation, nonce, peer } = pursuit;
    // What was found before this process was away is stale: the next look tells.
    if (accusation === undefined || this.#around.health.wasAwaySince(pursuit.lookedAt)) return;
    const frame = ACCUSE.encode({ accusation, nonce });
    for (const id of to) {
      if (id !== this.#around.lobby.id && id !== peer && pursuit.tell(id)) this.#courier.send(id, frame);
    }
  }

  /** Confirms as soon as there is a majority, this node accuses as well, and there was time enough to restart. */
  #weigh(pursuit: Pursuit): void {
    if (pursuit.stage !== "accused" || pursuit.cancelConfirm !== undefined) return;
    if (this.#jury.majority(pursuit) === undefined) return;
    const { lobby, timing, health } = this.#around;
    const { clock } = lobby.local;
    const waitMs = pursuit.since + timing.confirmAfterMs - clock.now();
    if (waitMs > 0) pursuit.cancelConfirm = clock.after(waitMs, () => this.#lookOnce(pursuit));
    else if (health.wasAwaySince(pursuit.lookedAt)) this.#lookOnce(pursuit);
    else this.#confirm(pursuit);
  }

  /** The last look before the report. */
  #lookOnce(pursuit: Pursuit): void {
    const wanted = this.#wanted(pursuit, this.#around.timing.pingTimeoutMinMs);
    pursuit.cancelConfirm = this.#inquirer.glance(wanted, (finding) => {
      pursuit.cancelConfirm = undefined;
      if (finding.kind === "alive") this.#clear(pursuit, finding.proof);
      else this.#confirm(pursuit);
    });
  }

  #confirm(pursuit: Pursuit): void {
    const charges = this.#jury.majority(pursuit);
    if (charges !== undefined && pursuit.confirm()) this.#news.confirmed(pursuit.report(charges));
  }

  /** It lives. With the proof, whoever's nonce it answers is told; for the others it is looked for again. */
  #clear(pursuit: Pursuit, proof?: ProofOfLife): void {
    const { answered, waiting } = pursuit.divide(proof);
    // That was wrong, unless it registered again.
    if (pursuit.accusation !== undefined && this.#isListed(pursuit)) this.#around.health.failed();
    this.#end(pursuit);
    const heir = waiting.length === 0 ? undefined : this.#open(pursuit.peer, "accusation", pursuit.lastSeen);
    for (const [accuser, nonce] of waiting) heir?.join(accuser, nonce);
    if (proof !== undefined)
      for (const accuser of answered) this.#courier.send(accuser, ALIVE.encode({ proof }));
    if (heir !== undefined) this.#askElectorate(heir);
    if (proof !== undefined) this.#news.proved(pursuit.peer);
    if (pursuit.isPublic) this.#news.cleared(lifeOf(pursuit));
  }

  #end(pursuit: Pursuit): void {
    pursuit.end();
    this.#pursuits.delete(pursuit.peer);
    this.#jury.forget(pursuit);
  }

  #wanted({ victim, nonces, accusers }: Pursuit, spanMs: number): Wanted {
    return { victim, nonces, spanMs, except: new Set([...this.#pursuits.keys(), ...accusers.keys()]) };
  }
}

function lifeOf({ victim: { peer, incarnation } }: Pursuit): Life {
  return { peer, incarnation };
}
