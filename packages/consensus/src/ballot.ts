import { type PeerId, sameBytes, toHex } from "@p2p/identity";
import { type Certificate, spanTicksOf } from "./certificate.ts";
import type { Council } from "./council.ts";
import { type Fact, rank } from "./fact.ts";
import type { Leave } from "./leave.ts";
import { type Registration, registrationDigest } from "./registration.ts";
import { type Vote, votesTogether } from "./vote.ts";

/** What one ballot is about: a fact without its digest, since votes may disagree on that. */
export type BallotSlot = Omit<Fact, "digest">;

/** What became of a vote. */
export type BallotAnswer =
  /** The seed's first vote here. */
  | "counted"
  /** Nothing new: this vote again, or an older one of the seed. */
  | "repeated"
  /** A later vote of the seed for the same; it takes the place of the one before. */
  | "renewed"
  /** The seed voted for another digest before. That vote stays; {@link Ballot.voteOf} and this one are evidence. */
  | "conflicting"
  /** Of another configuration, on another slot, or of nobody who is a seed. */
  | "foreign";

/**
 * The votes on one slot: one a seed, however many it sends. Holds at most n votes and n registrations. Verifies no
 * signature: the caller has done so. PROTOCOL.md §10.3.
 */
export class Ballot {
  readonly #configuration: Council;
  readonly #slot: BallotSlot;
  readonly #votes = new Map<PeerId, Vote>();
  readonly #registrations = new Map<string, Registration>();
  #leave: Leave | undefined;

  /** @param configuration must stay the same meanwhile: votes of two never count together. */
  constructor(configuration: Council, slot: BallotSlot) {
    this.#configuration = configuration;
    this.#slot = { kind: slot.kind, peer: slot.peer, incarnation: slot.incarnation };
  }

  /** The votes that stand, in the order in which their seeds first voted. */
  get votes(): readonly Vote[] {
    return [...this.#votes.values()];
  }

  /** Whether seeds voted for different contents: their peer contradicts itself, or one of them does. */
  get isDisputed(): boolean {
    const [first, ...others] = this.#votes.values();
    return first !== undefined && others.some(({ fact }) => !sameBytes(fact.digest, first.fact.digest));
  }

  /** The registration with this digest, if it was handed in. */
  registrationOf(digest: Uint8Array): Registration | undefined {
    return this.#registrations.get(toHex(digest));
  }

  /** The vote of `seed` that stands. */
  voteOf(seed: PeerId): Vote | undefined {
    return this.#votes.get(seed);
  }

  /** Counts a verified vote. Who votes for the same again, in a later tick, is counted there. */
  cast(vote: Vote): BallotAnswer {
    if (!this.#concerns(vote)) return "foreign";
    const held = this.#votes.get(vote.seed);
    if (held !== undefined && !sameBytes(held.fact.digest, vote.fact.digest)) return "conflicting";
    if (held !== undefined && vote.tick <= held.tick) return "repeated";
    this.#votes.set(vote.seed, vote);
    return held === undefined ? "counted" : "renewed";
  }

  /** Drops the vote of `seed`, as if it had not been cast. */
  forget(seed: PeerId): void {
    this.#votes.delete(seed);
  }

  /** Drops the votes of `tick` and before: what their seeds vote now has nothing to do with them. */
  forgetUntil(tick: number): void {
    for (const [seed, vote] of this.#votes) if (vote.tick <= tick) this.#votes.delete(seed);
  }

  /**
   * Hands in a registration that an ADD may be about; without it there is no certificate. False when it is of another
   * slot, or one more than n different ones: only a peer that contradicts itself has so many.
   */
  attachRegistration(registration: Registration): boolean {
    if (this.#slot.kind !== "add" || !this.#names(registration)) return false;
    const digest = toHex(registrationDigest(registration, this.#configuration.networkId));
    if (this.#registrations.size >= this.#configuration.size && !this.#registrations.has(digest))
      return false;
    this.#registrations.set(digest, registration);
    return true;
  }

  /** Hands in the peer's own LEAVE: votes for the REMOVE then count whenever they were cast. False: of another slot. */
  attachLeave(leave: Leave): boolean {
    if (this.#slot.kind !== "remove" || !this.#names(leave)) return false;
    this.#leave = leave;
    return true;
  }

  /** The certificate that can be made of what is here, with exactly q votes; `undefined` while there is none. */
  certificate(): Certificate | undefined {
    return this.#slot.kind === "add" ? this.#addition() : this.#removal();
  }

  #addition(): Certificate | undefined {
    for (const [digest, registration] of this.#registrations) {
      const alike = this.votes.filter(({ fact }) => toHex(fact.digest) === digest);
      const votes = this.#together(alike, undefined);
      if (votes !== undefined) return { fact: (votes[0] as Vote).fact, votes, registration };
    }
    return undefined;
  }

  #removal(): Certificate | undefined {
    const leave = this.#leave;
    const votes = this.#together(this.votes, leave);
    if (votes === undefined) return undefined;
    const { fact } = votes[0] as Vote;
    return leave === undefined ? { fact, votes } : { fact, votes, leave };
  }

  #together(votes: readonly Vote[], leave: Leave | undefined): readonly Vote[] | undefined {
    return votesTogether(votes, this.#configuration.quorum, spanTicksOf({ fact: this.#slot, leave }));
  }

  #concerns({ cfg, seed, fact }: Vote): boolean {
    return (
      this.#configuration.has(seed) &&
      sameBytes(cfg, this.#configuration.cfg) &&
      fact.peer === this.#slot.peer &&
      rank(fact) === rank(this.#slot)
    );
  }

  #names({ peer, incarnation }: { readonly peer: PeerId; readonly incarnation: number }): boolean {
    return peer === this.#slot.peer && incarnation === this.#slot.incarnation;
  }
}
