import { type NetworkId, type PeerId, sameBytes } from "@p2p/identity";
import type { Configuration, SeedEntry } from "./configuration.ts";

/**
 * Who the seeds are now. A {@link Configuration} is one that never changes; a `ConfigurationChain` one that follows its
 * operators: what is read of it may be another answer the next time.
 */
export interface Council {
  readonly networkId: NetworkId;
  /** See {@link Configuration.seeds}. */
  readonly seeds: readonly SeedEntry[];
  /** n */
  readonly size: number;
  /** f */
  readonly faulty: number;
  /** q */
  readonly quorum: number;
  /** ⌊n/2⌋+1 */
  readonly registrars: number;
  /** The version of the bytes that votes and ticks are signed in now. */
  readonly version: number;
  /** What votes carry now. */
  readonly cfg: Uint8Array;
  /** Whether `id` is a seed now. */
  has(id: PeerId): boolean;
  /** The seed `id`, if it is one now. */
  entry(id: PeerId): SeedEntry | undefined;
  /** The key that `id` signs its votes with now. */
  voteKey(id: PeerId): PeerId | undefined;
  /** The configuration that `cfg` names, if it is known; else the one that holds now, under which nothing of `cfg` is valid. */
  under(cfg: Uint8Array): Configuration;
  /** Whether `cfg` names no configuration that is known here, and may yet name a later one: nobody is to blame for it. */
  isForeign(cfg: Uint8Array): boolean;
  /** The tick from which on nothing certified under `cfg` counts any more; infinite for the configuration that holds. */
  overAt(cfg: Uint8Array, leaseTicks: number): number;
  /** The last tick that may be certified under `cfg`; infinite for the configuration that holds. */
  timeEndsAt(cfg: Uint8Array): number;
}

/** Whether `cfg` names a configuration that holds, or held before. */
export function knows(council: Pick<Council, "under">, cfg: Uint8Array): boolean {
  return sameBytes(council.under(cfg).cfg, cfg);
}
