import {
  ACCUSE,
  ALIVE,
  answersNonce,
  Ballot,
  CERTIFICATES,
  type Certificate,
  Configuration,
  type Fact,
  type Leave,
  Ledger,
  NO_DIGEST,
  PROBE,
  type Registration,
  registrationDigest,
  signLeave,
  signProofOfLife,
  signVote,
} from "@p2p/consensus";
import { type NetworkDescription, type PeerId, peerIdFromKey, type Signer } from "@p2p/identity";
import { type Host, World, type WorldOptions } from "@p2p/sim";
import { type Connection, type FrameType, Lobby, type P2PError } from "@p2p/wire";
import {
  ASSIGNMENT_TIMING,
  type ClientTiming,
  SeedClient,
  type SeedClientEvents,
  type SeedClientOptions,
} from "../src/client/index.ts";
import {
  CERTIFICATE_ASK,
  EDGES,
  ELECTORATE,
  ELECTORATE_ASK,
  LEAVE,
  LEAVE_RECEIPT,
  LIST,
  LIST_ASK,
  POLL,
  type Poll,
  REGISTER,
  REGISTER_ANSWER,
  REPORT,
  type RegisterAnswer,
  STATUS,
} from "../src/frames.ts";

/** A world with hosts for seeds, whoever runs on them. */
export class Town {
  readonly world: World;
  readonly seedHosts: readonly Host[];
  readonly configuration: Configuration;
  readonly network: NetworkDescription;

  constructor(seeds: number, { faulty = 0, ...options }: WorldOptions & { faulty?: number } = {}) {
    this.world = new World(options);
    const hosts = Array.from({ length: seeds }, (_, index) => this.world.host(`seed ${index}`));
    const entries = hosts.map(({ signer, address }) => ({ id: signer.id, address }));
    this.configuration = new Configuration({ seeds: entries, faulty });
    this.seedHosts = this.configuration.seeds.map(({ id }) =>
      hosts.find((host) => host.signer.id === id),
    ) as Host[];
    this.network = networkOf(this.configuration);
  }

  /** The lobby of a program on `host`. */
  lobby(host: Host, options: Partial<ConstructorParameters<typeof Lobby>[0]> = {}): Lobby {
    return new Lobby({
      transport: host.transport(),
      listen: host.address,
      signer: host.signer,
      verifier: host.verifier,
      clock: host.clock,
      random: host.random,
      network: this.network,
      ...options,
    });
  }

  /** A certificate with the votes of the first q seeds, or of those at `seats`. */
  certify(
    fact: Fact,
    extra: Pick<Certificate, "registration" | "leave">,
    seats?: readonly number[],
  ): Certificate {
    const { cfg, networkId, quorum } = this.configuration;
    const voters = seats ?? Array.from({ length: quorum }, (_, seat) => seat);
    const ballot = new Ballot(this.configuration, fact);
    for (const seat of voters) {
      const { signer } = this.seedHosts[seat] as Host;
      const terms = { cfg, fact, tick: 0, counter: 1, seed: signer.id };
      ballot.cast(signVote(terms, networkId, signer));
    }
    if (extra.registration !== undefined) ballot.attachRegistration(extra.registration);
    if (extra.leave !== undefined) ballot.attachLeave(extra.leave);
    return ballot.certificate() as Certificate;
  }

  added(registration: Registration): Certificate {
    const { peer, incarnation } = registration;
    const digest = registrationDigest(registration, this.configuration.networkId);
    return this.certify({ kind: "add", peer, incarnation, digest }, { registration });
  }

  removed(peer: PeerId, incarnation: number, leave?: Leave): Certificate {
    return this.certify({ kind: "remove", peer, incarnation, digest: NO_DIGEST }, { leave });
  }

  leaveOf(signer: Signer, incarnation: number): Leave {
    return signLeave({ peer: signer.id, incarnation }, this.configuration.networkId, signer);
  }

  /** Boots a peer that registers at once. */
  peer(name: string, options: PeerOptions = {}): Peer {
    const host = this.world.hosts.get(name) ?? this.world.host(name);
    return host.boot(() => new Peer(this, host, options));
  }

  run(ms: number): void {
    this.world.run(ms);
  }
}

function networkOf({ name, seeds, faulty }: Configuration): NetworkDescription {
  return { name, seeds: seeds.map(({ id }) => id), faulty };
}

export interface PeerOptions {
  readonly listen?: string;
  /** What it takes for the seeds. Default: the town's. */
  readonly configuration?: Configuration;
  readonly signer?: Signer;
  readonly timing?: ClientTiming;
  readonly client?: Partial<SeedClientOptions>;
  /** Whether it answers probes. Default: yes. */
  readonly isAlive?: boolean;
  readonly registers?: boolean;
}

/** A peer with nothing but a client, and what it was told. */
export class Peer {
  readonly host: Host;
  readonly lobby: Lobby;
  readonly client: SeedClient;
  /** Names of events, with what tells them apart. */
  readonly log: string[] = [];
  readonly news: { [E in keyof SeedClientEvents]?: SeedClientEvents[E][0][] } = {};
  /** How register ended: undefined while it has not. */
  outcome: { readonly error: P2PError | undefined; readonly at: number } | undefined;

  constructor(town: Town, host: Host, options: PeerOptions) {
    const configuration = options.configuration ?? town.configuration;
    this.host = host;
    this.lobby = town.lobby(host, {
      network: networkOf(configuration),
      listen: options.listen ?? host.address,
      signer: options.signer ?? host.signer,
      credential: () => this.client.credential(),
    });
    this.client = new SeedClient({
      lobby: this.lobby,
      configuration,
      disk: host.disk,
      timing: options.timing ?? ASSIGNMENT_TIMING,
      ...options.client,
    });
    this.#listen();
    if (options.isAlive !== false) answerProbes(this.lobby, this.client);
    this.lobby.open((error) => {
      if (error !== undefined) throw error;
      if (options.registers !== false) this.register(town.world);
    });
  }

  get id(): PeerId {
    return this.lobby.id;
  }

  register(world: World): void {
    this.client.register((error) => {
      this.outcome = { error, at: world.now };
    });
  }

  /** Ids of all that it lists, in order. */
  get list(): readonly PeerId[] {
    return [...this.client.ledger.memberIds()].toSorted();
  }

  stop(exited: () => void): void {
    this.client.close();
    this.lobby.close("link", exited);
  }

  #listen(): void {
    const names = [
      "registered",
      "added",
      "removed",
      "rejected",
      "delayed",
      "waiting",
      "linked",
      "unlinked",
      "selfRemoved",
      "bumped",
      "rejoined",
      "renewed",
      "identityInUse",
      "stalled",
    ] as const;
    for (const name of names) {
      this.client.on(name, (news: unknown) => {
        this.log.push(name);
        ((this.news[name] ??= []) as unknown[]).push(news);
      });
    }
  }
}

/** What liveness does in a whole peer. */
function answerProbes(lobby: Lobby, client: SeedClient): void {
  for (const room of [lobby.probes, lobby.seeds]) {
    room.route(PROBE, ({ peer, nonces }, from) => {
      if (peer !== lobby.id) return;
      const { networkId, signer } = lobby.local;
      const proof = signProofOfLife({ peer, incarnation: client.incarnation, nonces }, networkId, signer);
      from.send(ALIVE.encode({ proof }));
    });
  }
}

/** How a {@link ScriptedSeed} answers a registration: certify it, say so, or say nothing. */
export type Manner = "certify" | "silent" | Omit<RegisterAnswer, "incarnation">;

/** Something like a seed: it says what the test tells it to, and knows the keys of all others. */
export class ScriptedSeed {
  readonly host: Host;
  readonly lobby: Lobby;
  readonly ledger: Ledger = new Ledger();
  /** Certificates on a page; few, so that there are several pages. */
  pageLength = 2;
  /** Members in its list that nobody ever heard of. */
  invents = 0;
  readonly #town: Town;
  readonly #council: () => readonly ScriptedSeed[];
  manner: Manner = "certify";
  /** Does not take what the others certify. */
  isStale = false;
  isFresh = true;
  grey: readonly PeerId[] = [];
  givesReceipts = true;
  answersPolls = true;
  answersElectorate = true;
  /** How many polls signed what had been shown over the same link. */
  proofs = 0;
  readonly #shown = new WeakMap<Connection, Uint8Array>();
  /** Further nonces shown in each STATUS. */
  cases: Uint8Array[] = [];
  /** Everything that peers sent, by the names of the frames. */
  readonly heard: {
    readonly name: string;
    readonly body: never;
    readonly from: PeerId;
    readonly at: number;
  }[] = [];

  constructor(town: Town, host: Host, council: () => readonly ScriptedSeed[]) {
    this.host = host;
    this.#town = town;
    this.#council = council;
    this.lobby = town.lobby(host, { role: "seed" });
    this.#speak();
    this.lobby.open(() => undefined);
  }

  get id(): PeerId {
    return this.lobby.id;
  }

  /** The bodies of the frames of one type that were heard. */
  of<T>(type: FrameType<T>): readonly T[] {
    return this.heard.filter(({ name }) => name === type.name).map(({ body }) => body);
  }

  /** Takes a certificate and tells its peers. */
  settle(certificate: Certificate): void {
    this.ledger.admit(certificate);
    this.lobby.links.broadcast(CERTIFICATES.encode({ certificates: [certificate] }));
  }

  #hear<T>(type: FrameType<T>, handle: (body: T, from: Connection) => void): void {
    this.lobby.links.route(type, (body, from) => {
      this.heard.push({ name: type.name, body: body as never, from: from.id, at: this.#town.world.now });
      handle(body, from);
    });
  }

  #speak(): void {
    this.#hear(REGISTER, ({ registration }, from) => this.#register(registration, from));
    this.#hear(POLL, (poll, from) => this.#poll(poll, from));
    this.#hear(LIST_ASK, ({ after, wanted }, from) => {
      const ids = [...this.ledger.memberIds()].toSorted().filter((id) => id > (after ?? ""));
      const page = ids.slice(0, this.pageLength);
      const members = page.map((peer) => ({
        peer,
        incarnation: this.ledger.standing(peer)?.incarnation ?? 0,
      }));
      for (let count = 0; count < this.invents; count++) members.push(invented(count));
      const certificates = wanted
        .map((id) => this.ledger.standing(id)?.certificate)
        .filter((certificate) => certificate !== undefined);
      const next = ids.length > this.pageLength ? page.at(-1) : undefined;
      const grey = page.filter((id) => this.grey.includes(id));
      from.send(LIST.encode({ members, certificates, next, fresh: this.isFresh, grey }));
    });
    this.#hear(CERTIFICATE_ASK, ({ peer }, from) => {
      const certificate = this.ledger.standing(peer)?.certificate;
      if (certificate !== undefined) from.send(CERTIFICATES.encode({ certificates: [certificate] }));
    });
    this.#hear(CERTIFICATES, ({ certificates }) => {
      for (const certificate of certificates) this.ledger.admit(certificate);
    });
    this.#hear(LEAVE, ({ leave }, from) => {
      if (this.givesReceipts) from.send(LEAVE_RECEIPT.encode({ incarnation: leave.incarnation }));
    });
    this.#hear(ELECTORATE_ASK, ({ victim }, from) => {
      if (this.answersElectorate) from.send(ELECTORATE.encode({ victim, monitors: [this.id] }));
    });
    for (const type of [EDGES, REPORT, ACCUSE]) this.#hear<unknown>(type, () => undefined);
  }

  #poll({ proof }: Poll, from: Connection): void {
    const shown = this.#shown.get(from);
    if (shown !== undefined && proof !== undefined && answersNonce(proof, shown)) this.proofs += 1;
    const nonce = this.host.random.bytes(32);
    this.#shown.set(from, nonce);
    const certificate = this.ledger.standing(from.id)?.certificate;
    const nonces = [nonce, ...this.cases];
    if (this.answersPolls) from.send(STATUS.encode({ certificate, nonces, fresh: this.isFresh }));
  }

  #register(registration: Registration, from: Connection): void {
    const { incarnation } = registration;
    const held = this.ledger.standing(registration.peer);
    if (held !== undefined && held.incarnation >= incarnation)
      return void from.send(CERTIFICATES.encode({ certificates: [held.certificate] }));
    if (this.manner === "silent") return;
    if (this.manner !== "certify")
      return void from.send(REGISTER_ANSWER.encode({ incarnation, ...this.manner }));
    from.send(REGISTER_ANSWER.encode({ incarnation, outcome: "pending", code: "", detail: "" }));
    const certificate = this.#town.added(registration);
    for (const seed of this.#council()) if (seed.host.isUp && !seed.isStale) seed.settle(certificate);
  }
}

/** A town whose seeds are scripted. */
export class ScriptedTown extends Town {
  readonly #running = new Map<Host, ScriptedSeed>();

  constructor(seeds: number, options: WorldOptions & { faulty?: number; down?: readonly number[] } = {}) {
    super(seeds, options);
    for (const [seat, host] of this.seedHosts.entries()) {
      if (options.down?.includes(seat) === true) host.crash();
      else this.bootSeed(seat);
    }
  }

  /** Those that ever ran, as they run now. */
  get seeds(): readonly ScriptedSeed[] {
    return [...this.#running.values()];
  }

  seed(seat: number): ScriptedSeed {
    return this.#running.get(this.seedHosts[seat] as Host) as ScriptedSeed;
  }

  /** Starts, or starts again with an empty list. */
  bootSeed(seat: number): ScriptedSeed {
    const host = this.seedHosts[seat] as Host;
    const seed = host.boot(() => new ScriptedSeed(this, host, () => this.seeds));
    this.#running.set(host, seed);
    return seed;
  }

  /** All seeds that are up certify it. */
  settle(certificate: Certificate): void {
    for (const seed of this.seeds) if (seed.host.isUp) seed.settle(certificate);
  }
}

function invented(count: number): { peer: PeerId; incarnation: number } {
  return { peer: peerIdFromKey(new Uint8Array(32).fill(count % 251)), incarnation: 1 + count };
}
