import {
  ACCUSE,
  type Accuse,
  type Certificate,
  type Configuration,
  type ConfigurationChain,
  type Council,
  chainOf,
  encodeCertificate,
  type JointCertificate,
  Ledger,
  type Member,
  type Report,
  type Standing,
  TOKEN_BYTES_MAX,
} from "@p2p/consensus";
import { type Edge, type P2PError, type PeerId, sameBytes } from "@p2p/identity";
import {
  type Connection,
  CREDENTIAL_BYTES_MAX,
  type Disk,
  type Lobby,
  parseAddress,
  SafeEmitter,
  splitAddress,
} from "@p2p/wire";
import { REPORT, type Status } from "../frames.ts";
import { removalReasonOf } from "../removal-reason.ts";
import { ChainKeeper } from "./chain-keeper.ts";
import { ElectorateDesk, type ElectorateDone } from "./electorate-desk.ts";
import type { SeedClientEvents } from "./events.ts";
import { hearHints } from "./hint-desk.ts";
import { INCARNATION_FILE, IncarnationFile } from "./incarnation-file.ts";
import { ListKeeper } from "./list-keeper.ts";
import { Newsroom } from "./newsroom.ts";
import { Poller } from "./poller.ts";
import { followQuorumTime } from "./quorum-time.ts";
import { SeedLinks } from "./seed-links.ts";
import { Tenure, type TenurePorts } from "./tenure.ts";
import { ASSIGNMENT_TIMING, type ClientTiming } from "./timing.ts";
import { edgeFrames, ToldEdges } from "./told-edges.ts";
import { WorkBench } from "./work-bench.ts";

/** What a {@link SeedClient} is made of. */
export interface SeedClientOptions {
  /** The peer's door, of the configuration's network. The client routes the seeds' frames and CERTIFICATES on it. */
  readonly lobby: Lobby;
  /** Who the seeds are. */
  readonly configuration: Configuration;
  /**
   * How the seeds have changed since, in order, as far as the caller knows. What is on disk, and what others tell, may be
   * more. Default: not at all.
   */
  readonly changes?: readonly JointCertificate[] | undefined;
  /**
   * The highest version of signed bytes that it reads, 1 to `SIGNATURE_VERSION_MAX`: to rehearse what an older release would
   * do. Default: all that there are.
   */
  readonly reads?: number | undefined;
  /** Where the last incarnation is kept. Must be this peer's alone. */
  readonly disk: Disk;
  /** What differs from {@link ASSIGNMENT_TIMING}. */
  readonly timing?: Partial<ClientTiming> | undefined;
  /** What an operator gave the peer to be let in, at most 256 bytes. Default: none. */
  readonly token?: Uint8Array | undefined;
  /** Bits of work that seeds ask of newcomers: 0 to 30. Default: 0. Twenty take seconds, each further one twice as long. */
  readonly workBits?: number | undefined;
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

/**
 * A peer's end of its conversation with the seeds: it becomes and stays a member, keeps the Peer List, and carries
 * words to the seeds. PROTOCOL.md §8.
 */
export class SeedClient extends SafeEmitter<SeedClientEvents> {
  /** The peer's own Peer List: verified certificates only. To be read, not written. */
  readonly ledger: Ledger;
  readonly #lobby: Lobby;
  readonly #chain: ConfigurationChain;
  readonly #chains: ChainKeeper;
  readonly #links: SeedLinks;
  readonly #news: Newsroom;
  readonly #poller: Poller;
  readonly #lists: ListKeeper;
  readonly #desk: ElectorateDesk;
  readonly #tenure: Tenure;
  readonly #edges: ToldEdges = new ToldEdges();
  #credential: { readonly of: Certificate; readonly bytes: Uint8Array | undefined } | undefined;

  /**
   * @throws TypeError when the lobby is of another network, or has a route of these frames already.
   * @throws P2PError `ADDRESS_INVALID` when `address` is not `host:port`; `CONFIG_INVALID` when `changes` prove nothing.
   * @throws RangeError on a `token` of more than 256 bytes, and on `workBits` outside 0 to 30.
   */
  constructor(options: SeedClientOptions) {
    super(options.lobby.local.clock);
    const { lobby, configuration, membersMax } = options;
    const timing = { ...ASSIGNMENT_TIMING, ...options.timing };
    checkNetwork(lobby, configuration);
    if (options.address !== undefined) lobby.advertise(parseAddress(options.address));
    this.#lobby = lobby;
    const chain = chainOf(configuration, options.changes, lobby.local.verifier, options.reads);
    this.#chain = chain;
    const { leaseTicks } = timing;
    const ledger = new Ledger({ membersMax, leaseTicks, council: chain });
    this.ledger = ledger;
    const links = this.#linksWith(timing);
    const news = this.#newsroom();
    const lists = new ListKeeper(lobby, chain, links, news, ledger, timing);
    const seeds = chain.seeds.map(({ id }) => id);
    const poller = new Poller(lobby, links, seeds, timing, {
      incarnation: () => this.#tenure.spoken,
      members: () => ledger.size,
      status: (status, from) => this.#heardStatus(status, from),
    });
    hearHints(lobby, news, ledger, {
      hinted: (seed, peer) => {
        if (!isSilent(this.#tenure.phase)) this.emit("hinted", { seed, peer });
      },
      charted: (seed, degrees) => this.emit("charted", { seed, degrees }),
    });
    this.#links = links;
    this.#news = news;
    this.#lists = lists;
    this.#poller = poller;
    this.#desk = new ElectorateDesk(lobby, links, timing.electorateTimeoutMs, () => ledger.memberIds());
    const file = new IncarnationFile(options.disk, options.file ?? INCARNATION_FILE);
    const certified = (): number | undefined => ledger.standing(lobby.id)?.incarnation;
    const token = checkedToken(options.token);
    const bench = new WorkBench(lobby, options.workBits ?? 0);
    /** Who the seeds are, and then this peer's own last word. */
    const read: TenurePorts["read"] = (done) =>
      this.#chains.read((error) => (error === undefined ? file.read(done) : done(error, undefined)));
    const ports = {
      lobby,
      configuration: chain,
      timing,
      ledger,
      links,
      lists,
      poller,
      file,
      token,
      bench,
      certified,
      read,
    };
    this.#tenure = new Tenure(ports, (event, ...told) => this.emit(event, ...(told as never)));
    followQuorumTime(lobby, chain, ledger, {
      foreign: (from) => this.#chains.ask(from),
      ticked: (expired) => this.#ticked(expired),
      forged: (from) => from.blame("forged", "a time that no quorum certified"),
    });
    this.#chains = new ChainKeeper(lobby, chain, options.disk, {
      changed: (how) => this.#reconfigured(how),
      outdated: (version) => {
        if (this.#tenure.phase !== "stopped") this.emit("outdated", { version });
      },
    });
  }

  /** Who the seeds are now, as far as this peer has heard: what is read of it changes when they do. */
  get council(): Council {
    return this.#chain;
  }

  /**
   * The incarnation that proofs of life speak for: the one that this process announced last; until there is one, the
   * one that it would announce now; 0 before it registers.
   */
  get incarnation(): number {
    return this.#tenure.spoken ?? 0;
  }

  /**
   * The incarnation in which others list this peer, and in which it gossips and signs edges. Behind {@link incarnation}
   * while a renewal is on its way; the same while it is no member.
   */
  get life(): number {
    return this.#tenure.life ?? 0;
  }

  /** How the seeds have changed since the network began, as far as this peer has heard: for {@link SeedClientOptions.changes}. */
  get changes(): readonly JointCertificate[] {
    return this.#chain.after(0);
  }

  /** What time it is, in ticks that a quorum certified, as far as this peer has heard. */
  get tick(): number {
    return this.ledger.tick;
  }

  /** Whether this process is a certified member, as far as it knows. */
  get isMember(): boolean {
    return this.#tenure.isMember;
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
    const { certificate } = this.#tenure;
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
    this.#tenure.register(done);
  }

  /**
   * Leaves the network: tells all seeds, and waits at most `leaveTimeoutMs` for a quorum of receipts. A pending
   * {@link register} ends with `STOPPED`.
   * @param done gets how many seeds gave a receipt; never inside this call.
   */
  leave(done: (receipts: number) => void): void {
    this.#tenure.leave(done);
  }

  /**
   * Announces that this peer stops now and will be back within `withinMs`, with a new incarnation: seeds neither look for
   * it nor vote against it until then. Once for each incarnation; later calls do nothing. {@link close} is up to the caller.
   * @param withinMs 1 to 60 000.
   * @returns BACK_SOON as it was sent, to be sent to neighbours as well; nothing if nothing was announced.
   * @throws RangeError on another `withinMs`.
   */
  backSoon(withinMs: number): Uint8Array | undefined {
    return this.#tenure.backSoon(withinMs);
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
    if (this.#tenure.phase !== "stopped") this.#links.sendToAll(frame);
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
    this.#tenure.close();
    this.#desk.close();
    this.#news.close();
  }

  #linksWith(timing: ClientTiming): SeedLinks {
    return new SeedLinks(this.#lobby, this.#chain, timing, {
      linked: (connection) => this.#linked(connection),
      unlinked: (seed, reason) => this.emit("unlinked", { seed, reason }),
      changed: () => this.#tenure.pursue(),
    });
  }

  #newsroom(): Newsroom {
    return new Newsroom(this.#lobby, this.#chain, this.ledger, {
      foreign: (from) => this.#chains.ask(from),
      changed: (certificate, before) => this.#changed(certificate, before),
      ownKey: (certificate) => this.#tenure.heardOfSelf(certificate),
      forged: (from) => from.blame("forged", "a certificate with a false signature"),
      overdrawn: () => this.#lists.refreshSoon(),
    });
  }

  #reconfigured(how: "remembered" | "told"): void {
    const { number, seeds } = this.#chain.newest;
    this.#lobby.favour(seeds.map(({ address }) => splitAddress(address).host));
    this.#links.refresh();
    this.#poller.refresh(seeds.map(({ id }) => id));
    this.#tenure.reconfigured();
    if (how === "told" && this.#tenure.phase !== "stopped")
      this.emit("configurationChanged", { number, seeds });
  }

  #linked(connection: Connection): void {
    const { clock } = this.#lobby.local;
    const { phase } = this.#tenure;
    for (const frame of this.#edges.frames(clock.now())) connection.send(frame);
    if (phase === "member" || phase === "rejoining") this.#lists.refresh(connection.id);
    this.emit("linked", { seed: connection.id });
  }

  #heardStatus(status: Status, from: Connection): void {
    const { certificate } = status;
    if (certificate === undefined || this.#news.take(certificate, from))
      this.#tenure.heardStatus(status, from);
  }

  /** The list changed. */
  #changed(certificate: Certificate, before: Standing | undefined): void {
    const { peer, incarnation } = certificate.fact;
    if (peer === this.#lobby.id || isSilent(this.#tenure.phase)) return;
    const member = this.ledger.member(peer);
    if (member !== undefined) return void this.emit("added", member);
    const address = before?.certificate.registration?.address;
    if (before?.kind === "member" && address !== undefined)
      this.emit("removed", { peer, incarnation, address, reason: removalReasonOf(certificate) });
  }

  #ticked(expired: readonly Member[]): void {
    this.#tenure.ticked();
    if (isSilent(this.#tenure.phase)) return;
    for (const { peer, incarnation, address } of expired)
      if (peer !== this.#lobby.id) this.emit("removed", { peer, incarnation, address, reason: "expired" });
  }
}

function checkNetwork(lobby: Lobby, { networkId }: Configuration): void {
  if (!sameBytes(lobby.local.networkId, networkId))
    throw new TypeError("the lobby is of another network than the configuration");
}

function checkedToken(token: Uint8Array | undefined): Uint8Array | undefined {
  if (token !== undefined && token.length > TOKEN_BYTES_MAX)
    throw new RangeError(`a token has at most ${TOKEN_BYTES_MAX} bytes, and this one ${token.length}`);
  return token;
}

/** Before a peer is registered, and once it has stopped, its list changes without a word. */
function isSilent(phase: Tenure["phase"]): boolean {
  return phase === "idle" || phase === "registering" || phase === "stopped";
}
