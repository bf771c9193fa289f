import {
  ACCUSE,
  type Accusation,
  ALIVE,
  BACK_SOON,
  type BackSoon,
  PROBE,
  Prober,
  type ProofOfLife,
  type Report,
  TESTIMONY,
  verifyBackSoon,
  WITNESS,
} from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import {
  type Connection,
  type FrameType,
  type LinkSet,
  type Lobby,
  SafeEmitter,
  type Stall,
} from "@p2p/wire";
import { Courier } from "./courier.ts";
import type { Directory } from "./directory.ts";
import { Excuses } from "./excuses.ts";
import { PING, PONG } from "./frames.ts";
import { Inquirer } from "./inquirer.ts";
import { LinkDirectory } from "./link-directory.ts";
import { LocalHealth } from "./local-health.ts";
import { MonitorDesk } from "./monitor-desk.ts";
import { Pinger } from "./pinger.ts";
import type { Surroundings } from "./surroundings.ts";
import { type Life, Suspects } from "./suspects.ts";
import { type LivenessTiming, timingOf } from "./timing.ts";
import { VitalSign } from "./vital-sign.ts";
import { WitnessDesk } from "./witness-desk.ts";

/** What {@link Liveness} is made of. Only the lobby is a must. */
export interface LivenessOptions {
  /**
   * The node's door. Liveness takes these routes: PING, PONG, BACK_SOON on `links`; PROBE, ALIVE, WITNESS on `links`, `seeds` and
   * `probes`; ACCUSE, TESTIMONY on `links` and `probes`.
   */
  readonly lobby: Lobby;
  /** What is known of the network. Default: a {@link LinkDirectory}, for networks without seeds. */
  readonly directory?: Directory | undefined;
  /** This node's own incarnation, asked whenever it proves that it lives. Default: 0, right without seeds. */
  readonly incarnation?: (() => number) | undefined;
  /** What differs from `ASSIGNMENT_TIMING`. */
  readonly timing?: Partial<LivenessTiming> | undefined;
  /** How many members help to look for a suspect. Default 3. */
  readonly helpers?: number | undefined;
  /** Most members suspected at a time; further ones have to wait. Default 64. */
  readonly suspicionsMax?: number | undefined;
  /** Dials that one asker may cause by asking this node to be a witness: at once, and a minute. Default 60. */
  readonly witnessDialsPerMinute?: number | undefined;
  /**
   * Whether this node doubts itself: after a time in which it was stopped, or when it hears nobody at all, and in
   * trouble takes longer. Default true. False takes every silence for the other's; only good for comparing.
   */
  readonly localHealth?: boolean | undefined;
}

export interface LivenessEvents {
  /** A member did not answer this node, which looks for it by other ways now. */
  suspected: [suspect: Life];
  /** None of them led to it: this node accuses it, before its electorate and the seeds. */
  accused: [news: { readonly accusation: Accusation }];
  /** "Neighbor consensus achieved": more than half of its electorate accuses. Told once a suspicion. */
  confirmed: [news: { readonly report: Report }];
  /** A suspected or accused member lives after all. */
  cleared: [suspect: Life];
  /** This node proved to somebody that it lives. */
  answered: [news: { readonly asker: PeerId }];
  /** The link to a neighbour was closed: others reach it, this node does not. */
  gaveUp: [news: { readonly peer: PeerId }];
  /** This process was away: what it asked in that time counts for nothing. */
  stalled: [stall: Stall];
}

/**
 * Watches over a node's neighbours, and over the members it is an elected monitor of: pings, suspicion, indirect
 * probes, accusation, and the neighbours' vote. It also does for others what they need for the same: it answers pings
 * and probes, and looks for members as a witness. PROTOCOL.md §6.
 *
 * Works from its construction to {@link stop}. Nothing here removes anybody: `confirmed` is a request to look closely.
 */
export class Liveness extends SafeEmitter<LivenessEvents> {
  readonly #around: Surroundings;
  readonly #linkDirectory: LinkDirectory | undefined;
  readonly #vitalSign: VitalSign;
  readonly #courier: Courier;
  readonly #inquirer: Inquirer;
  readonly #witnessDesk: WitnessDesk;
  readonly #suspects: Suspects;
  readonly #monitorDesk: MonitorDesk;
  readonly #pinger: Pinger;
  readonly #excuses: Excuses;
  #isStopped = false;

  /**
   * @throws RangeError on a limit that is no count, or timing that contradicts itself.
   * @throws TypeError when one of the routes is taken.
   */
  constructor(options: LivenessOptions) {
    super(options.lobby.local.clock);
    const {
      lobby,
      incarnation = () => 0,
      helpers = 3,
      suspicionsMax = 64,
      witnessDialsPerMinute = 60,
      localHealth = true,
    } = options;
    mustBeCounts({ helpers, suspicionsMax, witnessDialsPerMinute });
    const directory = options.directory ?? new LinkDirectory(lobby);
    if (directory instanceof LinkDirectory) this.#linkDirectory = directory;
    const random = lobby.local.random.fork("liveness");
    const timing = timingOf(options.timing);
    const health = this.#makeHealth(lobby, timing, localHealth);
    const around = { lobby, directory, timing, random, health };
    const prober = new Prober({ lobby, stray: (proof) => this.#heard(proof) });
    this.#around = around;
    this.#excuses = new Excuses(lobby.local.clock, timing.goodbyeMs);
    this.#vitalSign = new VitalSign(lobby, incarnation);
    this.#courier = new Courier(around);
    this.#inquirer = new Inquirer(around, prober, this.#courier, helpers);
    this.#witnessDesk = new WitnessDesk(around, prober, witnessDialsPerMinute);
    this.#suspects = this.#makeSuspects(suspicionsMax);
    this.#monitorDesk = this.#makeMonitorDesk();
    this.#pinger = this.#makePinger();
    this.#route();
  }

  /** The members that are suspected now. */
  get suspects(): readonly PeerId[] {
    return this.#suspects.peers;
  }

  /** Smoothed round trip to a neighbour in milliseconds; `undefined` before its first answer, and for everybody else. */
  roundTripMs(neighbour: PeerId): number | undefined {
    return this.#pinger.roundTripMsOf(neighbour);
  }

  /** How ill this node takes itself to be: from 0, all is well, to 8. Ill, it takes up to nine times as long. */
  get healthScore(): number {
    return this.#around.health.score;
  }

  /**
   * `id` is no member any more, or a new life of it is: ends what was held against it, and no longer pings its link,
   * which is for others to close. A new link with it is watched again.
   */
  forget(id: PeerId): void {
    this.#excuses.end(id);
    this.#pinger.forget(id);
    this.#suspects.forget(id);
    this.#linkDirectory?.forget(id);
  }

  /** Watches over nobody and answers nobody any more; takes back all it ordered. May be called twice. */
  stop(): void {
    this.#isStopped = true;
    this.#pinger.stop();
    this.#suspects.stop();
    this.#excuses.stop();
    this.#witnessDesk.stop();
    this.#courier.stop();
    this.#around.health.stop();
  }

  #route(): void {
    const { links, seeds, probes } = this.#around.lobby;
    this.#on(PING, [links], ({ sequence }, from) => void from.send(PONG.encode({ sequence })));
    this.#on(PONG, [links], ({ sequence }, from) => this.#pinger.hear(sequence, from));
    this.#on(BACK_SOON, [links], ({ backSoon }, from) => this.#announced(backSoon, from));
    this.#on(PROBE, [links, seeds, probes], ({ peer, nonces }, from) => this.#probed(peer, nonces, from));
    this.#on(ALIVE, [links, seeds], ({ proof }) => this.#heard(proof)); // on probes the prober has it
    this.#on(WITNESS, [links, seeds, probes], (question, from) => this.#witnessDesk.ask(question, from));
    this.#on(TESTIMONY, [links, probes], (testimony, from) => this.#inquirer.hear(testimony, from.id));
    this.#on(ACCUSE, [links, probes], (accuse, from) => this.#monitorDesk.hear(accuse, from));
  }

  #on<T>(type: FrameType<T>, rooms: readonly LinkSet[], handle: (value: T, from: Connection) => void): void {
    for (const room of rooms) {
      room.route(type, (value, from) => {
        if (!this.#isStopped) handle(value, from);
      });
    }
  }

  #probed(peer: PeerId, nonces: readonly Uint8Array[], from: Connection): void {
    if (peer === this.#around.lobby.id && this.#vitalSign.show(nonces, from)) {
      this.emit("answered", { asker: from.id });
    }
  }

  #heard(proof: ProofOfLife): void {
    if (!this.#isStopped) this.#suspects.hear(proof);
  }

  #departed(id: PeerId, lastSeen: number, forMs?: number): void {
    this.#suspects.forget(id);
    const lapsed = (): void => {
      if (!this.#around.lobby.links.has(id)) this.#suspects.suspect(id, "doubt", lastSeen);
    };
    this.#excuses.excuse(id, lapsed, forMs);
  }

  /** A neighbour stops, and says when it will be back. */
  #announced(notice: BackSoon, from: Connection): void {
    const { directory, lobby } = this.#around;
    const { networkId, verifier } = lobby.local;
    const isOwn = notice.peer === from.id && directory.find(from.id)?.incarnation === notice.incarnation;
    if (isOwn && verifyBackSoon(notice, networkId, verifier))
      this.#departed(from.id, this.#pinger.lastSeenOf(from.id), notice.withinMs);
  }

  #alive(id: PeerId): void {
    this.#excuses.end(id);
    this.#suspects.seen(id);
  }

  #makeHealth({ local: { clock } }: Lobby, timing: LivenessTiming, isOn: boolean): LocalHealth {
    return new LocalHealth({ clock, timing, isOn, stalled: (stall) => this.emit("stalled", stall) });
  }

  #makeSuspects(suspicionsMax: number): Suspects {
    return new Suspects({
      around: this.#around,
      inquirer: this.#inquirer,
      courier: this.#courier,
      suspicionsMax,
      news: {
        suspected: (life) => this.emit("suspected", life),
        accused: (accusation) => this.emit("accused", { accusation }),
        confirmed: (report) => this.emit("confirmed", { report }),
        cleared: (life) => this.emit("cleared", life),
        proved: (peer) => this.#pinger.mend(peer),
      },
    });
  }

  #makeMonitorDesk(): MonitorDesk {
    return new MonitorDesk({
      around: this.#around,
      suspects: this.#suspects,
      vitalSign: this.#vitalSign,
      isExcused: (id) => this.#excuses.has(id),
      lastSeenOf: (id) => this.#pinger.lastSeenOf(id),
    });
  }

  #makePinger(): Pinger {
    return new Pinger(this.#around, {
      missing: (id, cause, lastSeen) => this.#suspects.suspect(id, cause, lastSeen),
      alive: (id) => this.#alive(id),
      departed: (id, lastSeen) => this.#departed(id, lastSeen),
      gaveUp: (peer) => this.emit("gaveUp", { peer }),
    });
  }
}

function mustBeCounts(limits: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`${name} is not a count: ${value}`);
  }
}
