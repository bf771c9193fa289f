import { answersNonce, type ProofOfLife } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";

interface Post {
  readonly incarnation: number;
  readonly nonce: Uint8Array;
  readonly until: number;
}

/**
 * The nonces by which members can clear themselves with the seeds that look for them, this one's own among them. Whoever
 * is asked for a sign of life is shown all, so one answer serves every seed that hears of it. Holds one a seed and
 * victim, of at most `victimsMax` victims.
 */
export class NonceBoard {
  readonly #victimsMax: number;
  readonly #posts = new Map<PeerId, Map<PeerId, Post>>();

  /** @param victimsMax default 2 048; beyond, the one posted first is forgotten. */
  constructor(victimsMax = 2048) {
    this.#victimsMax = victimsMax;
  }

  /** Puts up the nonce of `seed`, in place of an older one. @param until monotonic milliseconds. */
  post(victim: PeerId, seed: PeerId, post: Post): void {
    const posts = this.#posts.get(victim);
    if (posts !== undefined) return void posts.set(seed, post);
    if (this.#posts.size >= this.#victimsMax) this.#posts.delete(this.#posts.keys().next().value as PeerId);
    this.#posts.set(victim, new Map([[seed, post]]));
  }

  /** The nonces up for `victim` in this life, those of `first` before all others. */
  nonces(victim: PeerId, incarnation: number, first: PeerId, now: number): Uint8Array[] {
    const posts = [...this.#live(victim, now)].filter(([, post]) => post.incarnation === incarnation);
    return posts
      .toSorted(([a], [b]) => Number(b === first) - Number(a === first))
      .map(([, { nonce }]) => nonce);
  }

  /** Whose nonces a proof answers. Cheap; says nothing about its signature. */
  answered(proof: ProofOfLife, now: number): PeerId[] {
    return [...this.#live(proof.peer, now)]
      .filter(([, { incarnation, nonce }]) => proof.incarnation >= incarnation && answersNonce(proof, nonce))
      .map(([seed]) => seed);
  }

  /** Takes down one seed's nonce, or all for `victim`. */
  take(victim: PeerId, seed?: PeerId): void {
    const posts = this.#posts.get(victim);
    if (seed !== undefined) posts?.delete(seed);
    if (seed === undefined || posts?.size === 0) this.#posts.delete(victim);
  }

  #live(victim: PeerId, now: number): Map<PeerId, Post> {
    const posts = this.#posts.get(victim) ?? new Map<PeerId, Post>();
    for (const [seed, { until }] of posts) if (until <= now) posts.delete(seed);
    return posts;
  }
}
