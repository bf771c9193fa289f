import {
  beats,
  CERTIFICATES,
  type Certificate,
  certificateDigest,
  cfgOf,
  conflicts,
  faultOfForm,
  type Ledger,
  rank,
  registrationDigest,
  type Standing,
  sameFact,
  type Vote,
  verifyCertificate,
  verifyLeave,
  verifyRegistration,
  verifyVote,
} from "@p2p/consensus";
import { type PeerId, sameBytes, toHex } from "@p2p/identity";
import type { Connection } from "@p2p/wire";
import { EventEmitter } from "eventemitter3";
import type { Archive } from "./archive.ts";
import { BallotBox } from "./ballot-box.ts";
import { CertificateBudget } from "./certificate-budget.ts";
import type { Dossier } from "./dossier.ts";
import type { VoteNews } from "./frames.ts";
import type { NewestVotes } from "./newest-votes.ts";
import type { Office } from "./office.ts";

/** A certificate that holds now. */
export interface Settlement {
  readonly certificate: Certificate;
  /** What its peer is by it: a certificate that comes late may be an ADD whose lease is over. */
  readonly standing: Standing;
  /** What held before. */
  readonly before: Standing | undefined;
  /** Who brought it; nobody when it was made here, of votes. */
  readonly from: Connection | undefined;
}

interface TallyEvents {
  /** The ledger has changed, and the disk knows. */
  settled: [settlement: Settlement];
}

/** Most certificates on their way to the disk; further ones are dropped, and come again by the next exchange. */
const KEEPING_MAX = 16_384;

/** Such certificates that are remembered: each takes a quorum that voted twice. */
const LOSING_MAX = 1024;

/**
 * From votes to the list: counts votes, makes certificates of them, takes in those of others. A certificate holds once
 * it is on stable storage, so that what this seed has told is never forgotten. PROTOCOL.md §10.
 */
export class Tally extends EventEmitter<TallyEvents> {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #archive: Archive;
  readonly #newest: NewestVotes;
  readonly #dossier: Dossier;
  readonly #box: BallotBox;
  /** Facts that are on their way to the disk. */
  readonly #keeping = new Set<string>();
  /** Certificates that lost against another of their rank: told and kept once, however often they come. */
  readonly #losing = new Set<string>();
  readonly #budget = new CertificateBudget();

  constructor(office: Office, ledger: Ledger, archive: Archive, newest: NewestVotes, dossier: Dossier) {
    super();
    this.#office = office;
    this.#ledger = ledger;
    this.#archive = archive;
    this.#newest = newest;
    this.#dossier = dossier;
    this.#box = new BallotBox(office.configuration);
  }

  /** Rank of what is certified about `peer`; −1 for nothing. */
  rankOf(peer: PeerId): number {
    const standing = this.#ledger.standing(peer);
    return standing === undefined ? -1 : rank(standing.certificate.fact);
  }

  /** Votes of `tick` and before have nothing to do with what is voted now. */
  forgetUntil(tick: number): void {
    this.#box.forgetUntil(tick);
  }

  /** All votes on registrations about which seeds disagree: others have to see them to find out who voted for both. */
  *disputedVotes(): Iterable<VoteNews> {
    for (const ballot of this.#box.disputed())
      for (const vote of ballot.votes)
        yield { vote, registration: ballot.registrationOf(vote.fact.digest), leave: undefined };
  }

  /** Other seeds decide from now on: votes of two configurations never count together. */
  reconfigured(): void {
    this.#box.clear();
  }

  /** Counts a vote of this seed. */
  castOwn(news: VoteNews): void {
    this.#count(news);
  }

  /**
   * Counts a vote that somebody brought, after all that came with it was verified. False when it changed nothing: it came
   * too late to be looked at, or cannot be true.
   */
  cast(news: VoteNews, from: Connection): boolean {
    const { configuration } = this.#office;
    if (rank(news.vote.fact) <= this.rankOf(news.vote.fact.peer)) return false;
    if (configuration.isForeign(news.vote.cfg) || !this.#office.hears(from)) return false;
    const fault = this.#faultOf(news);
    if (fault !== undefined) this.#office.blame(from, "vote", fault);
    else this.#count(news);
    return fault === undefined;
  }

  /** Takes in certificates that somebody brought, within the budget. Whoever brings old ones is told the newer. */
  settle(certificates: readonly Certificate[], from: Connection): void {
    const newer = certificates.map((certificate) => this.#settle(certificate, from));
    const told = new Set(newer.filter((certificate) => certificate !== undefined));
    if (told.size > 0 && !from.isBehind) from.send(CERTIFICATES.encode({ certificates: [...told] }));
  }

  /** @returns a newer one that is held. */
  #settle(certificate: Certificate, from: Connection): Certificate | undefined {
    const held = this.#ledger.certificateOf(certificate.fact.peer);
    if (held !== undefined && sameFact(held.fact, certificate.fact)) return undefined;
    if (held !== undefined && beats(held, certificate) && !conflicts(held, certificate)) return held;
    const key = toHex(certificateDigest(certificate));
    if (this.#keeping.has(key) || this.#losing.has(key) || this.#ledger.isForgotten(certificate))
      return undefined;
    if (this.#isTooMuch(certificate)) return undefined;
    if (!this.#budget.take(from, this.#office.now())) return undefined;
    const { configuration, lobby } = this.#office;
    if (configuration.isForeign(cfgOf(certificate))) return undefined;
    const fault = verifyCertificate(certificate, configuration, lobby.local.verifier);
    // Of another form it proves nothing, as a node with other rules might not have found.
    if (fault !== undefined && faultOfForm(certificate, configuration) === undefined)
      this.#office.blame(from, "certificate", fault);
    else if (fault !== undefined) this.#office.forged(from.id, "certificate", fault);
    else this.#keep(certificate, from);
    return undefined;
  }

  /** Whether there is no room for a certificate, whatever it is worth. */
  #isTooMuch({ fact }: Certificate): boolean {
    if (fact.kind === "remove" || !this.#ledger.isFull || this.#ledger.isMember(fact.peer)) return false;
    this.#office.listFull(this.#ledger.size);
    return true;
  }

  #count(news: VoteNews): void {
    const { vote, registration, leave } = news;
    this.#newest.see(vote);
    // A vote under a former configuration tells of a registration or a leave, and counts no more.
    if (!sameBytes(vote.cfg, this.#office.configuration.cfg)) return;
    const ballot = this.#box.ballotOn(vote.fact, vote.seed);
    if (registration !== undefined) ballot.attachRegistration(registration);
    if (leave !== undefined) ballot.attachLeave(leave);
    const earlier = ballot.voteOf(vote.seed);
    if (ballot.cast(vote) === "conflicting" && earlier !== undefined) this.#dossier.compare(earlier, vote);
    const certificate = ballot.certificate();
    if (certificate !== undefined) this.#keep(certificate, undefined);
  }

  #keep(certificate: Certificate, from: Connection | undefined): void {
    const key = toHex(certificateDigest(certificate));
    if (this.#keeping.has(key) || this.#keeping.size >= KEEPING_MAX) return;
    this.#keeping.add(key);
    this.#archive.keep(certificate, (error) => {
      this.#keeping.delete(key);
      if (error !== undefined) this.#office.diskFailed(error);
      else this.#enter(certificate, from);
    });
  }

  #enter(certificate: Certificate, from: Connection | undefined): void {
    const { fact } = certificate;
    for (const vote of certificate.votes) this.#see(vote);
    const before = this.#ledger.standing(fact.peer);
    const answer = this.#ledger.admit(certificate);
    if (answer === "full") this.#office.listFull(this.#ledger.size);
    if (answer === "conflict-refused" && this.#losing.size < LOSING_MAX)
      this.#losing.add(toHex(certificateDigest(certificate)));
    if (answer === "newer" || answer === "conflict-taken") {
      this.#box.forget(fact.peer, rank(fact));
      const standing = this.#ledger.standing(fact.peer);
      if (standing !== undefined) this.emit("settled", { certificate, standing, before, from });
    }
    if (before !== undefined && (answer === "conflict-taken" || answer === "conflict-refused")) {
      this.#contradicted(before.certificate, certificate);
    }
  }

  /** Whoever voted for both voted twice. */
  #contradicted(held: Certificate, other: Certificate): void {
    this.#office.tell("evidence", { kind: "two certificates", certificates: [held, other] });
    for (const vote of other.votes) {
      const earlier = held.votes.find(({ seed }) => seed === vote.seed);
      if (earlier !== undefined) this.#dossier.compare(earlier, vote);
    }
  }

  /** A vote in a certificate: whoever cast it may have cast another that was counted here. */
  #see(vote: Vote): void {
    this.#newest.see(vote);
    const earlier = this.#box.find(vote.fact)?.voteOf(vote.seed);
    if (earlier !== undefined) this.#dossier.compare(earlier, vote);
  }

  #faultOf({ vote, registration, leave }: VoteNews): string | undefined {
    const { configuration, lobby } = this.#office;
    const { networkId, verifier } = lobby.local;
    if (!verifyVote(vote, configuration, verifier)) return "a vote that no seed of this configuration signed";
    const { kind, peer, incarnation } = vote.fact;
    if (leave !== undefined) {
      const isAbout = kind === "remove" && leave.peer === peer && leave.incarnation === incarnation;
      if (!isAbout) return "a leave that the vote is not about";
      if (!verifyLeave(leave, networkId, verifier)) return "a leave not signed by its peer";
    }
    if (kind === "remove") return registration === undefined ? undefined : "a REMOVE with a registration";
    if (registration === undefined) return "an ADD without its registration";
    if (!sameBytes(registrationDigest(registration, networkId), vote.fact.digest)) {
      return "a registration with another digest";
    }
    return verifyRegistration(registration, networkId, verifier)
      ? undefined
      : "a registration not signed by its peer";
  }
}
