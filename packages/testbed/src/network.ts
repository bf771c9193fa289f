import { CERTIFICATES, Configuration } from "@p2p/consensus";
import type { PublishResult } from "@p2p/gossip";
import type { P2PError } from "@p2p/identity";
import { LAN, Peer, type Profile } from "@p2p/peer";
import { LIST, LAN_TIMING as SEED_LAN, Seed, type SeedTiming, SYNC_DELTA } from "@p2p/seed";
import { type Host, World, type WorldOptions } from "@p2p/sim";
import { Books } from "./books.ts";
import { shareFrames } from "./shared-frames.ts";

/** How often {@link Network.settle} looks: with many nodes a look costs more than a step. */
const LOOK_MS = 50;
/** How long a supervisor waits before it starts a program again. */
const SUPERVISOR_MS = 5000;

/** The two paces of the protocol. */
export type Pace = "assignment" | "lan";

/** How a network is built. */
export interface NetworkOptions extends WorldOptions {
  /** Default 3. */
  readonly seeds?: number | undefined;
  /** How many of the seeds may lie. Default 0. */
  readonly faulty?: number | undefined;
  /** Default 5. */
  readonly peers?: number | undefined;
  /** Default `"assignment"`. */
  readonly pace?: Pace | undefined;
  /** Links that a peer looks for itself. */
  readonly m?: number | undefined;
  /** Whether all peers boot at once (the default) or one each second. */
  readonly oneByOne?: boolean | undefined;
  /** What differs from the seeds' and the peers' pace. */
  readonly seedTiming?: Partial<SeedTiming> | undefined;
  readonly profile?: Profile | undefined;
  /**
   * Whether a peer that the network does not let in is started again after five seconds, as a supervisor would do it.
   * Default: it is a failure.
   */
  readonly supervised?: boolean | undefined;
  /** Who watches. Frames are shown only if somebody wants to see them. */
  readonly observers?: readonly Observer[] | undefined;
}

/** Sees what happens in a {@link Network}, from its first moment on. */
export interface Observer {
  /** A seed was made, and has not done anything yet: the time to listen to it. */
  seedBooted?(host: Host, seed: Seed): void;
  /** A peer was made, and has not done anything yet. */
  peerBooted?(host: Host, peer: Peer): void;
  /** A link has taken a frame of a node. */
  sent?(host: Host, frame: Uint8Array): void;
  /** A peer has published something. */
  published?(host: Host, result: PublishResult): void;
}

shareFrames(CERTIFICATES);
shareFrames(LIST);
shareFrames(SYNC_DELTA);

/** Real seeds and peers in a world, each on a host of its own. */
export class Network {
  readonly world: World;
  readonly configuration: Configuration;
  readonly seedHosts: readonly Host[];
  readonly peerHosts: Host[] = [];
  /** The last seed and the last peer that ran on each host. */
  readonly seeds: Map<Host, Seed> = new Map();
  readonly peers: Map<Host, Peer> = new Map();
  /** What was told. */
  readonly books: Books;
  readonly seedTiming: Partial<SeedTiming> | undefined;
  readonly #profile: Profile | undefined;
  readonly #m: number | undefined;
  readonly #observers: Observer[];
  readonly #isSupervised: boolean;

  constructor(options: NetworkOptions = {}) {
    const { seeds = 3, faulty = 0, peers = 5, pace, m, oneByOne = false, observers = [], ...world } = options;
    this.#observers = [...observers];
    const isWatched = observers.some((observer) => observer.sent !== undefined);
    this.world = new World(isWatched ? { ...world, frameSent: this.#sent.bind(this) } : world);
    this.books = new Books(this.world);
    this.#profile = options.profile ?? (pace === "lan" ? LAN : undefined);
    this.seedTiming = pace === "lan" ? { ...SEED_LAN, ...options.seedTiming } : options.seedTiming;
    this.#m = m;
    this.#isSupervised = options.supervised ?? false;
    this.#observers.push(this.books);
    this.seedHosts = Array.from({ length: seeds }, (_, index) => this.world.host(`seed ${index + 1}`));
    this.configuration = new Configuration({
      seeds: this.seedHosts.map(({ signer, address }) => ({ id: signer.id, address })),
      faulty,
    });
    for (const host of this.seedHosts) this.bootSeed(host);
    for (let index = 0; index < peers; index++) {
      this.addPeer();
      if (oneByOne) this.world.run(1000);
    }
  }

  /** Adds a peer on a host of its own, `peer <number>`. */
  addPeer(): Host {
    const host = this.world.host(`peer ${this.peerHosts.length + 1}`);
    this.peerHosts.push(host);
    this.bootPeer(host);
    return host;
  }

  /** Starts a host's seed or peer again, with the disk as it was left. */
  boot(host: Host): void {
    if (this.seedHosts.includes(host)) this.bootSeed(host);
    else this.bootPeer(host);
  }

  bootSeed(host: Host): Seed {
    return host.boot(() => {
      const seed = new Seed({
        configuration: this.configuration,
        signer: host.signer,
        transport: host.transport(),
        disk: host.disk,
        clock: host.clock,
        random: host.random,
        verifier: host.verifier,
        timing: this.seedTiming,
      });
      this.seeds.set(host, seed);
      for (const observer of this.#observers) observer.seedBooted?.(host, seed);
      seed.open((error) => this.books.opened(host, error));
      return { seed, stop: (exited: () => void) => seed.close(exited) };
    }).seed;
  }

  bootPeer(host: Host): Peer {
    return host.boot(() => {
      const peer = new Peer({
        configuration: this.configuration,
        signer: host.signer,
        transport: host.transport(),
        disk: host.disk,
        listen: host.address,
        clock: host.clock,
        random: host.random,
        verifier: host.verifier,
        profile: this.#profile,
        m: this.#m,
      });
      this.peers.set(host, peer);
      for (const observer of this.#observers) observer.peerBooted?.(host, peer);
      peer.open((error) => this.#opened(host, error));
      return { peer, stop: (exited: () => void) => peer.close(true, exited) };
    }).peer;
  }

  peer(host: Host): Peer {
    return this.peers.get(host) as Peer;
  }

  seed(host: Host): Seed {
    return this.seeds.get(host) as Seed;
  }

  /** Lets a member publish; who is none stays silent. */
  publish(host: Host, text: string): void {
    const peer = this.peer(host);
    if (!isRunning(host) || !peer.seeds.isMember) return;
    const result = peer.gossip.publish(text);
    for (const observer of this.#observers) observer.published?.(host, result);
  }

  /** The hosts of peers that run and are not frozen. */
  get live(): readonly Host[] {
    return this.peerHosts.filter(isRunning);
  }

  /** Seeds that run and are not frozen. */
  get liveSeeds(): readonly Seed[] {
    return this.seedHosts.filter(isRunning).map((host) => this.seed(host));
  }

  /** Runs until every live peer is a member with a neighbour, and every live seed lists them all. */
  settle(maxMs = 60_000): boolean {
    for (const end = this.world.now + maxMs; this.world.now < end; this.world.run(LOOK_MS)) {
      if (this.isSettled) return true;
    }
    return this.isSettled;
  }

  /** Whether every live peer is a member with a neighbour, and every live seed lists exactly these. */
  get isSettled(): boolean {
    const { live } = this;
    const isAlone = live.length === 1;
    return (
      this.liveSeeds.every(({ ledger }) => ledger.size === live.length) &&
      live.every((host) => {
        const { seeds, overlay, lobby } = this.peer(host);
        const hasNeighbour = isAlone || overlay.degree > 0;
        return (
          seeds.isMember && hasNeighbour && this.liveSeeds.every(({ ledger }) => ledger.isMember(lobby.id))
        );
      })
    );
  }

  /** Whether all live seeds hold the same list. */
  get listsAreEqual(): boolean {
    return new Set(this.liveSeeds.map(listOf)).size <= 1;
  }

  /** In how many parts the live peers' overlay is. */
  get components(): number {
    const byId = new Map(this.live.map((host) => [this.peer(host).lobby.id, this.peer(host)]));
    const unseen = new Set(byId.keys());
    let components = 0;
    for (const start of byId.keys()) {
      if (!unseen.delete(start)) continue;
      components++;
      const waiting = [start];
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        for (const connection of byId.get(id)?.lobby.links ?? []) {
          if (unseen.delete(connection.id)) waiting.push(connection.id);
        }
      }
    }
    return components;
  }

  #opened(host: Host, error: P2PError | undefined): void {
    const isWeather = error?.code === "NOT_DIALABLE" || error?.code === "STOPPED";
    if (!this.#isSupervised || !isWeather) return this.books.opened(host, error);
    if (error.code === "NOT_DIALABLE")
      host.clock.after(SUPERVISOR_MS, () => this.world.after(0, () => this.#again(host)));
  }

  #again(host: Host): void {
    if (!isRunning(host)) return;
    host.crash();
    this.bootPeer(host);
  }

  #sent(name: string, frame: Uint8Array): void {
    const host = this.world.hosts.get(name) as Host;
    for (const observer of this.#observers) observer.sent?.(host, frame);
  }
}

function isRunning(host: Host): boolean {
  return host.isUp && !host.isFrozen;
}

/** A seed's list as text. */
function listOf({ ledger }: Seed): string {
  return [...ledger.members()]
    .map(({ peer, incarnation, address }) => `${peer} ${incarnation} ${address}`)
    .toSorted()
    .join("\n");
}
