import {
  BUCKETS,
  CERTIFICATES,
  type Configuration,
  type ConfigurationChain,
  chainOf,
  clears,
  type JointCertificate,
  Ledger,
  Prober,
  rank,
  type Standing,
  type Vote,
  verifyProofOfLife,
  verifyVote,
} from "@p2p/consensus";
import { createSigner, type P2PError, type PeerId, verifier as systemVerifier } from "@p2p/identity";
import { type Connection, type Disk, type Lobby, SafeEmitter, splitAddress, systemClock } from "@p2p/wire";
import { AbsenceDesk } from "./absence-desk.ts";
import { AdmissionDesk } from "./admission/admission-desk.ts";
import { Archive } from "./archive.ts";
import { Audit } from "./audit.ts";
import { BumpDesk } from "./bump-desk.ts";
import { Cartographer } from "./cartographer.ts";
import { CaseBook, type CaseEnding } from "./case-book.ts";
import { ChainRelay } from "./chain-relay.ts";
import { Complaints } from "./complaints.ts";
import { DialBacks } from "./dial-backs.ts";
import { Dossier } from "./dossier.ts";
import { EdgeBook } from "./edge-book.ts";
import { EdgeDesk } from "./edge-desk.ts";
import { Electorates } from "./electorates.ts";
import type { DoubleVote, SeedEvents } from "./events.ts";
import { VOTE, type VoteNews } from "./frames.ts";
import { Freshness } from "./freshness.ts";
import { Handover } from "./handover.ts";
import { Herald } from "./herald.ts";
import { LeaveDesk } from "./leave-desk.ts";
import { ListDesk } from "./list-desk.ts";
import { NewestVotes } from "./newest-votes.ts";
import { NonceBoard } from "./nonce-board.ts";
import { Office } from "./office.ts";
import { QuorumClock } from "./quorum-clock.ts";
import { Registrar } from "./registrar.ts";
import { SeedMesh } from "./seed-mesh.ts";
import { lobbyFor, type SeedOptions } from "./seed-options.ts";
import { Sight } from "./sight.ts";
import { StallWatch } from "./stall-watch.ts";
import { limitStrangers } from "./strangers.ts";
import { Strikes } from "./strikes.ts";
import { Succession } from "./succession.ts";
import { SuccessionLog } from "./succession-log.ts";
import { Sync } from "./sync.ts";
import { type Settlement, Tally } from "./tally.ts";
import { timingOf } from "./timing.ts";
import { VoteDesk } from "./vote-desk.ts";
import { VoteKeys } from "./vote-keys.ts";
import { VoteLog } from "./vote-log.ts";
import { WitnessDesk } from "./witness-desk.ts";

/** Probes at a time: of newcomers, in cases and for audits. */
const PROBES_MAX = 512;

/**
 * A seed: one of the few that keep the list of members, and decide by quorum who is on it. It votes to add whom it has
 * reached, and to remove whom it has looked for in vain, never because others did. This class only puts its rooms
 * together; what they do stands in their files. PROTOCOL.md §4, §5, §8–§10.
 *
 * Everything it keeps is bounded; the bounds stand in the rooms.
 */
export class Seed extends SafeEmitter<SeedEvents> {
  readonly lobby: Lobby;
  /** The Peer List. Read it; changing it is for certificates only. */
  readonly ledger: Ledger;
  /** Who is looked for. */
  readonly cases: CaseBook;
  /** Who is linked with whom. */
  readonly edges: EdgeBook;
  readonly #chain: ConfigurationChain;
  readonly #disk: Disk;
  readonly #office: Office;
  readonly #keys: VoteKeys;
  readonly #successionLog: SuccessionLog;
  readonly #succession: Succession;
  readonly #handover: Handover;
  readonly #relay: ChainRelay;
  readonly #freshness: Freshness;
  readonly #log: VoteLog;
  readonly #archive: Archive;
  readonly #newest = new NewestVotes();
  readonly #clock: QuorumClock;
  readonly #dossier: Dossier;
  readonly #tally: Tally;
  readonly #board: NonceBoard;
  readonly #admission: AdmissionDesk;
  readonly #registrar: Registrar;
  readonly #leaves: LeaveDesk;
  readonly #lists: ListDesk;
  readonly #edgeDesk: EdgeDesk;
  readonly #complaints: Complaints;
  readonly #audit: Audit;
  readonly #bumps: BumpDesk;
  readonly #strikes: Strikes;
  readonly #absences: AbsenceDesk;
  readonly #sight: Sight;
  readonly #stalls: StallWatch;
  readonly #sync: Sync;
  readonly #cartographer: Cartographer;
  readonly #mesh: SeedMesh;
  #isClosed = false;

  /**
   * @throws P2PError `SEED_UNKNOWN` when the configuration does not name this seed; `CONFIG_INVALID` when `changes` prove
   *   nothing; `ADDRESS_INVALID` when `listen` or `advertise` is not `host:port`.
   * @throws RangeError on timing that contradicts itself, and on an option of `admission` outside its range.
   */
  constructor(options: SeedOptions) {
    super(options.clock ?? systemClock);
    const { configuration, signer, disk } = options;
    const chain = chainOf(configuration, options.changes, options.verifier ?? systemVerifier);
    this.#chain = chain;
    this.#disk = disk;
    this.lobby = lobbyFor(options, chain);
    const timing = timingOf(options.timing);
    const { signerFrom = createSigner } = options;
    const { random } = this.lobby.local;
    this.#keys = new VoteKeys({ disk, identity: signer, random, signerFrom });
    const office = new Office(
      this.lobby,
      chain,
      timing,
      (event, ...news) => this.emit(event, ...(news as never)),
      () => (chain.has(signer.id) ? this.#keys.signerOf(chain.number) : undefined),
    );
    this.#office = office;

    // What is known.
    const { leaseTicks } = timing;
    const ledger = new Ledger({ ...options.list, leaseTicks, council: chain });
    this.ledger = ledger;
    this.edges = new EdgeBook(configuration.networkId);
    this.#freshness = new Freshness(chain, signer.id);
    this.#successionLog = new SuccessionLog(disk, chain, this.lobby.local.verifier);
    this.#log = new VoteLog(disk, chain, signer.id);
    this.#archive = new Archive(disk, chain, ledger, this.edges);
    this.#clock = new QuorumClock(office, this.#archive);
    this.#board = new NonceBoard();

    // How it is decided.
    const freshness = this.#freshness;
    this.#dossier = new Dossier(office);
    this.#tally = new Tally(office, ledger, this.#archive, this.#newest, this.#dossier);
    const desk = new VoteDesk(office, this.#log, this.#tally, freshness, this.#clock);
    const prober = new Prober({
      lobby: this.lobby,
      probesMax: PROBES_MAX,
      stray: (proof, { id }) => this.cases.hear(proof, id),
    });
    const dialBacks = new DialBacks(office, prober);
    const admission = this.#admissionBy(options, desk);
    this.#admission = admission;
    this.#registrar = new Registrar(office, { ledger, desk, dialBacks, freshness, admission });
    this.#leaves = new LeaveDesk(office, ledger, desk, freshness);
    const witnesses = new WitnessDesk(office, ledger, this.lobby.local.random.fork("witnesses"));
    const stalls = new StallWatch(office.agenda, timing.stallMs);
    const sight = new Sight(office, { ledger, prober, stalls });
    this.#stalls = stalls;
    this.#sight = sight;
    const absences = new AbsenceDesk(office, ledger);
    this.#absences = absences;
    const board = this.#board;
    const looks = { prober, witnesses, sight, stalls };
    this.cases = new CaseBook(office, { ledger, desk, freshness, board, absences, ...looks });
    const strikes = new Strikes();
    this.#strikes = strikes;
    const electorates = new Electorates(office, ledger, this.edges, strikes);
    this.#complaints = new Complaints(office, { ledger, electorates, cases: this.cases, absences });
    this.#audit = new Audit(office, { ledger, prober, complaints: this.#complaints, freshness });

    // Who is told.
    this.#bumps = new BumpDesk(this.lobby, ledger, this.#log);
    limitStrangers(office, ledger);
    this.#lists = new ListDesk(office, { ledger, electorates, board, freshness, strikes });
    this.#edgeDesk = new EdgeDesk(office, ledger, this.edges, this.#archive);
    const heritage = { chain, keys: this.#keys, log: this.#successionLog, freshness };
    this.#succession = new Succession(office, { ...heritage, clock: this.#clock });
    this.#mesh = new SeedMesh(office, chain, () => this.#succession.candidates);
    this.#sync = this.#synced(desk);
    this.#handover = new Handover(office, {
      ...heritage,
      sync: (partner) => this.#sync.open(partner),
      fresh: () => this.#becameFresh(),
    });
    this.#relay = new ChainRelay(this.lobby, chain, {
      brought: (certificate, from) => this.#succession.bring(certificate, from),
      level: (from) => this.#handover.tell(from),
    });
    const charts = this.lobby.local.random.fork("charts");
    this.#cartographer = new Cartographer(office, { ledger, edges: this.edges, freshness, random: charts });
    this.#wire(new Herald(office, ledger));
  }

  get id(): PeerId {
    return this.lobby.id;
  }

  /** Who the seeds are now, as far as this seed knows. */
  get configuration(): Configuration {
    return this.#chain.newest;
  }

  /** How the seeds have changed since the network began, as far as this seed knows: for {@link SeedOptions.changes} of others. */
  get changes(): readonly JointCertificate[] {
    return this.#chain.after(0);
  }

  /** What time it is, in ticks that a quorum certified; 0 before the first. It grows by one about every `tickMs`. */
  get tick(): number {
    return this.#clock.tick;
  }

  /** Proofs that seeds voted twice, the first of each: found by this seed, or shown by another since it started. */
  get doubleVotes(): readonly DoubleVote[] {
    return this.#dossier.proofs;
  }

  /** Whether this seed is in step with a quorum: until then it votes for nothing, and its list may be stale. */
  get isFresh(): boolean {
    return this.#freshness.isFresh;
  }

  /**
   * Reads the disk, begins to listen and links with the other seeds; the callback form of {@link start}. It has not
   * caught up with them yet when `done` runs: see {@link SeedEvents.fresh}.
   */
  open(done: (error?: P2PError) => void): void {
    const { agenda, timing } = this.#office;
    this.#openLogs((error) => {
      if (error !== undefined) return done(error);
      this.#archive.open(agenda.now(), timing.tickMs, (fault) => {
        if (fault !== undefined) return done(fault);
        this.#readCertificates();
        this.lobby.open((failure) => {
          if (failure === undefined && !this.#isClosed) this.#begin();
          done(failure);
        });
      });
    });
  }

  /** Which configurations there were comes first: what is in the other files is under one of them. */
  #openLogs(done: (error?: P2PError) => void): void {
    if (!this.#chain.first.canChange) return this.#log.open(done);
    this.#successionLog.open((error) => {
      if (error !== undefined) return done(error);
      this.#keys.open((failure) => (failure === undefined ? this.#log.open(done) : done(failure)));
    });
  }

  /**
   * Reads the disk, begins to listen and links with the other seeds.
   * @throws P2PError (as rejection) `STORE_CORRUPT` when a file is damaged, `DISK_FAILED` when one cannot be read,
   *   `ADDRESS_IN_USE` or `ADDRESS_UNAVAILABLE`. The seed has to be closed then, too.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.open((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** Ends every link and closes the disk; the callback form of {@link stop}. A second time does nothing more. */
  close(done: () => void = () => undefined): void {
    this.#isClosed = true;
    this.#office.agenda.stop();
    this.#mesh.stop();
    this.lobby.close("link", () => {
      this.#log.whenIdle(() => {
        this.#archive.whenIdle(() => {
          this.#successionLog.whenIdle(() => {
            this.#disk.close();
            done();
          });
        });
      });
    });
  }

  /** Ends every link and closes the disk. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.close(resolve);
    });
  }

  /** When this, do that: all that the rooms have to do with each other. */
  #wire(herald: Herald): void {
    const { seeds, links } = this.lobby;
    seeds.route(VOTE, (news, from) => this.#takeVote(news, from));
    for (const room of [seeds, links]) {
      room.route(CERTIFICATES, ({ certificates }, from) => this.#tally.settle(certificates, from));
    }
    this.#clock.on("ticked", ({ tick }) => this.#ticked(tick, herald));
    this.#succession.on("proposed", () => {
      this.#favour();
      this.#mesh.refresh();
    });
    this.#succession.on("succeeded", () => this.#succeeded());
    this.#tally.on("settled", (settlement) => {
      this.#settled(settlement);
      herald.announce(settlement);
      this.#cartographer.settled(settlement.certificate);
    });
    this.#registrar.on("answered", ({ peer, incarnation }) => {
      this.cases.sawAlive(peer, incarnation);
      this.#heard(peer);
    });
    this.cases.on("closed", (ending) => {
      this.#complaints.forget(ending.victim, ending.incarnation);
      if (ending.outcome === "alive") this.#refuted(ending);
    });
    this.#absences.on("away", (peer, incarnation) => this.cases.excuse(peer, incarnation));
    this.#absences.on("overdue", (peer, incarnation) => this.#audit.inspect(peer, incarnation));
    this.#stalls.on("stalled", (forMs) => {
      this.#sight.restart();
      this.cases.restart();
      this.#audit.forgive();
      this.#office.tell("stalled", { forMs });
    });
    this.#lists.on("polled", (proof, from, shown) => {
      this.cases.hear(proof, from.id);
      const { networkId, verifier } = this.lobby.local;
      if (shown === undefined || !clears(proof, from.id, 0, shown)) return;
      if (verifyProofOfLife(proof, networkId, verifier)) this.#heard(from.id);
    });
  }

  #refuted({ victim, accusers, isCarried }: CaseEnding): void {
    this.#complaints.cleared(victim, isCarried);
    this.#heard(victim);
    const [accuser] = accusers;
    if (accuser === undefined || accusers.size > 1) return;
    const { isMuted, isGrey } = this.#strikes.refuted(victim, accuser, this.#office.now());
    if (isMuted) this.#office.tell("muted", { accuser });
    if (isGrey) this.#office.tell("grey", { victim });
  }

  /** A member has signed something fresh. */
  #heard(peer: PeerId): void {
    this.#audit.heard(peer);
    this.#sight.saw(peer);
    this.#bumps.heard(peer);
  }

  #admissionBy({ admission = {} }: SeedOptions, desk: VoteDesk): AdmissionDesk {
    const { networkId, verifier } = this.lobby.local;
    return new AdmissionDesk(admission, {
      ledger: this.ledger,
      networkId,
      verifier,
      leaseTicks: this.#office.timing.leaseTicks,
      now: () => this.#office.now(),
      hasVotedFor: (peer) => desk.hasVotedFor(peer),
      policyFailed: (error) => this.#office.policyFailed(error),
    });
  }

  #synced(desk: VoteDesk): Sync {
    const rooms = {
      ledger: this.ledger,
      edges: this.edges,
      archive: this.#archive,
      freshness: this.#freshness,
      openVotes: () => openVotes(desk, this.#tally),
      takeCertificates: this.#tally.settle.bind(this.#tally),
      takeVote: (news: VoteNews, from: Connection) => this.#takeVote(news, from),
      newestVoteOf: (seed: PeerId) => this.#newest.of(seed),
      takeOwnVote: (vote: Vote, from: Connection) => this.#takeOwnVote(vote, from),
      takeEdges: this.#edgeDesk.take.bind(this.#edgeDesk),
      tellTime: this.#clock.tell.bind(this.#clock),
      met: this.#clock.met.bind(this.#clock),
    };
    return new Sync(this.#office, rooms, () => this.#becameFresh());
  }

  #begin(): void {
    if (this.#chain.first.canChange) {
      this.#handover.begin();
      this.#succession.start();
    }
    this.#favour();
    this.#stalls.start();
    this.#clock.start();
    this.#mesh.start();
    this.#sync.start();
    this.#complaints.start();
    this.#audit.start();
    this.#cartographer.start();
    if (this.isFresh) this.#becameFresh();
  }

  #becameFresh(): void {
    this.#handover.taken();
    this.#registrar.resume();
    this.#leaves.resume();
    this.#office.tell("fresh");
  }

  /** Nobody shuts out the seeds, those before while they hand over, and those that are to be some. */
  #favour(): void {
    const { seeds, previous } = this.#chain;
    const all = [...seeds, ...(previous?.seeds ?? []), ...this.#succession.candidates];
    this.lobby.favour(all.map(({ address }) => splitAddress(address).host));
  }

  /** Other seeds decide from now on. */
  #succeeded(): void {
    const { newest, previous } = this.#chain;
    this.#tally.reconfigured();
    this.#clock.reconfigured();
    this.#handover.begin();
    this.#favour();
    this.#mesh.refresh();
    this.#relay.announce();
    if (previous === undefined) return;
    const { number, seeds } = newest;
    const added = seeds.filter(({ id }) => !previous.has(id));
    const removed = previous.seeds.filter(({ id }) => !newest.has(id));
    this.#office.tell("configurationChanged", { number, seeds, added, removed });
    if (removed.some(({ id }) => id === this.id)) this.#office.tell("superseded", { number });
  }

  /** A vote carries what it is about, and so is as good as a relay: this seed looks for itself. */
  #takeVote(news: VoteNews, from: Connection): void {
    if (!this.#tally.cast(news, from)) return;
    // One that it has voted for already it votes for again while the peer asks, not because votes go round.
    const isNew = this.#log.guard(news.vote.fact) === "free";
    if (news.registration !== undefined && isNew) this.#registrar.relayed(news.registration, from);
    if (news.leave !== undefined) this.#leaves.relayed(news.leave);
  }

  #settled({ certificate, standing }: Settlement): void {
    const { fact } = certificate;
    this.#log.forget(fact.peer, rank(fact));
    this.#remember();
    this.#admission.settled(certificate);
    this.#changed(fact.peer, standing);
    if (fact.kind === "add") this.#leaves.resume(fact.peer);
  }

  #ticked(tick: number, herald: Herald): void {
    const expired = this.ledger.advance(tick);
    const forgotten = tick - 2 * this.#office.timing.leaseTicks;
    this.#log.forgetUntil(forgotten);
    this.#tally.forgetUntil(forgotten);
    this.#edgeDesk.ticked();
    this.#admission.ticked(expired);
    for (const { peer } of expired) this.#changed(peer, this.ledger.standing(peer));
    herald.expired(expired);
  }

  #changed(peer: PeerId, standing: Standing | undefined): void {
    this.#lists.changed(peer);
    if (standing?.kind === "member") this.edges.forget(peer, standing.incarnation);
    else this.edges.forget(peer);
    this.cases.settled(peer, standing);
    this.#absences.settled(peer);
  }

  /** What the certificates on disk say about votes, this seed's own and others', and about places. */
  #readCertificates(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const certificate of this.ledger.inBucket(bucket)) {
        this.#log.forget(certificate.fact.peer, rank(certificate.fact));
        for (const vote of certificate.votes) this.#newest.see(vote);
        this.#admission.settled(certificate);
      }
    }
    this.#admission.voted(this.#log.votes());
    this.#remember();
  }

  /** Whoever has voted and does not know how must not vote: it might say something else now. */
  #remember(): void {
    const own = this.#newest.of(this.id);
    if (own === undefined || own.counter <= this.#log.counter) return;
    if (this.#freshness.distrust()) this.#office.tell("forgotVotes", own);
  }

  #takeOwnVote(vote: Vote, from: Connection): void {
    if (vote.counter <= this.#log.counter) return;
    if (this.#chain.isForeign(vote.cfg)) return;
    const isOwn = vote.seed === this.id && verifyVote(vote, this.#chain, this.lobby.local.verifier);
    if (!isOwn) return this.#office.forged(from.id, "vote", "not signed by this seed");
    this.#newest.see(vote);
    this.#remember();
  }
}

/** What others need to count, or to compare: this seed's own votes first. */
function* openVotes(desk: VoteDesk, tally: Tally): Iterable<VoteNews> {
  yield* desk.openVotes();
  yield* tally.disputedVotes();
}
