import {
  type NetworkId,
  OPERATORS_MAX,
  type Operators,
  type PeerId,
  type Signer,
  Statement,
  StatementKind,
  type Verifier,
} from "@p2p/identity";
import { type Field, list, peerId, record, signature } from "@p2p/wire";
import { Configuration, type SeedEntry } from "./configuration.ts";
import {
  type ConfigurationTerms,
  configurationAfter,
  configurationTerms,
  termsOf,
} from "./configuration-terms.ts";

/** An operator's signature under a configuration. */
export interface OperatorSignature {
  readonly operator: PeerId;
  readonly signature: Uint8Array;
}

/** A configuration that operators want to follow the one that holds. PROTOCOL.md §10.8. */
export interface Proposal {
  readonly terms: ConfigurationTerms;
  /** Of so many operators of the configuration before as it takes there. */
  readonly signatures: readonly OperatorSignature[];
}

/** A {@link Proposal} on the wire: `[terms, [[operator, signature], …]]`. */
export const proposal: Field<Proposal> = record({
  terms: configurationTerms,
  signatures: list(record({ operator: peerId, signature }), OPERATORS_MAX, 1),
});

/** What shall be different from the configuration that holds. */
export interface ConfigurationChange {
  /** All seeds that there shall be, each with a fresh vote key that it has announced. */
  readonly seeds: readonly SeedEntry[];
  /** Default: as before. */
  readonly faulty?: number | undefined;
  /** Default: as before. */
  readonly operators?: Operators | undefined;
  /** Of signed bytes. All seeds have to read it. Default: as before. */
  readonly version?: number | undefined;
}

/**
 * The configuration that shall follow `current`; it takes {@link signConfiguration} of enough operators, and then the
 * seeds' votes, to become one.
 *
 * Whoever signs two different ones of one number may split the seeds' votes, and then neither comes to hold, nor any
 * third. So operators agree on one, and keep it.
 * @throws P2PError `CONFIG_INVALID` as the constructor of `Configuration`; also when `current` names no operators.
 */
export function proposeConfiguration(current: Configuration, change: ConfigurationChange): Configuration {
  const { seeds, faulty = current.faulty, operators = current.operators, version } = change;
  return new Configuration({ previous: current, seeds, faulty, operators, version });
}

/** The bytes that an operator signs: the hash of the configuration, which covers all that is in it. PROTOCOL.md §2.2. */
export function configurationStatement({
  cfg,
  networkId,
}: {
  cfg: Uint8Array;
  networkId: NetworkId;
}): Uint8Array {
  return new Statement(StatementKind.config, networkId).bytes32(cfg).finish();
}

/** An operator's signature under `configuration`. */
export function signConfiguration(configuration: Configuration, operator: Signer): OperatorSignature {
  return { operator: operator.id, signature: operator.sign(configurationStatement(configuration)) };
}

/** `configuration` with these operators' signatures, to be handed to any seed. */
export function proposalOf(configuration: Configuration, signatures: readonly OperatorSignature[]): Proposal {
  return { terms: termsOf(configuration), signatures };
}

/**
 * The configuration that `given` proposes to follow `current`; or why it does not. Every signature has to be good; at most
 * as many checks as `current` has operators, after all else.
 */
export function examineProposal(
  given: Proposal,
  current: Configuration,
  verifier: Verifier,
): Configuration | string {
  const { operators } = current;
  if (operators === undefined) return "the configuration names no operators: its seeds can never be changed";
  const next = configurationAfter(current, given.terms);
  if (typeof next === "string") return next;
  const signers = new Set(given.signatures.map(({ operator }) => operator));
  if (signers.size < given.signatures.length) return "an operator signed twice";
  if (given.signatures.some(({ operator }) => !operators.keys.includes(operator)))
    return "signed by somebody who is no operator";
  if (signers.size < operators.needed) return `signed by ${signers.size} operators, not ${operators.needed}`;
  const statement = configurationStatement(next);
  const isSigned = given.signatures.every(({ operator, signature: by }) =>
    verifier.verify(operator, statement, by),
  );
  return isSigned ? next : FALSE_OPERATOR;
}

/** What is wrong with a proposal that nobody who has checked it passes on. */
export const FALSE_OPERATOR = "a signature that is not its operator's";
