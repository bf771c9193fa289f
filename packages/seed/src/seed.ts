import {
  BUCKETS,
  CERTIFICATES,
  type Configuration,
  type ConfigurationChain,
  chainOf,
  type JointCertificate,
  Ledger,
  Prober,
  rank,
  type Standing,
} from "@p2p/consensus";
import { type P2PError, type PeerId, verifier as systemVerifier } from "@p2p/identity";
import { type Connection, type Lobby, SafeEmitter, systemClock } from "@p2p/wire";
import { AbsenceDesk } from "./absence-desk.ts";
import { AdmissionDesk } from "./admission/admission-desk.ts";
import { Audit } from "./audit.ts";
import { BumpDesk } from "./bump-desk.ts";
import { Cartographer } from "./cartographer.ts";
import { CaseBook } from "./case-book.ts";
import { Complaints } from "./complaints.ts";
import { DialBacks } from "./dial-backs.ts";
import { Dossier } from "./dossier.ts";
import { EdgeBook } from "./edge-book.ts";
import { EdgeDesk } from "./edge-desk.ts";
import { Electorates } from "./electorates.ts";
import type { DoubleVote, SeedEvents } from "./events.ts";
import { VOTE, type VoteNews } from "./frames.ts";
import { Freshness } from "./freshness.ts";
import { Herald } from "./herald.ts";
import { LeaveDesk } from "./leave-desk.ts";
import { ListDesk } from "./list-desk.ts";
import { NewestVotes } from "./newest-votes.ts";
import { NonceBoard } from "./nonce-board.ts";
import { Office } from "./office.ts";
import { OwnVotes } from "./own-votes.ts";
import { QuorumClock } from "./quorum-clock.ts";
import { Records } from "./records.ts";
import { Registrar } from "./registrar.ts";
import { lobbyFor, type SeedOptions } from "./seed-options.ts";
import { SeedSet } from "./seed-set.ts";
import { Sight } from "./sight.ts";
import { limitStrangers } from "./strangers.ts";
import { Strikes } from "./strikes.ts";
import { Sync } from "./sync.ts";
import { type Settlement, Tally } from "./tally.ts";
import { timingOf } from "./timing.ts";
import { VitalSigns } from "./vital-signs.ts";
import { VoteDesk } from "./vote-desk.ts";
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
  readonly #office: Office;
  readonly #records: Records;
  readonly #freshness: Freshness;
  readonly #newest = new NewestVotes();
  readonly #ownVotes: OwnVotes;
  readonly #clock: QuorumClock;
  readonly #dossier: Dossier;
  readonly #tally: Tally;
  readonly #admission: AdmissionDesk;
  readonly #registrar: Registrar;
  readonly #leaves: LeaveDesk;
  readonly #lists: ListDesk;
  readonly #edgeDesk: EdgeDesk;
  readonly #complaints: Complaints;
  readonly #audit: Audit;
  readonly #absences: AbsenceDesk;
  readonly #vitalSigns: VitalSigns;
  readonly #sync: Sync;
  readonly #cartographer: Cartographer;
  readonly #seedSet: SeedSet;
  #isClosed = false;

  /**
   * @throws P2PError `SEED_UNKNOWN` when the configuration does not name this seed; `CONFIG_INVALID` when `changes` prove
   *   nothing; `ADDRESS_INVALID` when `listen` or `advertise` is not `host:port`.
   * @throws RangeError on timing that contradicts itself, and on an option of `admission` outside its range.
   */
  constructor(options: SeedOptions) {
    super(options.clock ?? systemClock);
    const { configuration, signer: identity, disk, signerFrom } = options;
    const chain = chainOf(configuration, options.changes, options.verifier ?? systemVerifier, options.reads);
    this.#chain = chain;
    this.lobby = lobbyFor(options, chain);
    const { local } = this.lobby;
    const timing = timingOf(options.timing);

    // What is known.
    const ledger = new Ledger({ ...options.list, leaseTicks: timing.leaseTicks, council: chain });
    this.ledger = ledger;
    this.edges = new EdgeBook(configuration.networkId);
    const records = new Records({ disk, chain, ledger, edges: this.edges, identity, signerFrom, local });
    this.#records = records;
    const office = new Office(
      this.lobby,
      chain,
      timing,
      (event, ...news) => this.emit(event, ...(news as never)),
      () => records.voteSigner,
    );
    this.#office = office;
    const freshness = new Freshness(chain, identity.id);
    this.#freshness = freshness;
    this.#ownVotes = new OwnVotes(office, { log: records.votes, newest: this.#newest, freshness });
    this.#clock = new QuorumClock(office, records.archive);
    const board = new NonceBoard();

    // How it is decided.
    this.#dossier = new Dossier(office);
    this.#tally = new Tally(office, ledger, records.archive, this.#newest, this.#dossier);
    const desk = new VoteDesk(office, records.votes, this.#tally, freshness, this.#clock);
    const prober = new Prober({
      lobby: this.lobby,
      probesMax: PROBES_MAX,
      stray: (proof, from) => this.cases.hear(proof, from.id, from),
    });
    const dialBacks = new DialBacks(office, prober);
    const admission = this.#admissionBy(options, desk);
    this.#admission = admission;
    const prefixRules = options.admission?.prefixRules;
    this.#registrar = new Registrar(office, { ledger, desk, dialBacks, freshness, admission, prefixRules });
    this.#leaves = new LeaveDesk(office, ledger, desk, freshness);
    const witnesses = new WitnessDesk(office, ledger, local.random.fork("witnesses"));
    const wasAwaySince = (at: number): boolean => this.#vitalSigns.wasAwaySince(at);
    const sight = new Sight(office, { ledger, prober, wasAwaySince });
    const absences = new AbsenceDesk(office, ledger);
    this.#absences = absences;
    const looks = { prober, witnesses, sight, wasAwaySince };
    this.cases = new CaseBook(office, { ledger, desk, freshness, board, absences, ...looks });
    const strikes = new Strikes();
    const electorates = new Electorates(office, ledger, this.edges, strikes);
    const { cases } = this;
    const complaints = new Complaints(office, { ledger, electorates, cases, absences });
    this.#complaints = complaints;
    const audit = new Audit(office, { ledger, prober, complaints, freshness });
    this.#audit = audit;

    // Who is told.
    const bumps = new BumpDesk(this.lobby, ledger, records.votes);
    this.#vitalSigns = new VitalSigns(office, { cases, complaints, strikes, audit, sight, bumps });
    limitStrangers(office, ledger);
    this.#lists = new ListDesk(office, { ledger, electorates, board, freshness, strikes });
    this.#edgeDesk = new EdgeDesk(office, ledger, this.edges, records.archive);
    this.#sync = this.#synced(desk);
    this.#seedSet = new SeedSet(office, {
      chain,
      records,
      freshness,
      clock: this.#clock,
      sync: (partner) => this.#sync.open(partner),
      fresh: () => this.#becameFresh(),
    });
    const random = local.random.fork("charts");
    this.#cartographer = new Cartographer(office, { ledger, edges: this.edges, freshness, random });
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
    this.#records.open(agenda.now(), timing.tickMs, (error) => {
      if (error !== undefined) return done(error);
      this.#readCertificates();
      this.lobby.open((failure) => {
        if (failure === undefined && !this.#isClosed) this.#begin();
        done(failure);
      });
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
    this.#seedSet.stop();
    this.lobby.close("link", () => this.#records.close(done));
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
    this.#seedSet.on("succeeded", () => {
      this.#tally.reconfigured();
      this.#clock.reconfigured();
    });
    this.#tally.on("settled", (settlement) => {
      this.#settled(settlement);
      herald.announce(settlement);
      this.#cartographer.settled(settlement.certificate);
    });
    this.#registrar.on("answered", (proof) => this.#vitalSigns.answered(proof));
    this.cases.on("closed", (ending) => this.#vitalSigns.closed(ending));
    this.#lists.on("polled", (proof, from, shown) => this.#vitalSigns.polled(proof, from, shown));
    this.#absences.on("away", (peer, incarnation) => this.cases.excuse(peer, incarnation));
    this.#absences.on("overdue", (peer, incarnation) => this.#audit.inspect(peer, incarnation));
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
      archive: this.#records.archive,
      freshness: this.#freshness,
      openVotes: () => openVotes(desk, this.#tally),
      takeCertificates: this.#tally.settle.bind(this.#tally),
      takeVote: (news: VoteNews, from: Connection) => this.#takeVote(news, from),
      newestVoteOf: (seed: PeerId) => this.#newest.of(seed),
      takeOwnVote: this.#ownVotes.take.bind(this.#ownVotes),
      takeEdges: this.#edgeDesk.take.bind(this.#edgeDesk),
      tellTime: this.#clock.tell.bind(this.#clock),
      met: this.#clock.met.bind(this.#clock),
    };
    return new Sync(this.#office, rooms, () => this.#becameFresh());
  }

  #begin(): void {
    this.#vitalSigns.watch();
    this.#clock.start();
    this.#seedSet.start();
    this.#sync.start();
    this.#complaints.start();
    this.#audit.start();
    this.#cartographer.start();
    if (this.isFresh) this.#becameFresh();
  }

  #becameFresh(): void {
    this.#seedSet.taken();
    this.#registrar.resume();
    this.#leaves.resume();
    this.#office.tell("fresh");
  }

  /** A vote carries what it is about, and so is as good as a relay: this seed looks for itself. */
  #takeVote(news: VoteNews, from: Connection): void {
    if (!this.#tally.cast(news, from)) return;
    // One that it has voted for already it votes for again while the peer asks, not because votes go round.
    const isNew = this.#records.votes.guard(news.vote.fact) === "free";
    if (news.registration !== undefined && isNew) this.#registrar.relayed(news.registration, from);
    if (news.leave !== undefined) this.#leaves.relayed(news.leave);
  }

  #settled({ certificate, standing }: Settlement): void {
    const { fact } = certificate;
    this.#records.votes.settled(certificate);
    this.#ownVotes.compare();
    this.#admission.settled(certificate);
    this.#changed(fact.peer, standing);
    if (fact.kind === "add") this.#leaves.resume(fact.peer);
  }

  #ticked(tick: number, herald: Herald): void {
    const expired = this.ledger.advance(tick);
    const forgotten = tick - 2 * this.#office.timing.leaseTicks;
    this.#records.votes.forgetUntil(forgotten);
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
        this.#records.votes.settled(certificate);
        for (const vote of certificate.votes) this.#newest.see(vote);
        this.#admission.settled(certificate);
      }
    }
    const isOpen = ({ vote: { fact } }: VoteNews): boolean => rank(fact) > this.#tally.rankOf(fact.peer);
    this.#admission.voted([...this.#records.votes.votes()].filter(isOpen));
    this.#ownVotes.compare();
  }
}

/** What others need to count, or to compare: this seed's own votes first. */
function* openVotes(desk: VoteDesk, tally: Tally): Iterable<VoteNews> {
  yield* desk.openVotes();
  yield* tally.disputedVotes();
}
