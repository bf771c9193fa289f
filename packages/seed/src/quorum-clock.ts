import {
  signTick,
  TICK,
  TickBallot,
  type TickCertificate,
  type TickVote,
  verifyTick,
  verifyTickVote,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import { Allowance, type Cancel, type Connection } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Archive } from "./archive.ts";
import { Bearings } from "./bearings.ts";
import { TICK_VOTE } from "./frames.ts";
import type { Office } from "./office.ts";

interface QuorumClockEvents {
  /** It is later now, and the disk knows. */
  ticked: [certificate: TickCertificate];
}

/** So many ticks a seed hurries after a start, and when other seeds decide: until they are over, it finds nobody dead. */
const HURRIED_TICKS = 3;
/** Certificates of later ticks that one peer may bring within a minute; seeds bring theirs without a limit. */
const FROM_A_PEER_A_MINUTE = 4;

/**
 * The time that a quorum agrees on: a number that grows by one about every minute while a quorum of seeds is up, and
 * stands still while there is none. A seed votes for the next tick once a tick's length has passed, by its monotonic
 * clock, since it held the last one, and sooner right after a start or a change of the seeds; whoever sees a later certified tick is there at once. So no f liars can make time
 * run faster than some honest seed's clock does, and nobody's wall clock matters. PROTOCOL.md §9.6.
 */
export class QuorumClock extends EventEmitter<QuorumClockEvents> {
  readonly #office: Office;
  readonly #archive: Archive;
  readonly #bearings: Bearings;
  readonly #fromPeers = new Allowance({ max: FROM_A_PEER_A_MINUTE, perMs: 60_000 });
  #held: TickCertificate | undefined;
  /** Monotonic time at which it was held first. */
  #since: number;
  #ballot: TickBallot;
  #own: TickVote | undefined;
  /** How many ticks were held since the start. */
  #heldCount = 0;
  /** The tick that is on its way to the disk. */
  #writing = 0;
  #cancelVote: Cancel = nothing;

  constructor(office: Office, archive: Archive) {
    super();
    this.#office = office;
    this.#archive = archive;
    this.#bearings = new Bearings(office.configuration, office.id, office.timing);
    this.#since = office.now();
    this.#ballot = new TickBallot(office.configuration, 1);
    const { seeds, links } = office.lobby;
    seeds.route(TICK_VOTE, (vote, from) => this.#hearVote(vote, from));
    seeds.route(TICK, (certificate, from) => this.#hear(certificate, from));
    links.route(TICK, (certificate, from) => {
      if (this.#isNews(certificate) && this.#fromPeers.take(from.id, office.now()))
        this.#hear(certificate, from);
    });
    for (const room of [seeds, links]) room.on("joined", (connection) => this.tell(connection));
  }

  /** What time it is; 0 until a first tick is certified. */
  get tick(): number {
    return this.#held?.tick ?? 0;
  }

  /**
   * Whether this seed knows that its tick is young, and the one before, too. Not soon after a start, nor after time has
   * stood still, nor while others may be ahead.
   */
  get isSure(): boolean {
    return this.#bearings.know(this.tick, this.#office.now());
  }

  /** Goes on where the archive ends. */
  start(): void {
    const { agenda, timing } = this.#office;
    this.#hold(this.#archive.tick);
    agenda.every(
      () => timing.syncMs,
      () => this.#repeat(),
    );
  }

  /** An exchange with `seed` has ended, and what time it was there at `at`, or three intervals earlier at most, has been heard. */
  met(seed: PeerId, at: number): void {
    this.#bearings.met(seed, at);
  }

  /** Other seeds decide from now on: what is voted for has to be voted for anew. */
  reconfigured(): void {
    const { agenda, configuration, timing } = this.#office;
    this.#bearings.forget();
    this.#ballot = new TickBallot(configuration, this.tick + 1);
    this.#own = undefined;
    // As after a start: until some ticks are over nobody is found dead.
    this.#heldCount = 1;
    const dueMs = Math.max(0, this.#since + timing.tickMs - agenda.now());
    this.#voteAfter(Math.min(dueMs, timing.syncMs));
  }

  /** Tells `connection` what time it is. */
  tell(connection: Connection): void {
    if (this.#held !== undefined) connection.send(TICK.encode(this.#held));
  }

  #hold(certificate: TickCertificate | undefined): void {
    const { agenda, configuration, timing } = this.#office;
    this.#held = certificate;
    this.#since = agenda.now();
    this.#ballot = new TickBallot(configuration, this.tick + 1);
    this.#own = undefined;
    this.#voteAfter(this.#heldCount < HURRIED_TICKS ? Math.min(timing.syncMs, timing.tickMs) : timing.tickMs);
    this.#heldCount += 1;
  }

  #voteAfter(delayMs: number): void {
    this.#cancelVote();
    this.#cancelVote = this.#office.agenda.after(delayMs, () => this.#vote());
  }

  #vote(): void {
    const { lobby } = this.#office;
    this.#own = this.#voteFor(this.tick + 1);
    if (this.#own === undefined) return;
    lobby.seeds.broadcast(TICK_VOTE.encode(this.#own));
    this.#count(this.#own);
  }

  #voteFor(tick: number): TickVote | undefined {
    const { configuration, id, voteSigner } = this.#office;
    return voteSigner && signTick(tick, configuration, voteSigner, id);
  }

  /** Until the tick is certified: some may not have heard the vote, and the disk may have failed. */
  #repeat(): void {
    if (this.#own === undefined) return;
    this.#office.lobby.seeds.broadcast(TICK_VOTE.encode(this.#own));
    this.#certify();
  }

  #hearVote(vote: TickVote, from: Connection): void {
    if (!this.#office.hears(from)) return;
    if (vote.tick <= this.tick) return this.#catchUp(vote, from);
    if (!this.#ballot.wants(vote)) return;
    const { configuration, lobby } = this.#office;
    if (verifyTickVote(vote, configuration, lobby.local.verifier)) this.#count(vote);
    else this.#office.blame(from, "tick", "a vote that its seed did not sign");
  }

  /**
   * Who votes for what is past has not heard of it. If it was certified after others had taken over, he cannot believe
   * it either; then he is helped along, since that time has come is true.
   */
  #catchUp({ tick }: TickVote, from: Connection): void {
    const { configuration } = this.#office;
    this.tell(from);
    if (this.#held === undefined || this.#held.tick <= configuration.timeEndsAt(this.#held.cfg)) return;
    const vote = this.#voteFor(tick);
    if (vote !== undefined) from.send(TICK_VOTE.encode(vote));
  }

  #count(vote: TickVote): void {
    this.#ballot.cast(vote);
    this.#certify();
  }

  #certify(): void {
    const certificate = this.#ballot.certificate();
    if (certificate !== undefined) this.#keep(certificate, undefined);
  }

  #hear(certificate: TickCertificate, from: Connection): void {
    if (!this.#isNews(certificate)) return;
    const { configuration, lobby } = this.#office;
    // Of later seeds, whom this one has not heard of yet; or of earlier ones, who have not heard of these.
    const isOver = certificate.tick > configuration.timeEndsAt(certificate.cfg);
    if (isOver || configuration.isForeign(certificate.cfg)) return;
    const fault = verifyTick(certificate, configuration, lobby.local.verifier);
    if (fault !== undefined) this.#office.blame(from, "tick", fault);
    else this.#keep(certificate, from);
  }

  /** It is later once that is on stable storage: what has been told never sounds too late after a restart. */
  #keep(certificate: TickCertificate, from: Connection | undefined): void {
    if (!this.#isNews(certificate)) return;
    this.#writing = certificate.tick;
    this.#archive.keepTick(certificate, (error) => {
      if (this.#writing === certificate.tick) this.#writing = 0;
      if (error !== undefined) this.#office.diskFailed(error);
      else if (certificate.tick > this.tick) this.#advance(certificate, from);
    });
  }

  #isNews({ tick }: TickCertificate): boolean {
    return tick > Math.max(this.tick, this.#writing);
  }

  #advance(certificate: TickCertificate, from: Connection | undefined): void {
    const { lobby } = this.#office;
    this.#bearings.pass(this.tick, certificate.tick, this.#office.now());
    this.#hold(certificate);
    const frame = TICK.encode(certificate);
    // A seed that brought it tells all others itself.
    if (from?.remote.role !== "seed") lobby.seeds.broadcast(frame);
    lobby.links.broadcast(frame, from);
    this.emit("ticked", certificate);
  }
}

function nothing(): void {
  // Nothing is under way.
}
