import {
  CERTIFICATES,
  type Certificate,
  CHAIN,
  type Configuration,
  ConfigurationChain,
  cfgOf,
  type Fact,
  type JointCertificate,
  type Ledger,
  rank,
  TICK,
  type TickCertificate,
  type Vote,
  verifyCertificate,
  verifyTick,
  verifyVote,
} from "@p2p/consensus";
import { type PeerId, shortId, toHex, type Verifier } from "@p2p/identity";
import { type FrameType, Kind, Malformed } from "@p2p/wire";
import { LIST, STATUS, SYNC_DELTA, VOTE } from "../frames.ts";

/**
 * What must never happen among honest seeds, checked on everything that any of them sends and on their lists:
 * one certified content for a life of a peer, no seed that votes twice differently (restarts included), no certificate
 * that does not prove itself or is made of votes of different times, no list that holds anything else, no rank that falls before its time is over,
 * and no time that runs backwards.
 */
export class SeedInvariants {
  /** Grows by what seeds show to others. What a configuration signed that nobody has shown yet is looked at later. */
  readonly #chain: ConfigurationChain;
  readonly #verifier: Verifier;
  readonly #votes = new Map<string, string>();
  readonly #contents = new Map<string, string>();
  readonly #seen = new WeakSet<Uint8Array>();
  readonly #verified = new WeakSet<Certificate>();
  readonly #ranks = new Map<string, number>();
  readonly #ticks = new Map<PeerId, number>();
  /** The certificate of highest rank for each peer that was ever seen anywhere. */
  readonly highest: Map<PeerId, Certificate> = new Map();
  /** Votes seen, however often. */
  votes = 0;
  /** What happened that must not, each once. */
  readonly broken: string[] = [];
  readonly #certified: (certificate: Certificate) => void;
  readonly #nameOf: (id: PeerId) => string;

  /**
   * @param certified is told of every certificate when it is first seen anywhere.
   * @param nameOf what {@link broken} calls a seed or a peer.
   */
  constructor(
    configuration: Configuration,
    verifier: Verifier,
    certified: (certificate: Certificate) => void = () => undefined,
    nameOf: (id: PeerId) => string = shortId,
  ) {
    this.#chain = new ConfigurationChain(configuration);
    this.#verifier = verifier;
    this.#certified = certified;
    this.#nameOf = nameOf;
  }

  /** Other seeds decide, by these: what they sign is looked at from now on. */
  follow(changes: readonly JointCertificate[]): void {
    for (const one of changes) this.#chain.extend(one, this.#verifier);
  }

  /** The configuration that a certificate was made under, if it is known; else the one that holds. */
  configurationOf(certificate: Certificate): Configuration {
    return this.#chain.under(cfgOf(certificate));
  }

  /** A seed has sent a frame. */
  sent(seed: PeerId, frame: Uint8Array): void {
    if (this.#seen.has(frame)) return;
    this.#seen.add(frame);
    if (frame[0] === Kind.chain) this.follow(open(CHAIN, frame).certificates);
    if (frame[0] === Kind.vote) this.#vote(seed, open(VOTE, frame).vote);
    if (frame[0] === Kind.certificates)
      for (const one of open(CERTIFICATES, frame).certificates) this.#certificate(seed, one);
    if (frame[0] === Kind.tick) this.#time(seed, open(TICK, frame));
    if (frame[0] === Kind.list)
      for (const one of open(LIST, frame).certificates) this.#certificate(seed, one);
    if (frame[0] === Kind.status) {
      const { certificate } = open(STATUS, frame);
      if (certificate !== undefined) this.#certificate(seed, certificate);
    }
    if (frame[0] === Kind.syncDelta) {
      const { certificates, votes } = open(SYNC_DELTA, frame);
      for (const one of certificates) this.#certificate(seed, one);
      for (const { vote } of votes) this.#vote(seed, vote);
    }
  }

  /** Looks at a seed's list. */
  look(seed: PeerId, ledger: Ledger): void {
    for (const { peer, certificate } of ledger.members()) {
      this.#certificate(seed, certificate);
      this.#rose(seed, peer, rank(certificate.fact));
    }
    for (const peer of this.highest.keys()) {
      this.#looked(seed, ledger, peer);
    }
  }

  /** Looks at one entry of a seed's list. */
  lookAt(seed: PeerId, ledger: Ledger, peer: PeerId): void {
    const certificate = ledger.standing(peer)?.certificate;
    if (certificate !== undefined) this.#certificate(seed, certificate);
    this.#looked(seed, ledger, peer);
  }

  /** What is so old that everybody has forgotten it has no rank that could fall. */
  #looked(seed: PeerId, ledger: Ledger, peer: PeerId): void {
    const certificate = ledger.standing(peer)?.certificate;
    const highest = this.highest.get(peer);
    if (certificate === undefined && highest !== undefined && ledger.isForgotten(highest)) return;
    this.#rose(seed, peer, certificate === undefined ? -1 : rank(certificate.fact));
  }

  #rose(seed: PeerId, peer: PeerId, now: number): void {
    const key = `${seed}:${peer}`;
    const before = this.#ranks.get(key) ?? -1;
    if (now < before)
      this.#break(`rank of ${this.#nameOf(peer)} fell from ${before} to ${now} at ${this.#nameOf(seed)}`);
    this.#ranks.set(key, Math.max(now, before));
  }

  #time(seed: PeerId, certificate: TickCertificate): void {
    if (this.#chain.isForeign(certificate.cfg)) return;
    const fault = verifyTick(certificate, this.#chain, this.#verifier);
    if (fault !== undefined)
      return this.#break(`${this.#nameOf(seed)} told a time that proves nothing: ${fault}`);
    const before = this.#ticks.get(seed) ?? 0;
    if (certificate.tick < before)
      this.#break(`time ran backwards from ${before} to ${certificate.tick} at ${this.#nameOf(seed)}`);
    this.#ticks.set(seed, Math.max(before, certificate.tick));
  }

  #vote(seed: PeerId, vote: Vote): void {
    if (this.#chain.isForeign(vote.cfg)) return;
    this.votes += 1;
    if (!verifyVote(vote, this.#chain.under(vote.cfg), this.#verifier))
      return this.#break(`${this.#nameOf(seed)} sent a bad vote`);
    const { kind, peer, incarnation } = vote.fact;
    this.#only(
      this.#votes,
      // Who knows by the new configuration only what a quorum of the old one knew may have to vote anew.
      `${toHex(vote.cfg)}:${vote.seed}:${kind}:${peer}:${incarnation}`,
      vote.fact,
      `a seed voted twice: ${this.#nameOf(vote.seed)} about the`,
    );
  }

  #certificate(seed: PeerId, certificate: Certificate): void {
    if (this.#verified.has(certificate) || this.#chain.isForeign(cfgOf(certificate))) return;
    this.#verified.add(certificate);
    const fault = verifyCertificate(certificate, this.#chain, this.#verifier);
    if (fault !== undefined) return this.#break(`${this.#nameOf(seed)} has a bad certificate: ${fault}`);
    for (const vote of certificate.votes) this.#vote(seed, vote);
    this.#count(certificate);
    const { kind, peer, incarnation } = certificate.fact;
    const slot = `${kind}:${peer}:${incarnation}`;
    const isNew = !this.#contents.has(slot);
    this.#only(this.#contents, slot, certificate.fact, "two contents certified for the");
    if (isNew) this.#certified(certificate);
    const highest = this.highest.get(peer);
    if (highest === undefined || rank(highest.fact) < rank(certificate.fact))
      this.highest.set(peer, certificate);
  }

  /** Counts by itself, so that a wrong count elsewhere does not vouch for itself. */
  #count(certificate: Certificate): void {
    const { fact, votes, leave } = certificate;
    const configuration = this.#chain.under(cfgOf(certificate));
    const { size, faulty } = configuration;
    const voters = new Set(votes.map(({ seed }) => seed).filter((seed) => configuration.has(seed)));
    if (2 * voters.size < size + faulty + 1)
      this.#break(`${fact.kind} of ${this.#nameOf(fact.peer)} certified by ${voters.size} of ${size} seeds`);
    const ticks = votes.map(({ tick }) => tick);
    const spread = Math.max(...ticks) - Math.min(...ticks);
    if (leave === undefined && spread > (fact.kind === "add" ? 10 : 1))
      this.#break(`${fact.kind} of ${this.#nameOf(fact.peer)} certified by votes ${spread} ticks apart`);
  }

  #only(seen: Map<string, string>, key: string, fact: Fact, fault: string): void {
    const { kind, peer, incarnation, digest } = fact;
    const [before, content] = [seen.get(key), toHex(digest)];
    if (before !== undefined && before !== content)
      this.#break(`${fault} ${kind} of ${this.#nameOf(peer)}, life ${incarnation}`);
    seen.set(key, content);
  }

  #break(fault: string): void {
    if (!this.broken.includes(fault)) this.broken.push(fault);
  }
}

function open<T>(type: FrameType<T>, frame: Uint8Array): T {
  const value = type.decode(frame);
  if (value instanceof Malformed) throw new Error(`a seed sent a malformed ${type.name}: ${value.detail}`);
  return value;
}
