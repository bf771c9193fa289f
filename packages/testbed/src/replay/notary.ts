import {
  Ballot as BallotBox,
  type Certificate,
  type Configuration,
  type Leave,
  NO_DIGEST,
  type Registration,
  registrationDigest,
  type Fact as SignedFact,
  signLeave,
  signTick,
  signVote,
  type TickCertificate,
} from "@p2p/consensus";
import { sameBytes } from "@p2p/identity";
import type { VoteNews } from "@p2p/seed";
import type { Puppet } from "./puppet.ts";
import type { Fact } from "./trace.ts";

/** What an incarnation is in the model's first life, less one. */
const LIVES_FROM = 1000;
/** What the peer may register in one life. */
const CONTENTS = ["a", "b"];

/** Signs what the model's seeds, its liar, a stranger and its peer sign, with the keys of puppets. */
export class Notary {
  readonly #configuration: Configuration;
  readonly #seeds: readonly Puppet[];
  #counter = 1;

  /** @param seeds the puppets of a quorum. */
  constructor(configuration: Configuration, seeds: readonly Puppet[]) {
    this.#configuration = configuration;
    this.#seeds = seeds;
  }

  tick(tick: number): TickCertificate {
    const { cfg } = this.#configuration;
    const votes = this.#seeds.map(({ signer }) => signTick(tick, this.#configuration, signer));
    return { tick, cfg, votes: votes.map(({ seed, signature }) => ({ seed, signature })) };
  }

  /** The incarnation of a life of the model. */
  incarnationOf(life: number): number {
    return LIVES_FROM + life;
  }

  registration(peer: Puppet, life: number, content: string): Registration {
    return peer.registration(this.incarnationOf(life), new TextEncoder().encode(content));
  }

  leave(peer: Puppet, life: number): Leave {
    const terms = { peer: peer.id, incarnation: this.incarnationOf(life) };
    return signLeave(terms, this.#configuration.networkId, peer.signer);
  }

  /** A vote of `voter`, whoever that is, with what belongs to it. */
  vote(voter: Puppet, peer: Puppet, fact: Fact, tick: number, onLeave: boolean): VoteNews {
    const { cfg, networkId } = this.#configuration;
    this.#counter += 1;
    const terms = { cfg, fact: this.#signed(peer, fact), tick, counter: this.#counter, seed: voter.id };
    const life = lifeOf(fact);
    return {
      vote: signVote(terms, networkId, voter.signer),
      registration: isAddition(fact) ? this.registration(peer, life, fact.content) : undefined,
      leave: onLeave ? this.leave(peer, life) : undefined,
    };
  }

  /** The certificate of a fact, by votes of a quorum in this tick. */
  certificate(peer: Puppet, fact: Fact, tick: number, onLeave: boolean): Certificate {
    const ballot = new BallotBox(this.#configuration, this.#signed(peer, fact));
    for (const seed of this.#seeds) {
      const { vote, registration, leave } = this.vote(seed, peer, fact, tick, onLeave);
      if (registration !== undefined) ballot.attachRegistration(registration);
      if (leave !== undefined) ballot.attachLeave(leave);
      ballot.cast(vote);
    }
    return ballot.certificate() as Certificate;
  }

  /** A fact about the peer as the model has it. */
  read(
    peer: Puppet,
    { kind, incarnation, digest }: Pick<SignedFact, "kind" | "incarnation" | "digest">,
  ): Fact {
    const rank = 2 * (incarnation - LIVES_FROM) + (kind === "add" ? 0 : 1);
    const isOf = (content: string): boolean =>
      sameBytes(this.#signed(peer, { rank, content }).digest, digest);
    return { rank, content: kind === "add" ? (CONTENTS.find(isOf) ?? "?") : "" };
  }

  #signed(peer: Puppet, fact: Fact): SignedFact {
    const life = lifeOf(fact);
    const about = { peer: peer.id, incarnation: this.incarnationOf(life) };
    if (!isAddition(fact)) return { kind: "remove", ...about, digest: NO_DIGEST };
    const registration = this.registration(peer, life, fact.content);
    return { kind: "add", ...about, digest: registrationDigest(registration, this.#configuration.networkId) };
  }
}

function isAddition({ rank }: Fact): boolean {
  return rank % 2 === 0;
}

function lifeOf({ rank }: Fact): number {
  return Math.floor(rank / 2);
}
