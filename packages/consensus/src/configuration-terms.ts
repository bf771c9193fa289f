import { type Operators, P2PError, type PeerId, sameBytes } from "@p2p/identity";
import {
  address,
  bytes32,
  type Field,
  integer,
  list,
  operators,
  optional,
  peerId,
  record,
  SEEDS_MAX,
} from "@p2p/wire";
import { Configuration, type SeedEntry } from "./configuration.ts";

/** A configuration that follows another one, as it travels: everything that its hash covers. PROTOCOL.md §10.8. */
export interface ConfigurationTerms {
  /** 1 for the one after the first. */
  readonly number: number;
  /** The hash of the one before: 32 bytes. */
  readonly previous: Uint8Array;
  readonly seeds: readonly (SeedEntry & { readonly voteKey: PeerId })[];
  readonly faulty: number;
  readonly operators?: Operators | undefined;
  /** Of signed bytes. Default: 1. */
  readonly version?: number | undefined;
}

/** {@link ConfigurationTerms} on the wire: `[number, previous, [[id, address, voteKey], …], faulty, operators, version]`. */
export const configurationTerms: Field<ConfigurationTerms> = record({
  number: integer(1),
  previous: bytes32,
  seeds: list(record({ id: peerId, address, voteKey: peerId }), SEEDS_MAX, 1),
  faulty: integer(0, 255),
  operators: optional(operators),
  version: optional(integer(1, 255)),
});

/** `configuration` as it travels. @throws TypeError when it is a first one: that one everybody has to know already. */
export function termsOf(configuration: Configuration): ConfigurationTerms {
  const { number, previousCfg, seeds, faulty, operators: by, version } = configuration;
  if (number === 0) throw new TypeError("a first configuration has no terms");
  const entries = seeds.map(({ id, address: at, voteKey }) => ({
    id,
    address: at,
    voteKey: voteKey as PeerId,
  }));
  const terms = { number, previous: previousCfg, seeds: entries, faulty, operators: by };
  return { ...terms, version: version === 1 ? undefined : version };
}

/** The configuration of these terms, if it makes sense after `previous`; else why not. */
export function configurationAfter(
  previous: Configuration,
  terms: ConfigurationTerms,
): Configuration | string {
  if (terms.number !== previous.number + 1)
    return `it is number ${terms.number}, and ${previous.number + 1} would be next`;
  try {
    const { seeds, faulty, operators: by, version = 1 } = terms;
    const next = new Configuration({ previous, seeds, faulty, operators: by, version });
    return sameBytes(next.previousCfg, terms.previous)
      ? next
      : "it does not follow the configuration that holds";
  } catch (error) {
    if (error instanceof P2PError) return error.message;
    throw error;
  }
}
