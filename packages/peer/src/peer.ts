import type { Configuration, JointCertificate } from "@p2p/consensus";
import { Gossip, type GossipSettings } from "@p2p/gossip";
import { P2PError, type Signer, type Verifier } from "@p2p/identity";
import { Liveness } from "@p2p/liveness";
import { Overlay } from "@p2p/overlay";
import { SeedClient } from "@p2p/seed/client";
import {
  type Clock,
  type Disk,
  Lobby,
  type LobbyLimits,
  type Random,
  splitAddress,
  type Transport,
} from "@p2p/wire";
import { worthMeeting } from "./acquaintances.ts";
import { AnchorFile } from "./anchor-file.ts";
import { directoryOf } from "./directory.ts";
import { settingsOf } from "./gossip-settings.ts";
import { membershipOf } from "./membership.ts";
import { membersOnly } from "./membership-rule.ts";
import { ASSIGNMENT, type Profile } from "./profile.ts";

/** What a {@link Peer} is made of. */
export interface PeerOptions {
  /** Who the seeds are. All nodes of a network have the same. */
  readonly configuration: Configuration;
  /**
   * How the seeds have changed since the network began, in order, as far as whoever starts this peer knows. It learns more
   * from others, and remembers it. Default: not at all.
   */
  readonly changes?: readonly JointCertificate[] | undefined;
  /**
   * The highest version of signed bytes that it reads, and says that it reads: to rehearse what an older release would do.
   * Default: all that there are.
   */
  readonly reads?: number | undefined;
  /** How to reach others. Default: TLS with the signer's key, in Node. */
  readonly transport?: Transport | undefined;
  /** The peer's key: keep it, it is what others know the peer by. */
  readonly signer: Signer;
  /** Where the peer remembers its incarnation, and two neighbours to begin with next time; its own alone. */
  readonly disk: Disk;
  /** Where to listen, `host:port`. Default `127.0.0.1:0`. */
  readonly listen?: string | undefined;
  /** Where others shall dial, if that differs. Default: where it listens; a wildcard becomes what q seeds see. */
  readonly advertise?: string | undefined;
  readonly verifier?: Verifier | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default {@link ASSIGNMENT}. */
  readonly profile?: Profile | undefined;
  /** Links that the peer looks for itself. Default 3. 1 to 16. */
  readonly m?: number | undefined;
  /** Most links in all: its own, others' to it, and one that a seed asks for. Default 64. 2m + 1 to 128. */
  readonly cap?: number | undefined;
  /** What an operator gave this peer to be let in, at most 256 bytes. Default: none. */
  readonly token?: Uint8Array | undefined;
  /** Bits of work that seeds ask of newcomers: 0 to 30. Default: 0. Twenty take seconds, each further one twice as long. */
  readonly workBits?: number | undefined;
  /**
   * How it gossips: `order`, `validate`, `store`, `rate` and more. Default: as `@p2p/gossip` does. All nodes have to
   * judge alike; `links`, `membership`, `incarnation` and `timing` are the peer's own, from its lobby, the seeds, and
   * {@link profile}.
   */
  readonly gossip?: GossipSettings | undefined;
  readonly limits?: Partial<LobbyLimits> | undefined;
  /** Told to others for display. Default `"@p2p/peer"`. */
  readonly software?: string | undefined;
}

/** How a {@link Peer} ends. */
export interface StopOptions {
  /** Whether it gives up its membership. Default: true; false with `backWithinMs`. */
  readonly leave?: boolean | undefined;
  /**
   * For a restart: announces that it will be back, as a member in a new life, within so many milliseconds, 1 to 60 000.
   * Neither seeds nor neighbours look for it until then; who is not back by then is removed like one that crashed.
   * Works once for each run, and only for a member that is linked with a seed.
   */
  readonly backWithinMs?: number | undefined;
}

/**
 * A member of the network, from its parts: it registers with the seeds, finds neighbours, gossips, and watches over
 * its neighbours as they do over it. The parts are there to be used and listened to; this class only wires them.
 */
export class Peer {
  /** Its door: who is linked, and how. */
  readonly lobby: Lobby;
  /** Its end of the conversation with the seeds: membership, the Peer List. */
  readonly seeds: SeedClient;
  /** Who its neighbours are. */
  readonly overlay: Overlay;
  /** What it tells and hears. Before the peer has registered, `publish` throws P2PError `NOT_MEMBER`. */
  readonly gossip: Gossip;
  /** Who of its neighbours lives. */
  readonly liveness: Liveness;
  readonly #anchors: AnchorFile;
  #isStopped = false;
  /** Who waits for the seeds' receipts. */
  #leaving: (() => void)[] = [];

  /**
   * @throws P2PError `ADDRESS_INVALID` when `listen` or `advertise` is not `host:port`; `CONFIG_INVALID` when `changes` prove
   *   nothing.
   * @throws RangeError on an option outside its range, and on a `token` of more than 256 bytes; TypeError on one of
   *   `gossip` that is of another type, or the peer's
   *   own; TypeError without a transport, where the signer keeps its key to itself or this is not Node.
   */
  constructor(options: PeerOptions) {
    const { configuration, disk, profile = ASSIGNMENT } = options;
    this.lobby = new Lobby({
      transport: options.transport,
      listen: options.listen,
      advertise: options.advertise,
      signer: options.signer,
      verifier: options.verifier,
      clock: options.clock,
      random: options.random,
      limits: options.limits,
      network: configuration.network,
      reads: options.reads,
      favouredHosts: configuration.seeds.map(({ address }) => splitAddress(address).host),
      credential: () => this.seeds.credential(),
      software: options.software ?? "@p2p/peer",
    });
    this.seeds = new SeedClient({
      lobby: this.lobby,
      configuration,
      changes: options.changes,
      reads: options.reads,
      disk,
      timing: profile.seeds,
      token: options.token,
      workBits: options.workBits,
    });
    this.overlay = new Overlay({
      lobby: this.lobby,
      incarnation: () => this.seeds.life,
      timing: profile.overlay,
      m: options.m,
      cap: options.cap,
    });
    this.#anchors = new AnchorFile(disk);
    this.gossip = new Gossip({
      ...settingsOf(options.gossip),
      links: this.lobby.links,
      membership: membershipOf(this.seeds),
      incarnation: () => announced(this.seeds.life),
      timing: profile.gossip,
    });
    this.liveness = new Liveness({
      lobby: this.lobby,
      directory: directoryOf(this.seeds),
      incarnation: () => this.seeds.incarnation,
      timing: profile.liveness,
    });
    this.#wire();
  }

  /**
   * Listens, and becomes a member; the callback form of {@link start}.
   * @param done told once, never inside this call.
   */
  open(done: (error?: P2PError) => void): void {
    // Registration takes longer than a disk; were it otherwise, the first draw would do without.
    this.#anchors.read((anchors) => this.overlay.remember(anchors));
    this.lobby.open((error) => {
      if (error) done(error);
      else this.seeds.register(done);
    });
  }

  /**
   * Listens, and becomes a member. Goes on trying while too few seeds can be reached: see `waiting` of {@link seeds}.
   * @throws P2PError (as rejection) `ADDRESS_IN_USE`, `ADDRESS_UNAVAILABLE`, `NOT_DIALABLE`, `REGISTRATION_REJECTED`,
   *   `IDENTITY_IN_USE`, `NETWORK_MISMATCH`, `STORE_CORRUPT`, `DISK_FAILED`, or `STOPPED` by {@link stop}.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.open((error) => (error ? reject(error) : resolve()));
    });
  }

  /**
   * Ends the peer; the callback form of {@link stop}.
   * @param how whether it leaves, or all that {@link stop} takes.
   * @param done runs once everything is closed.
   * @throws as {@link stop} rejects; then nothing has happened.
   */
  close(how: boolean | StopOptions, done: () => void = () => undefined): void {
    const { leave, backWithinMs } = departureOf(how);
    const isFirst = !this.#isStopped;
    if (isFirst && backWithinMs !== undefined) this.#announce(backWithinMs);
    this.#isStopped = true;
    this.overlay.stop();
    this.liveness.stop();
    this.gossip.stop();
    if (leave && (isFirst || this.#leaving.length > 0)) this.#leaving.push(done);
    else this.#end(done);
    if (leave && isFirst) this.seeds.leave(() => this.#end());
  }

  #announce(backWithinMs: number): void {
    const frame = this.seeds.backSoon(backWithinMs);
    if (frame !== undefined) this.lobby.links.broadcast(frame);
  }

  #end(...done: readonly (() => void)[]): void {
    this.seeds.close();
    for (const each of [...this.#leaving.splice(0), ...done]) this.lobby.close("node", each);
  }

  /**
   * Ends the peer, and says goodbye. May be called twice; a second call without `leave` ends the wait of the first.
   * @param how by default it gives up its membership, waiting at most 2 s for the seeds' receipts. For a restart say
   *   `{ backWithinMs }`; with `{ leave: false }` alone it is listed until it is missed.
   * @throws RangeError (as rejection) when `backWithinMs` is not an integer of 1 to 60 000; TypeError together with
   *   `leave: true`.
   */
  stop(how: StopOptions = {}): Promise<void> {
    return new Promise((resolve) => {
      this.close(how, resolve);
    });
  }

  /** The whole of the two-level design, as lines of "when this, do that". */
  #wire(): void {
    const { lobby, seeds, overlay, gossip, liveness } = this;
    lobby.admit(membersOnly(seeds.ledger, seeds.council, lobby.local.verifier));

    seeds.on("registered", ({ peers, grey }) => {
      overlay.offer(worthMeeting(peers, grey));
      overlay.start();
    });
    seeds.on("rejoined", () => overlay.renewEdges());
    seeds.on("renewed", () => overlay.renewEdges());
    seeds.on("added", (member) => {
      overlay.offer([member]);
      gossip.reconsider(member.peer);
    });
    seeds.on("hinted", ({ peer, seed }) => overlay.bridge(peer, seed));
    seeds.on("charted", ({ degrees, seed }) => overlay.heardDegrees(degrees, seed));
    seeds.on("removed", ({ peer }) => {
      liveness.forget(peer);
      overlay.forget(peer);
    });

    overlay.on("linked", () => this.#anchors.keep(overlay.anchors()));
    overlay.on("unlinked", () => this.#anchors.keep(overlay.anchors()));
    overlay.on("edge", ({ edge }) => seeds.edges([edge]));
    overlay.on("edgeEnded", ({ end }) => seeds.edges([], [end]));

    liveness.on("confirmed", ({ report }) => seeds.report(report));
  }
}

/** What `how` means, with its defaults. */
function departureOf(how: boolean | StopOptions): StopOptions {
  if (typeof how === "boolean") return { leave: how };
  const { leave, backWithinMs } = how;
  if (backWithinMs === undefined) return { leave: leave ?? true };
  if (leave === true) throw new TypeError("who leaves is not back soon: give leave or backWithinMs");
  return { leave: false, backWithinMs };
}

/** A message carries the incarnation that the seeds certify: before there is one, nobody would take it. */
function announced(incarnation: number): number {
  if (incarnation > 0) return incarnation;
  throw new P2PError("NOT_MEMBER", "this peer is no member yet: publish when start() is done");
}
