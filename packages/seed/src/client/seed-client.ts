import {
  ACCUSE,
  type Accuse,
  beats,
  CERTIFICATE,
  type Certificate,
  type Configuration,
  encodeCertificate,
  Ledger,
  type Registration,
  type Report,
  type Standing,
  signLeave,
} from "@p2p/consensus";
import { type Edge, P2PError, type PeerId } from "@p2p/identity";
import {
  type Cancel,
  type Connection,
  CREDENTIAL_BYTES_MAX,
  type Disk,
  every,
  type Lobby,
  parseAddress,
} from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import { LEAVE, LEAVE_RECEIPT, REGISTER_ANSWER, REPORT, type Status } from "../frames.ts";
import { EdgeBook, edgeFrames } from "./edge-book.ts";
import { ElectorateDesk, type ElectorateDone } from "./electorate-desk.ts";
import { Enrolment, type EnrolmentPorts } from "./enrolment.ts";
import type { SeedClientEvents } from "./events.ts";
import { Farewell } from "./farewell.ts";
import { RebirthPace } from "./incarnation.ts";
import { INCARNATION_FILE, IncarnationFile, type LastWord } from "./incarnation-file.ts";
import { ListKeeper } from "./list-keeper.ts";
import { Newsroom } from "./newsroom.ts";
import { readOwnFact } from "./own-fact.ts";
import { Poller } from "./poller.ts";
import { SeedLinks } from "./seed-links.ts";
import { ASSIGNMENT_CLIENT_TIMING, type ClientTiming } from "./timing.ts";

/** What a {@link SeedClient} is made of. */
export interface SeedClientOptions {
  /** The peer's door, of the configuration's network. The client routes the seeds' frames and CERTIFICATE on it. */
  readonly lobby: Lobby;
  /** Who the seeds are. */
  readonly configuration: Configuration;
  /** Where the last incarnation is kept. Must be this peer's alone. */
  readonly disk: Disk;
  /** Default: {@link ASSIGNMENT_CLIENT_TIMING}. */
  readonly timing?: ClientTiming | undefined;
  /** What an operator gave the peer to be let in, at most 256 bytes. Default: none. */
  readonly token?: Uint8Array | undefined;
  /**
   * `host:port` where others can dial this peer; the lobby advertises it. Default: where the lobby is bound; if that
   * is a wildcard, the host that a quorum of seeds sees.
   */
  readonly address?: string | undefined;
  /** Name of the file on `disk`. Default: `"incarnation"`. */
  readonly file?: string | undefined;
  /** Most members that are listed. Default: 10 000. */
  readonly membersMax?: number | undefined;
}

/** How often a registration that is under way looks whether something is due. */
const PURSUE_MS = 250;
/** How long registering again waits after this machine's own trouble. */
const STALLED_MS = 10_000;

/** Where a client stands. */
type Phase = "idle" | "registering" | "member" | "rejoining" | "leaving" | "left" | "stopped";

/**
 * A peer's end of its conversation with the seeds: it becomes and stays a member, keeps the Peer List, and carries
 * words to the seeds. PROTOCOL.md §8.
 */
export class SeedClient extends EventEmitter<SeedClientEvents> {
  /** The peer's own Peer List: verified certificates only. To be read, not written. */
  readonly ledger: Ledger;
  readonly #lobby: Lobby;
  readonly #configuration: Configuration;
  readonly #timing: ClientTiming;
  readonly #links: SeedLinks;
  readonly #news: Newsroom;
  readonly #poller: Poller;
  readonly #lists: ListKeeper;
  readonly #desk: ElectorateDesk;
  readonly #edges: EdgeBook = new EdgeBook();
  readonly #pace: RebirthPace;
  readonly #enrolmentPorts: EnrolmentPorts;
  #phase: Phase = "idle";
  /** The newest registration that this process sent. */
  #mine: Registration | undefined;
  #credential: { readonly of: Certificate; readonly bytes: Uint8Array | undefined } | undefined;
  #enrolment: Enrolment | undefined;
  #registered: ((error?: P2PError) => void) | undefined;
  #farewell: Farewell | undefined;
  #cancelPursuit: Cancel | undefined;
  #cancelRebirth: Cancel | undefined;
  #waitingSince: number | undefined;

  /**
   * @throws TypeError when the lobby is of another network, or has a route of these frames already.
   * @throws P2PError `ADDRESS_INVALID` when `address` is not `host:port`.
   */
  constructor(options: SeedClientOptions) {
    super();
    const { lobby, configuration, timing = ASSIGNMENT_CLIENT_TIMING, membersMax } = options;
    checkNetwork(lobby, configuration);
    if (options.address !== undefined) lobby.advertise(parseAddress(options.address));
    this.#lobby = lobby;
    this.#configuration = configuration;
    this.#timing = timing;
    this.#pace = new RebirthPace(timing.rebirthMinMs);
    this.ledger = new Ledger({ membersMax });
    this.#links = new SeedLinks(lobby, configuration, timing, {
      linked: (connection) => this.#linked(connection),
      unlinked: (seed, reason) => this.#tell("unlinked", { seed, reason }),
      changed: () => this.#pursue(),
    });
    this.#news = new Newsroom(lobby, configuration, this.ledger, timing, {
      changed: (certificate, before) => this.#changed(certificate, before),
      ownKey: (certificate) => this.#readOwn(certificate),
      forged: (from) => this.#blame(from),
      overdrawn: () => this.#lists.refreshSoon(),
    });
    this.#lists = new ListKeeper(lobby, configuration, this.#links, this.#news, this.ledger, timing);
    const seeds = configuration.seeds.map(({ id }) => id);
    this.#poller = new Poller(lobby, this.#links, seeds, timing, {
      incarnation: () => this.#mine?.incarnation,
      members: () => this.ledger.size,
      status: (status, from) => this.#heardStatus(status, from),
    });
    this.#desk = new ElectorateDesk(lobby, this.#links, timing.electorateTimeoutMs, () =>
      this.ledger.memberIds(),
    );
    lobby.seeds.route(REGISTER_ANSWER, (answer, { id }) => this.#enrolment?.heardAnswer(answer, id));
    lobby.seeds.route(LEAVE_RECEIPT, ({ incarnation }, { id }) => this.#farewell?.receive(id, incarnation));
    this.#enrolmentPorts = {
      lobby,
      configuration,
      timing,
      links: this.#links,
      poller: this.#poller,
      file: new IncarnationFile(options.disk, options.file ?? INCARNATION_FILE),
      token: options.token,
      certified: () => this.ledger.standing(lobby.id)?.incarnation,
    };
  }

  /** The incarnation that this process announced last; 0 while it announced none. */
  get incarnation(): number {
    return this.#mine?.incarnation ?? 0;
  }

  /** Whether this process is a certified member, as far as it knows. */
  get isMember(): boolean {
    const isIn = this.#phase === "member" || this.#phase === "registering" || this.#phase === "rejoining";
    return isIn && this.#mine !== undefined && this.ledger.isMember(this.#lobby.id, this.#mine.incarnation);
  }

  /** The seeds that are linked now, lasting links and errands alike. */
  get linked(): readonly PeerId[] {
    return this.#links.linked;
  }

  /** What seeds showed this peer lately and any proof of life may sign besides: at most n + 8 nonces of 32 bytes. */
  get proofNonces(): readonly Uint8Array[] {
    return this.#poller.nonces;
  }

  /**
   * This peer's own certificate of membership as bytes, for `LobbyOptions.credential`; nothing while it is no member,
   * or when it does not fit (a quorum of more than some twenty seeds).
   */
  credential(): Uint8Array | undefined {
    const certificate = this.isMember ? this.ledger.standing(this.#lobby.id)?.certificate : undefined;
    if (certificate === undefined) return undefined;
    if (this.#credential?.of !== certificate) {
      const bytes = encodeCertificate(certificate);
      this.#credential = {
        of: certificate,
        bytes: bytes.length <= CREDENTIAL_BYTES_MAX ? bytes : undefined,
      };
    }
    return this.#credential.bytes;
  }

  /**
   * Becomes a member. The lobby must listen. Keeps trying while too few seeds can be reached, with `waiting`.
   * @param done told once, never inside this call: nothing when `registered`, else `NOT_DIALABLE`,
   *   `REGISTRATION_REJECTED`, `IDENTITY_IN_USE`, `NETWORK_MISMATCH`, `ADDRESS_UNAVAILABLE`, `STORE_CORRUPT`,
   *   `DISK_FAILED`, or `STOPPED` by {@link leave} or {@link close}. After the network's no it may be called again.
   * @throws TypeError when it registers or is registered already, left, was closed, or its lobby does not listen.
   */
  register(done: (error?: P2PError) => void): void {
    if (this.#phase !== "idle") throw new TypeError(`cannot register: this client is ${this.#phase}`);
    if (this.#lobby.bound === undefined) throw new TypeError("the lobby has to listen first");
    this.#phase = "registering";
    this.#registered = done;
    // What an earlier attempt said is history.
    this.#mine = undefined;
    this.#waitingSince = undefined;
    this.#enrolmentPorts.file.read((error, word) => {
      if (this.#phase !== "registering") return;
      if (error !== undefined) return this.#fail(error);
      this.#enrol(this.#lastOf(word), true);
      this.#keepPursuing();
    });
  }

  /**
   * Leaves the network: tells all seeds, and waits at most `leaveTimeoutMs` for a quorum of receipts. A pending
   * {@link register} ends with `STOPPED`.
   * @param done gets how many seeds gave a receipt; never inside this call.
   */
  leave(done: (receipts: number) => void): void {
    const { clock, id, networkId, signer } = this.#lobby.local;
    const mine = this.#mine;
    const isIn = this.#phase === "registering" || this.#phase === "member" || this.#phase === "rejoining";
    this.#settle();
    this.#conclude(stopped("this peer leaves"));
    if (!isIn || mine === undefined) {
      if (isIn) this.#phase = "left";
      return void clock.after(0, () => done(0));
    }
    this.#phase = "leaving";
    const leave = signLeave({ peer: id, incarnation: mine.incarnation }, networkId, signer);
    this.#farewell = new Farewell(
      leave,
      this.#configuration.quorum,
      this.#timing.leaveTimeoutMs,
      clock,
      (receipts) => {
        if (this.#phase === "leaving") this.#phase = "left";
        done(receipts);
      },
    );
    this.#links.sendToAll(LEAVE.encode({ leave }));
  }

  /** Brings a level-1 majority's word to all seeds. */
  report(report: Report): void {
    this.send(REPORT.encode({ report }));
  }

  /** Brings an accusation to all seeds. */
  accuse(accuse: Accuse): void {
    this.send(ACCUSE.encode(accuse));
  }

  /** Sends a frame to all seeds, over links made for it where there is none; what cannot be delivered is dropped. */
  send(frame: Uint8Array): void {
    if (this.#phase !== "stopped") this.#links.sendToAll(frame);
  }

  /**
   * Tells the linked seeds of edges that were made or renewed, and of such as both ends ended. A seed whose link is
   * new is told again what still stands; at most 256 edges are kept for that.
   */
  edges(made: Iterable<Edge>, ended: Iterable<Edge> = []): void {
    const news = { made: [...made], ended: [...ended] };
    this.#edges.enter(news.made, news.ended, this.#lobby.local.clock.now());
    for (const frame of edgeFrames(news)) this.#links.sendToKept(frame);
  }

  /**
   * Asks a seed who watches over `victim`; if none answers in time, the peer's own view does.
   * @param done gets at most 69 ids; never inside this call.
   * @param neighbours whom the peer itself knows to be neighbours of the victim, for its own view. Default: nobody.
   */
  electorate(victim: PeerId, done: ElectorateDone, neighbours: Iterable<PeerId> = []): void {
    this.#desk.ask(victim, done, neighbours);
  }

  /** Asks a neighbour for what is certified about `peer`; at most once a second. What it knows is told by events. */
  askCertificate(peer: PeerId, connection: Connection): void {
    this.#news.ask(peer, connection);
  }

  /** Ends it all: nothing is told after this but `STOPPED` to a pending {@link register}. Does not leave the network. */
  close(): void {
    if (this.#phase === "stopped") return;
    this.#halt();
    this.#conclude(stopped("the client was closed"));
    this.#farewell?.conclude();
  }

  #lastOf(word: LastWord | undefined): number | undefined {
    // A file of another key says nothing about this one.
    return word?.registration.peer === this.#lobby.id ? word.incarnation : undefined;
  }

  #enrol(last: number | undefined, asksFirst: boolean): void {
    const owner = {
      announced: (registration: Registration) => this.#announced(registration),
      rejected: (rejection: SeedClientEvents["rejected"][0]) => this.#tell("rejected", rejection),
      failed: (error: P2PError, why: "hopeless" | "surroundings") => this.#enrolFailed(error, why),
    };
    this.#enrolment = new Enrolment(this.#enrolmentPorts, owner, last, asksFirst);
    this.#links.want(this.#configuration.quorum);
    this.#pursue();
  }

  #announced(registration: Registration): void {
    this.#mine = registration;
    this.#pace.born(this.#lobby.local.clock.now());
  }

  #keepPursuing(): void {
    this.#cancelPursuit ??= every(
      this.#lobby.local.clock,
      () => PURSUE_MS,
      () => this.#pursue(),
    );
  }

  #pursue(): void {
    if (this.#phase !== "registering" && this.#phase !== "rejoining") return;
    this.#enrolment?.pursue();
    this.#lists.pursue();
    this.#complain();
  }

  /** Says what is wrong when too few seeds can be reached. */
  #complain(): void {
    const { size, registrars } = this.#configuration;
    const strangers = this.#links.strangers;
    if (this.#phase === "registering" && size - strangers.length < registrars)
      return this.#fail(mismatch(strangers));
    const missing = this.#links.missing;
    const now = this.#lobby.local.clock.now();
    const isEarly = now - (this.#waitingSince ?? Number.NEGATIVE_INFINITY) < this.#timing.waitingEveryMs;
    if (size - missing.length >= registrars || isEarly) return;
    this.#waitingSince = now;
    this.#tell("waiting", { missing });
  }

  #linked(connection: Connection): void {
    const { clock } = this.#lobby.local;
    for (const frame of this.#edges.frames(clock.now())) connection.send(frame);
    if (this.#phase === "member" || this.#phase === "rejoining") this.#lists.refresh(connection.id);
    this.#tell("linked", { seed: connection.id });
  }

  /** A seed said how this peer stands. */
  #heardStatus(status: Status, from: Connection): void {
    const { certificate } = status;
    if (certificate !== undefined && !this.#news.take(certificate, from)) return;
    const own = this.isMember ? this.ledger.standing(this.#lobby.id)?.certificate : undefined;
    // Any holder of a certificate can finish the decision.
    if (own !== undefined && (certificate === undefined || beats(own, certificate)))
      from.send(CERTIFICATE.encode({ certificate: own }));
    this.#enrolment?.heardStatus(status, from.id);
  }

  /** The list changed. */
  #changed(certificate: Certificate, before: Standing | undefined): void {
    const { kind, peer, incarnation } = certificate.fact;
    if (peer === this.#lobby.id || this.#isSilent) return;
    const address = (kind === "add" ? certificate : before?.certificate)?.registration?.address;
    if (address === undefined) return;
    if (kind === "add") this.#tell("added", { peer, incarnation, address, certificate });
    else {
      const reason = certificate.leave === undefined ? "dead" : "left";
      this.#tell("removed", { peer, incarnation, address, reason });
    }
  }

  /** Before it is registered, and once it has stopped, the list changes without a word. */
  get #isSilent(): boolean {
    return this.#phase === "idle" || this.#phase === "registering" || this.#phase === "stopped";
  }

  /** Somebody brought a genuine certificate about this peer's own key. Before the first REG that is history. */
  #readOwn(certificate: Certificate): void {
    if (this.#mine === undefined || this.#phase === "idle" || this.#phase === "stopped") return;
    const isGoing = this.#phase === "leaving" || this.#phase === "left";
    switch (readOwnFact(certificate, this.#mine, this.#configuration.networkId)) {
      case "history":
        return;
      case "certified":
        return this.#certified();
      case "removed":
        return this.#ejected();
      case "left":
        // Nobody but the holder of the key signs a leave.
        return isGoing ? this.#farewell?.conclude() : this.#usurped(certificate);
      case "foreign":
        // Who goes does not mind who comes after him.
        return isGoing ? undefined : this.#usurped(certificate);
    }
  }

  #certified(): void {
    if (!this.isMember || this.#enrolment === undefined) return;
    this.#dropEnrolment();
    this.#poller.start();
    this.#lists.keep();
    this.#links.want(this.#configuration.quorum);
    if (this.#phase === "registering") this.#lists.gather(() => this.#complete());
    else this.#enter(() => this.#tell("rejoined", { incarnation: this.incarnation }));
  }

  #complete(): void {
    // Voted out while it read: the union is gathered again once it is back.
    if (!this.isMember) return;
    const peers = [...this.ledger.members()].filter(({ peer }) => peer !== this.#lobby.id);
    this.#enter(() => {
      this.#tell("registered", { incarnation: this.incarnation, peers });
      this.#conclude();
    });
  }

  #enter(tell: () => void): void {
    this.#phase = "member";
    this.#cancelPursuit?.();
    this.#cancelPursuit = undefined;
    tell();
  }

  /** Voted out alive: back with a higher incarnation. */
  #ejected(): void {
    if (this.#phase !== "member" && this.#phase !== "registering" && this.#phase !== "rejoining") return;
    if (this.#cancelRebirth !== undefined) return;
    if (this.#phase === "member") this.#phase = "rejoining";
    this.#dropEnrolment();
    const { clock } = this.#lobby.local;
    this.#cancelRebirth = clock.after(this.#pace.waitMs(clock.now()), () => this.#rejoin());
    this.#keepPursuing();
    this.#tell("selfRemoved", { incarnation: this.incarnation });
  }

  #rejoin(): void {
    this.#cancelRebirth = undefined;
    this.#enrol(this.incarnation, false);
  }

  #enrolFailed(error: P2PError, why: "hopeless" | "surroundings"): void {
    if (this.#phase === "registering") return this.#fail(error);
    // Who was a member goes on asking: the seeds may come to reach it again.
    if (why === "hopeless") return;
    this.#dropEnrolment();
    this.#cancelRebirth ??= this.#lobby.local.clock.after(STALLED_MS, () => this.#rejoin());
    this.#tell("stalled", { error });
  }

  #usurped(certificate: Certificate): void {
    const error = inUse(certificate);
    this.#halt();
    this.#conclude(error);
    this.#farewell?.conclude();
    this.#tell("identityInUse", { error, certificate });
  }

  #blame(from: Connection): void {
    const detail = "a certificate with a false signature";
    if (this.#configuration.has(from.id)) this.#links.bar(from.id, detail);
    from.close({ kind: "misbehaved", detail });
  }

  /** Registering came to nothing; it may be tried anew. */
  #fail(error: P2PError): void {
    this.#settle();
    this.#phase = "idle";
    this.#links.want(0);
    this.#conclude(error);
  }

  #halt(): void {
    this.#settle();
    this.#phase = "stopped";
    this.#desk.close();
    this.#links.close();
  }

  /** Ends whatever goes on by itself. */
  #settle(): void {
    this.#dropEnrolment();
    this.#cancelPursuit?.();
    this.#cancelPursuit = undefined;
    this.#cancelRebirth?.();
    this.#cancelRebirth = undefined;
    this.#poller.stop();
    this.#lists.close();
  }

  #dropEnrolment(): void {
    this.#enrolment?.finish();
    this.#enrolment = undefined;
  }

  /** Answers a pending {@link register}, after what is going on now. */
  #conclude(error?: P2PError): void {
    const done = this.#registered;
    this.#registered = undefined;
    if (done !== undefined) this.#lobby.local.clock.after(0, () => done(error));
  }

  /** A listener that throws disturbs nothing here. */
  #tell<E extends keyof SeedClientEvents>(event: E, ...news: SeedClientEvents[E]): void {
    try {
      this.emit(event, ...(news as never));
    } catch (error) {
      this.#lobby.local.clock.after(0, () => {
        throw error;
      });
    }
  }
}

function checkNetwork(lobby: Lobby, { networkId }: Configuration): void {
  const isSame = lobby.local.networkId.every((byte, index) => byte === networkId[index]);
  if (!isSame) throw new TypeError("the lobby is of another network than the configuration");
}

function stopped(why: string): P2PError {
  return new P2PError("STOPPED", `the peer did not become a member: ${why}`);
}

function mismatch(strangers: SeedLinks["strangers"]): P2PError {
  const [first] = strangers;
  return new P2PError(
    "NETWORK_MISMATCH",
    `the seeds belong to another network (${first?.entry.address}: ${first?.detail}); take over their configuration`,
  );
}

function inUse({ fact, registration }: Certificate): P2PError {
  const where = registration === undefined ? "" : ` at ${registration.address}`;
  return new P2PError(
    "IDENTITY_IN_USE",
    `another process uses this peer's key (incarnation ${fact.incarnation}${where}): its state directory was copied ` +
      "or is used twice; stop one of the two, or delete the copy's key file to make it a peer of its own",
  );
}
