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
 * victim, of at most `victimsMax` victims of each seed: one that looks for everybody at once crowds out its own nonces.
 */
export class NonceBoard {
  readonly #victimsMax: number;
  readonly #posts = new Map<PeerId, Map<PeerId, Post>>();

  /** @param victimsMax default 2 048; beyond, the one that the same seed posted first is forgotten. */
  constructor(victimsMax = 2048) {
    this.#victimsMax = victimsMax;
  }

  /** Puts up the nonce of `seed`, in place of an older one. @param until monotonic milliseconds. */
  post(victim: PeerId, seed: PeerId, post: Post): void {
    const posts = this.#posts.get(seed) ?? new Map<PeerId, Post>();
    posts.delete(victim);
    if (posts.size >= this.#victimsMax) posts.delete(posts.keys().next().value as PeerId);
    this.#posts.set(seed, posts.set(victim, post));
  }

  /** The nonces up for `victim` in this life, those of `first` before all others. */
  nonces(victim: PeerId, incarnation: number, first: PeerId, now: number): Uint8Array[] {
    const posts = this.#live(victim, now).filter(([, post]) => post.incarnation === incarnation);
    return posts
      .toSorted(([a], [b]) => Number(b === first) - Number(a === first))
      .map(([, { nonce }]) => nonce);
  }

  /** Whose nonces a proof answers. Cheap; says nothing about its signature. */
  answered(proof: ProofOfLife, now: number): PeerId[] {
    return this.#live(proof.peer, now)
      .filter(([, { incarnation, nonce }]) => proof.incarnation >= incarnation && answersNonce(proof, nonce))
      .map(([seed]) => seed);
  }

  /** Takes down one seed's nonce, or all for `victim`. */
  take(victim: PeerId, seed?: PeerId): void {
    for (const one of seed === undefined ? [...this.#posts.keys()] : [seed]) {
      const posts = this.#posts.get(one);
      posts?.delete(victim);
      if (posts?.size === 0) this.#posts.delete(one);
    }
  }

  /** What is up for `victim`, by seed: as many as there are seeds, at most. */
  #live(victim: PeerId, now: number): readonly (readonly [seed: PeerId, post: Post])[] {
    return [...this.#posts].flatMap(([seed, posts]) => {
      const post = posts.get(victim);
      if (post === undefined) return [];
      if (post.until > now) return [[seed, post]];
      this.take(victim, seed);
      return [];
    });
  }
}
