import {
  concatBytes,
  DEFAULT_NETWORK_NAME,
  keyOfPeerId,
  type NetworkDescription,
  type NetworkId,
  networkIdOf,
  type Operators,
  operatorsBytes,
  P2PError,
  type PeerId,
  sameBytes,
  sha256,
  u64Bytes,
} from "@p2p/identity";
import { type Address, SEEDS_MAX } from "@p2p/wire";
import type { Council } from "./council.ts";
import { quorumOf, registrarsOf, seatsFor } from "./quorum.ts";

/** A seed as the configuration names it. */
export interface SeedEntry {
  readonly id: PeerId;
  readonly address: Address;
  /** The key that it signs its votes with. Default, and in a first configuration always: its id. */
  readonly voteKey?: PeerId | undefined;
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
  /**
   * Whose signatures it takes to change the seeds later. Part of the network's id: they can be named when a network
   * begins, and not afterwards. Default: nobody, and then the seeds can never be changed.
   */
  readonly operators?: Operators | undefined;
  /**
   * The version of the bytes that votes and ticks are signed in, 1 to 255; what no release reads yet can be named and not
   * used. Default: as before; a first configuration is always in version 1.
   */
  readonly version?: number | undefined;
  /**
   * The configuration that this one takes the place of; it gives name and network id. Then each seed needs a vote key of
   * its own that is no seed's id. Default: none, this is a network's first configuration.
   */
  readonly previous?: Configuration | undefined;
}

/**
 * Who the seeds are and how many of them decide. Everything a seed signs carries {@link cfg}, so votes of another
 * configuration never count. Immutable. PROTOCOL.md §10.1.
 */
export class Configuration implements Council {
  /** The network's name. */
  readonly name: string;
  /** How many configurations of the network came before: 0 for the first. */
  readonly number: number;
  /** The {@link cfg} of the one before; 32 zero bytes in a first one. Never written to. */
  readonly previousCfg: Uint8Array;
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
  /** The version of the bytes that votes and ticks are signed in. */
  readonly version: number;
  /** Whose signatures it takes to change the seeds; `undefined`: nobody ever can. */
  readonly operators: Operators | undefined;
  /** What makes the network this one: for `LobbyOptions.network`. Always that of the first configuration. */
  readonly network: NetworkDescription;
  readonly #entries: ReadonlyMap<PeerId, SeedEntry>;

  /**
   * @throws P2PError `CONFIG_INVALID` on no seeds or too many, an id or address twice, a bad name, an f that so
   *   few seeds cannot bear (the message shows the arithmetic), operators that make no sense, or vote keys that are
   *   missing, or not fresh, where they are needed.
   */
  constructor(options: ConfigurationOptions) {
    const { previous, seeds, faulty = 0, operators } = options;
    checkSeeds(seeds);
    checkFaulty(seeds.length, faulty);
    checkVoteKeys(seeds, previous);
    this.name = previous?.name ?? options.name ?? DEFAULT_NETWORK_NAME;
    this.number = previous === undefined ? 0 : previous.number + 1;
    this.previousCfg = previous?.cfg ?? NO_CFG;
    this.seeds = seeds.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    this.faulty = faulty;
    this.operators = operators;
    this.version = options.version ?? previous?.version ?? 1;
    checkVersion(this.version, previous);
    this.quorum = quorumOf(seeds.length, faulty);
    this.registrars = registrarsOf(seeds.length);
    this.#entries = new Map(this.seeds.map((entry) => [entry.id, entry]));
    this.network = previous?.network ?? {
      name: this.name,
      seeds: [...this.#entries.keys()],
      faulty,
      operators,
    };
    this.networkId = previous?.networkId ?? checked(() => networkIdOf(this.network));
    this.cfg = checked(() => cfgOf(this));
    this.warning = warningFor(seeds.length);
  }

  /** Whether there are operators, so that another configuration may come after this one. */
  get canChange(): boolean {
    return this.operators !== undefined;
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
    const entry = this.#entries.get(id);
    return entry?.voteKey ?? entry?.id;
  }

  /** This configuration, whatever `cfg` says: votes of another one do not verify under it. */
  under(_cfg: Uint8Array): Configuration {
    return this;
  }

  /** Whether `cfg` may name a configuration that comes after this one: not, where nobody can make one. */
  isForeign(cfg: Uint8Array): boolean {
    return this.canChange && !sameBytes(cfg, this.cfg);
  }

  /** A configuration for ever: what is certified under it ends by its own age alone. */
  overAt(_cfg: Uint8Array, _leaseTicks: number): number {
    return Number.POSITIVE_INFINITY;
  }

  /** A configuration for ever: its time does not end. */
  timeEndsAt(_cfg: Uint8Array): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** What a first configuration has in place of the hash of the one before. Never written to. */
const NO_CFG = new Uint8Array(32);

/**
 * The hash of a configuration: SHA-256 over u64 number ‖ hash of the one before ‖ u16 count ‖ id ‖ vote key of each seed
 * in ascending order of ids ‖ u8 f, in a first one ‖ the operators if there are any, in later ones ‖ the operators, or
 * two zero bytes, ‖ u16 length ‖ address of each seed, ‖ u8 version unless it is 1. Where the first seeds are dialled everybody may know differently;
 * where later ones are, nobody can say but the operators.
 */
function cfgOf({ number, previousCfg, seeds, faulty, operators, version }: Configuration): Uint8Array {
  const seats = seeds.flatMap(({ id, voteKey = id }) => [keyOfPeerId(id), keyOfPeerId(voteKey)]);
  const count = Uint8Array.of(seeds.length >> 8, seeds.length & 0xff);
  const parts = [u64Bytes(number), previousCfg, count, ...seats, Uint8Array.of(faulty)];
  if (operators !== undefined) parts.push(operatorsBytes(operators));
  else if (number > 0) parts.push(Uint8Array.of(0, 0));
  if (number > 0) parts.push(...seeds.map(({ address }) => measured(address)));
  if (version > 1) parts.push(Uint8Array.of(version));
  return sha256(concatBytes(parts));
}

function measured(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return concatBytes([Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

function checkVersion(version: number, previous: Configuration | undefined): void {
  if (!Number.isInteger(version) || version < 1 || version > 255)
    throw invalid(`not a version of signed bytes: ${version}`);
  if (previous === undefined && version !== 1) throw invalid("a first configuration is in version 1");
}

function checkVoteKeys(seeds: readonly SeedEntry[], previous: Configuration | undefined): void {
  if (previous === undefined) {
    if (seeds.some(({ id, voteKey = id }) => voteKey !== id))
      throw invalid("in a first configuration seeds vote with their identity keys");
    return;
  }
  const seen = new Set<PeerId>(seeds.map(({ id }) => id));
  for (const { id, voteKey } of seeds) {
    if (voteKey === undefined) throw invalid(`there is no vote key of the seed ${id}: ask it for one`);
    if (seen.has(voteKey) || previous.voteKey(id) === voteKey)
      throw invalid(`the vote key of the seed ${id} is not fresh: ask it for one`);
    seen.add(voteKey);
  }
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

function checked<T>(hash: () => T): T {
  try {
    return hash();
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
