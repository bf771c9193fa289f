import { CERTIFICATES, Configuration } from "@p2p/consensus";
import type { GossipSettings } from "@p2p/gossip";
import type { P2PError } from "@p2p/identity";
import { components, Graph } from "@p2p/overlay/analysis";
import { LAN, Peer, type Profile } from "@p2p/peer";
import {
  type AdmissionOptions,
  LIST,
  LAN_TIMING as SEED_LAN,
  Seed,
  type SeedTiming,
  SYNC_DELTA,
} from "@p2p/seed";
import { type Host, type HostOptions, World } from "@p2p/sim";
import { type Address, splitAddress } from "@p2p/wire";
import { Books } from "./books.ts";
import type { NetworkOptions } from "./network-options.ts";
import type { Observer } from "./observer.ts";
import { Operator } from "./operator.ts";
import { shareCertificates } from "./shared-certificates.ts";
import { joinCertificates, shareFrames } from "./shared-frames.ts";
import { Findings, type Violation } from "./violation.ts";

/** How often {@link Network.settle} looks: with many nodes a look costs more than a step. */
const LOOK_MS = 50;
/** How long a supervisor waits before it starts a program again. */
const SUPERVISOR_MS = 5000;

shareCertificates();
joinCertificates();
shareFrames(CERTIFICATES);
shareFrames(LIST);
shareFrames(SYNC_DELTA);

/** Real seeds and peers in a world, each on a host of its own. */
export class Network {
  readonly world: World;
  readonly configuration: Configuration;
  readonly seedHosts: Host[];
  readonly peerHosts: Host[] = [];
  /** The last seed and the last peer that ran on each host. */
  readonly seeds: Map<Host, Seed> = new Map();
  readonly peers: Map<Host, Peer> = new Map();
  /** Hosts of seeds that somebody has taken over: among the seeds they are counted no more. */
  readonly liars: Set<Host> = new Set();
  /** The highest version of signed bytes that programs read that are booted from now on. Default: all that there are. */
  reads: number | undefined;
  /** What was told. */
  readonly books: Books;
  /** What observers found wrong. */
  readonly findings: Findings;
  readonly seedTiming: Partial<SeedTiming> | undefined;
  /** Chance that a segment is lost when no fault makes the weather worse. */
  readonly loss: number;
  readonly #profile: Profile | undefined;
  readonly #admission: AdmissionOptions | undefined;
  readonly #m: number | undefined;
  readonly #gossip: GossipSettings | undefined;
  readonly #observers: Observer[];
  readonly #byIp = new Map<string, Host>();
  readonly #names = new Map<string, string>();
  readonly #isSupervised: boolean;
  /** Who changes the seeds, if there is one. */
  readonly operator: Operator | undefined;

  constructor(options: NetworkOptions = {}) {
    const {
      seeds = 3,
      faulty = 0,
      peers = 5,
      operators,
      hasOperator = false,
      pace,
      m,
      gossip,
      observers = [],
      ...world
    } = options;
    this.#observers = [...observers];
    const isWatched = observers.some((observer) => observer.sent !== undefined);
    this.world = new World(isWatched ? { ...world, frameSent: this.#sent.bind(this) } : world);
    this.books = new Books(this.world);
    this.findings = new Findings(
      () => this.world.now,
      (violation) => this.#found(violation),
    );
    this.#profile = options.profile ?? (pace === "lan" ? LAN : undefined);
    this.seedTiming = pace === "lan" ? { ...SEED_LAN, ...options.seedTiming } : options.seedTiming;
    this.#admission = options.admission;
    this.#m = m;
    this.#gossip = gossip;
    this.loss = world.loss ?? 0;
    this.reads = options.reads;
    this.#isSupervised = options.supervised ?? false;
    this.#observers.push(this.books);
    this.operator = hasOperator ? new Operator(this, this.world.host("operator")) : undefined;
    this.seedHosts = Array.from({ length: seeds }, (_, index) => this.world.host(`seed ${index + 1}`));
    this.configuration = new Configuration({
      seeds: this.seedHosts.map(({ signer, address }) => ({ id: signer.id, address })),
      faulty,
      operators: this.operator?.operators ?? operators,
    });
    for (const observer of this.#observers) observer.began?.(this);
    for (const host of this.seedHosts) this.bootSeed(host);
    for (let index = 0; index < peers; index++) this.addPeer();
  }

  /** Adds a peer on a host of its own, `peer <number>`. */
  addPeer(options: HostOptions = {}): Host {
    const host = this.world.host(`peer ${this.peerHosts.length + 1}`, options);
    this.peerHosts.push(host);
    this.bootPeer(host);
    return host;
  }

  /** Adds a seed that follows the others, on a host of its own, until operators make it one of them. */
  addSeed(): Host {
    const host = this.world.host(`seed ${this.seedHosts.length + 1}`);
    this.seedHosts.push(host);
    this.bootSeed(host);
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
        changes: this.operator?.changes,
        reads: this.reads,
        joins: !this.configuration.has(host.signer.id),
        listen: host.address,
        signer: host.signer,
        signerFrom: (secret) => host.signerFrom(secret),
        transport: host.transport(),
        disk: host.disk,
        clock: host.clock,
        random: host.random,
        verifier: host.verifier,
        timing: this.seedTiming,
        admission: this.#admission,
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
        changes: this.operator?.changes,
        reads: this.reads,
        signer: host.signer,
        transport: host.transport(),
        disk: host.disk,
        listen: host.address,
        clock: host.clock,
        random: host.random,
        verifier: host.verifier,
        profile: this.#profile,
        m: this.#m,
        gossip: this.#gossip,
      });
      // Gossip tells what a validator throws, and lives on: here it is to be noticed as what others throw is.
      peer.gossip.on("validatorFailed", ({ error }) => {
        throw error;
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

  /** The configuration that holds: the newest that any seed has known. */
  get newest(): Configuration {
    if (!this.configuration.canChange) return this.configuration;
    const known = [...this.seeds.values()].map(({ configuration }) => configuration);
    return known.reduce((newest, one) => (one.number > newest.number ? one : newest), this.configuration);
  }

  /** The hosts of the seeds that decide, up or not, lying or not. */
  get council(): readonly Host[] {
    if (!this.configuration.canChange) return this.seedHosts;
    const { newest } = this;
    return this.seedHosts.filter(({ signer }) => newest.has(signer.id));
  }

  /** Seeds that decide, run, are not frozen, and do not lie. */
  get liveSeeds(): readonly Seed[] {
    const honest = this.council.filter((host) => isRunning(host) && !this.liars.has(host));
    return honest.map((host) => this.seed(host));
  }

  /** Lets all observers look at everybody. Trials and scenarios do so each second. */
  look(): void {
    for (const observer of this.#observers) observer.secondPassed?.(this);
  }

  /**
   * Runs until every live peer is a member with a neighbour, and every live seed lists them all.
   * @param looked is told of each look at them that was in vain, between two steps of the world.
   */
  settle(maxMs = 60_000, looked: () => void = () => undefined): boolean {
    for (const end = this.world.now + maxMs; this.world.now < end; this.world.run(LOOK_MS)) {
      if (this.isSettled) return true;
      looked();
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

  /** The live peers, by their hosts' names, and the links between them. */
  get overlay(): Graph<string> {
    const names = new Map(this.live.map((host) => [this.peer(host).lobby.id, host.name]));
    const links = this.live.flatMap((host) =>
      [...this.peer(host).lobby.links]
        .map(({ id }) => [host.name, names.get(id)] as const)
        .filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    return new Graph(links, names.values());
  }

  /** The names of all hosts by their ids; those of strangers, too. */
  get names(): ReadonlyMap<string, string> {
    const { hosts } = this.world;
    if (this.#names.size < hosts.size)
      for (const { name, signer } of hosts.values()) this.#names.set(signer.id, name);
    return this.#names;
  }

  /** In how many parts the live peers' overlay is. */
  get components(): number {
    return components(this.overlay).length;
  }

  /** Strangers come without a word to anybody. */
  #hostAt(ip: string): Host | undefined {
    const { hosts } = this.world;
    if (this.#byIp.size < hosts.size) for (const host of hosts.values()) this.#byIp.set(host.ip, host);
    return this.#byIp.get(ip);
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

  #found(violation: Violation): void {
    for (const observer of this.#observers) observer.found?.(violation);
  }

  #sent(name: string, frame: Uint8Array, address: Address): void {
    const host = this.world.hosts.get(name) as Host;
    const to = this.#hostAt(splitAddress(address).host);
    for (const observer of this.#observers) observer.sent?.(host, frame, to);
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
