import type { PeerId } from "@p2p/identity";
import { type Certificate, certificateDigest } from "./certificate.ts";

/** How many parts a `Ledger` is compared in. */
export const BUCKETS = 64;

/**
 * The facts of a ledger in 64 parts by their peers' ids, each with one hash: so that two holders find out where they
 * differ. The hash is the XOR of {@link certificateDigest} over the facts, so a change costs one hash.
 */
export class Buckets {
  readonly #buckets: readonly Bucket[] = Array.from({ length: BUCKETS }, () => new Bucket());

  /** @param certificates one of each peer. */
  constructor(certificates: Iterable<Certificate>) {
    for (const certificate of certificates) this.add(certificate);
  }

  /** One hash of 32 bytes for each bucket: copies. */
  get hashes(): readonly Uint8Array[] {
    return this.#buckets.map(({ hash }) => Uint8Array.from(hash));
  }

  /** Whose facts are in one bucket. @throws RangeError unless `bucket` is 0 to {@link BUCKETS} − 1. */
  peersIn(bucket: number): Iterable<PeerId> {
    const found = this.#buckets[bucket];
    if (found === undefined) throw new RangeError(`not a bucket: ${bucket}`);
    return found.peers;
  }

  add(certificate: Certificate): void {
    const bucket = this.#bucketOf(certificate);
    bucket.peers.add(certificate.fact.peer);
    bucket.toggle(certificate);
  }

  /** Takes out what was added. */
  delete(certificate: Certificate): void {
    const bucket = this.#bucketOf(certificate);
    bucket.peers.delete(certificate.fact.peer);
    bucket.toggle(certificate);
  }

  #bucketOf({ fact: { peer } }: Certificate): Bucket {
    return this.#buckets[bucketOf(peer)] as Bucket;
  }
}

/** Which bucket `peer` is in: the first six bits of its id. */
export function bucketOf(peer: PeerId): number {
  return Number.parseInt(peer.slice(0, 2), 16) >> 2;
}

class Bucket {
  readonly hash = new Uint8Array(32);
  readonly peers = new Set<PeerId>();

  toggle(certificate: Certificate): void {
    for (const [index, byte] of certificateDigest(certificate).entries())
      this.hash[index] = (this.hash[index] as number) ^ byte;
  }
}
