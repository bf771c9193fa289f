import {
  concatBytes,
  DEFAULT_NETWORK_NAME,
  keyOfPeerId,
  type NetworkDescription,
  type NetworkId,
  networkIdOf,
  P2PError,
  type PeerId,
  sha256,
  u64Bytes,
} from "@p2p/identity";
import { type Address, SEEDS_MAX } from "@p2p/wire";
import { quorumOf, registrarsOf, seatsFor } from "./quorum.ts";

/** A seed as the configuration names it. */
export interface SeedEntry {
  readonly id: PeerId;
  readonly address: Address;
}

/** What a {@link Configuration} is made of. */
export interface ConfigurationOptions {
  /** The network's name, 1 to 64 bytes of UTF-8. Default: `"p2p"`. */
  readonly name?: string | undefined;
  /** The seeds in any order, 1 to 64. */
  readonly seeds: readonly SeedEntry[];
  /**
   * How many seeds may be compromised (f). More than none needs n ≥ 3f+1. Default: 0, seeds that crash but never lie: if
   * n is odd, one that does lie may have two contents of one life certified, with the help of that peer.
   */
  readonly faulty?: number | undefined;
}

/**
 * Who the seeds are and how many of them decide. Everything a seed signs carries {@link cfg}, so votes of another
 * configuration never count. Immutable. PROTOCOL.md §10.1.
 */
export class Configuration {
  /** The network's name. */
  readonly name: string;
  /** The seeds in ascending order of their ids. */
  readonly seeds: readonly SeedEntry[];
  /** f: how many seeds may be compromised without a promise being broken. */
  readonly faulty: number;
  /** q = ⌈(n+f+1)/2⌉: how many seeds have to vote for a fact to be certified. */
  readonly quorum: number;
  /** ⌊n/2⌋+1: with how many seeds a peer registers. */
  readonly registrars: number;
  /** Names the network in every signed statement: 32 bytes, never written to. */
  readonly networkId: NetworkId;
  /** Names this configuration in every vote: 32 bytes, never written to. See {@link cfgOf}. */
  readonly cfg: Uint8Array;
  /** What the promise is worth with so few seeds; `undefined` from three on. */
  readonly warning: string | undefined;
  readonly #entries: ReadonlyMap<PeerId, SeedEntry>;

  /**
   * @throws P2PError `CONFIG_INVALID` on no seeds or too many, an id or address twice, a bad name, or an f that so
   *   few seeds cannot bear; the message shows the arithmetic.
   */
  constructor({ name = DEFAULT_NETWORK_NAME, seeds, faulty = 0 }: ConfigurationOptions) {
    checkSeeds(seeds);
    checkFaulty(seeds.length, faulty);
    this.name = name;
    this.seeds = seeds.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.faulty = faulty;
    this.quorum = quorumOf(seeds.length, faulty);
    this.registrars = registrarsOf(seeds.length);
    this.#entries = new Map(this.seeds.map((entry) => [entry.id, entry]));
    this.networkId = checkedNetworkId(name, [...this.#entries.keys()], faulty);
    this.cfg = cfgOf([...this.#entries.keys()], faulty);
    this.warning = warningFor(seeds.length);
  }

  /** What makes the network this one: for `LobbyOptions.network`. */
  get network(): NetworkDescription {
    return { name: this.name, seeds: this.seeds.map(({ id }) => id), faulty: this.faulty };
  }

  /** n: how many seeds there are. */
  get size(): number {
    return this.seeds.length;
  }

  /** Whether `id` is a seed. */
  has(id: PeerId): boolean {
    return this.#entries.has(id);
  }

  /** The seed `id`, if it is one. */
  entry(id: PeerId): SeedEntry | undefined {
    return this.#entries.get(id);
  }

  /** The key that `id` signs its votes with, if it is a seed: in a first configuration its identity key. */
  voteKey(id: PeerId): PeerId | undefined {
    return this.#entries.get(id)?.id;
  }
}

/**
 * The hash of a first configuration: SHA-256 over u64 number (0) ‖ hash of the previous one (32 zero bytes) ‖
 * u16 count ‖ id ‖ vote key of each seed in ascending order of ids ‖ u8 f. The vote key is the identity key.
 */
function cfgOf(ids: readonly PeerId[], faulty: number): Uint8Array {
  const seats = ids.flatMap((id) => [keyOfPeerId(id), keyOfPeerId(id)]);
  const count = Uint8Array.of(ids.length >> 8, ids.length & 0xff);
  return sha256(concatBytes([u64Bytes(0), new Uint8Array(32), count, ...seats, Uint8Array.of(faulty)]));
}

function checkSeeds(seeds: readonly SeedEntry[]): void {
  if (seeds.length === 0) throw invalid("there are no seeds");
  if (seeds.length > SEEDS_MAX) throw invalid(`${seeds.length} seeds are more than ${SEEDS_MAX}`);
  const seen = new Set<string>();
  for (const { id, address } of seeds) {
    if (seen.has(id)) throw invalid(`two seeds have the id ${id}`);
    if (seen.has(address)) throw invalid(`two seeds have the address ${address}`);
    seen.add(id).add(address);
  }
}

function checkFaulty(n: number, f: number): void {
  if (!Number.isInteger(f) || f < 0 || f > 255) throw invalid(`f is not a count of seeds: ${f}`);
  if (f === 0 || n >= seatsFor(f)) return;
  throw invalid(`f = ${f} needs n ≥ 3f + 1 = ${seatsFor(f)} seeds, there ${n === 1 ? "is" : "are"} ${n}`);
}

function checkedNetworkId(name: string, seeds: readonly PeerId[], faulty: number): NetworkId {
  try {
    return networkIdOf({ name, seeds, faulty });
  } catch (error) {
    if (error instanceof RangeError) throw new P2PError("CONFIG_INVALID", error.message, error);
    throw error;
  }
}

function warningFor(n: number): string | undefined {
  if (n === 1) return "1 seed: it alone decides who is a member, and while it is down nothing is decided";
  if (n === 2) return "2 seeds: both have to agree, and while either is down nobody is added or removed";
  return undefined;
}

function invalid(message: string): P2PError {
  return new P2PError("CONFIG_INVALID", message);
}
