import {
  ADD_SPAN_TICKS,
  type Fact,
  factKey,
  type Leave,
  NO_DIGEST,
  type Registration,
  rank,
  registrationDigest,
  signVote,
  type Vote,
} from "@p2p/consensus";
import { type PeerId, sameBytes } from "@p2p/identity";
import { VOTE, type VoteNews } from "./frames.ts";
import type { Freshness } from "./freshness.ts";
import type { Office } from "./office.ts";
import type { QuorumClock } from "./quorum-clock.ts";
import type { Tally } from "./tally.ts";
import type { VoteGuard, VoteLog } from "./vote-log.ts";

/**
 * Where this seed votes, and the only place where it signs a vote. On disk first; then it looks again, and only then
 * tells anybody. PROTOCOL.md §10.3.
 */
export class VoteDesk {
  readonly #office: Office;
  readonly #log: VoteLog;
  readonly #tally: Tally;
  readonly #freshness: Freshness;
  readonly #clock: QuorumClock;
  readonly #writing = new Set<string>();

  constructor(office: Office, log: VoteLog, tally: Tally, freshness: Freshness, clock: QuorumClock) {
    this.#office = office;
    this.#log = log;
    this.#tally = tally;
    this.#freshness = freshness;
    this.#clock = clock;
  }

  /** Whether this seed may still vote for a registration, as far as its own votes go. */
  guard(registration: Registration): VoteGuard {
    return this.#log.guard(this.#additionOf(registration));
  }

  /** Whether this seed has voted to add some life of `peer`, and nothing later is certified. */
  hasVotedFor(peer: PeerId): boolean {
    return this.#log.hasVoteOn("add", peer);
  }

  /** Whether this seed's vote for exactly this is on disk, and no older than a tick: to vote again would change nothing. */
  hasJustVoted(registration: Registration): boolean {
    const { vote } = this.#log.voteOn("add", registration.peer) ?? {};
    return this.#isOfNow(vote) && this.guard(registration) === "same";
  }

  /**
   * Votes to add a peer that this seed has reached itself. Voting again for the same, in a later tick, is no second
   * vote, and keeps the votes of all seeds close enough together to count.
   */
  voteAdd(registration: Registration): void {
    const fact = this.#additionOf(registration);
    const guard = this.#log.guard(fact);
    // On disk already: the next exchange tells whoever has not heard of it.
    if (this.hasJustVoted(registration)) return;
    if (guard === "free" || guard === "same") {
      this.#vote(fact, { registration, leave: undefined }, () => true, nothing);
    }
  }

  /**
   * Votes to remove a life of a peer that was looked for in vain; again, in a later tick, as long as that is so.
   * @param stands asked once the vote is on disk: whether there is still no sign of life.
   * @returns false when it abstains: without a tick that is young, nobody could say what the vote counts with.
   */
  voteDead(peer: PeerId, incarnation: number, stands: () => boolean): boolean {
    if (!this.#clock.isSure) return false;
    this.#voteRemove(peer, incarnation, undefined, stands, nothing);
    return true;
  }

  /**
   * Votes to remove a peer that wishes it.
   * @param told runs once the vote is out; `isNew` is false when it was out already.
   */
  voteLeave(leave: Leave, told: (isNew: boolean) => void): void {
    const { peer, incarnation } = leave;
    const earlier = this.#log.voteOn("remove", peer);
    if (earlier?.leave !== undefined && earlier.vote.fact.incarnation === incarnation) return told(false);
    this.#voteRemove(
      peer,
      incarnation,
      leave,
      () => true,
      () => told(true),
    );
  }

  /**
   * This seed's votes that others may still need: on disk, not certified, not too old to count, and not for a death that
   * it may have seen wrong.
   */
  *openVotes(): Iterable<VoteNews> {
    for (const news of this.#log.votes()) {
      const { fact, tick } = news.vote;
      const counts = news.leave !== undefined || tick + ADD_SPAN_TICKS >= this.#clock.tick;
      const isOpen = rank(fact) > this.#tally.rankOf(fact.peer);
      if (isOpen && counts && (fact.kind === "add" || news.leave !== undefined)) yield news;
    }
  }

  #voteRemove(
    peer: PeerId,
    incarnation: number,
    leave: Leave | undefined,
    stands: () => boolean,
    told: () => void,
  ): void {
    const fact: Fact = { kind: "remove", peer, incarnation, digest: NO_DIGEST };
    const guard = this.#log.guard(fact);
    if (guard === "free" || guard === "same")
      this.#vote(fact, { registration: undefined, leave }, stands, told);
  }

  #vote(fact: Fact, grounds: Omit<VoteNews, "vote">, stands: () => boolean, told: () => void): void {
    const key = grounds.leave === undefined ? factKey(fact) : `${factKey(fact)}:leave`;
    const { configuration, lobby, voteSigner } = this.#office;
    if (!this.#freshness.isFresh || voteSigner === undefined || this.#writing.has(key)) return;
    const { cfg } = configuration;
    const terms = {
      cfg,
      fact,
      tick: this.#clock.tick,
      counter: this.#log.nextCounter(),
      seed: lobby.id,
    };
    const news = {
      vote: signVote(terms, configuration.networkId, voteSigner, configuration.version),
      ...grounds,
    };
    this.#writing.add(key);
    this.#log.keep(news, (error) => {
      this.#writing.delete(key);
      if (error !== undefined) return this.#office.diskFailed(error);
      if (rank(fact) <= this.#tally.rankOf(fact.peer) || !stands()) return;
      // Others decide by now: what was not said under the former configuration is never said.
      if (!sameBytes(cfg, configuration.cfg)) return;
      lobby.seeds.broadcast(VOTE.encode(news));
      this.#tally.castOwn(news);
      told();
    });
  }

  #isOfNow(vote: Vote | undefined): boolean {
    return vote?.tick === this.#clock.tick && sameBytes(vote.cfg, this.#office.configuration.cfg);
  }

  #additionOf(registration: Registration): Fact {
    const { peer, incarnation } = registration;
    const digest = registrationDigest(registration, this.#office.configuration.networkId);
    return { kind: "add", peer, incarnation, digest };
  }
}

function nothing(): void {
  // Nobody wants to know.
}
