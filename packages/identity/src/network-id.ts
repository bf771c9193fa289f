import { sha256 } from "#crypto";
import { keyOfPeerId, type PeerId } from "./peer-id.ts";
import type { NetworkId } from "./statement.ts";

/** What a network is called when nobody named it. */
export const DEFAULT_NETWORK_NAME = "p2p";
/** Longest name of a network, in bytes of UTF-8. */
export const NETWORK_NAME_BYTES_MAX = 64;

/** What makes a network this one and no other: its name and, where there are seeds, who they are. */
export interface NetworkDescription {
  /** 1 to 64 bytes of UTF-8. Default: `"p2p"`. */
  readonly name: string;
  /** The seeds of the first configuration, in any order; empty for a network without seeds. */
  readonly seeds: readonly PeerId[];
  /** How many of the seeds may be compromised; counted only where there are seeds. */
  readonly faulty: number;
  /** Who may change the seeds; counted only where there are seeds. Default: nobody, for ever. */
  readonly operators?: Operators | undefined;
}

/** Whose signatures it takes to change the seeds of a running network. */
export interface Operators {
  /** How many of them have to sign: 1 to their number. */
  readonly needed: number;
  /** Their public keys, 1 to {@link OPERATORS_MAX}, none twice, in any order. */
  readonly keys: readonly PeerId[];
}

/** Most keys of operators. */
export const OPERATORS_MAX = 16;

/**
 * The 32-byte hash that every signed statement carries: SHA-256 over u16 length ‖ name, and, if there are seeds,
 * ‖ u16 count ‖ ids in ascending order ‖ u8 faulty, and, if there are operators, {@link operatorsBytes}. PROTOCOL.md §2.1.
 * @throws RangeError on a name that is empty or longer than 64 bytes, more than 255 faulty seeds, or operators that are
 *   none, too many, one of them twice, or fewer than have to sign.
 */
export function networkIdOf({ name, seeds, faulty, operators }: NetworkDescription): NetworkId {
  const text = new TextEncoder().encode(name);
  if (text.length === 0 || text.length > NETWORK_NAME_BYTES_MAX) {
    throw new RangeError(`a network's name has 1 to ${NETWORK_NAME_BYTES_MAX} bytes: "${name}"`);
  }
  if (!Number.isInteger(faulty) || faulty < 0 || faulty > 255)
    throw new RangeError(`not a count of seeds: ${faulty}`);
  const parts: number[] = [0, text.length, ...text];
  if (seeds.length > 0) {
    parts.push(seeds.length >> 8, seeds.length & 0xff);
    for (const id of seeds.toSorted()) parts.push(...keyOfPeerId(id));
    parts.push(faulty);
    if (operators !== undefined) parts.push(...operatorsBytes(operators));
  }
  return sha256(Uint8Array.from(parts));
}

/**
 * Operators as they stand in what is hashed: u8 needed ‖ u8 count ‖ keys in ascending order.
 * @throws RangeError as {@link networkIdOf} does.
 */
export function operatorsBytes({ needed, keys }: Operators): Uint8Array {
  const sorted = keys.toSorted();
  if (keys.length === 0 || keys.length > OPERATORS_MAX)
    throw new RangeError(`not 1 to ${OPERATORS_MAX} operators: ${keys.length}`);
  if (sorted.some((key, index) => key === sorted[index - 1])) throw new RangeError("an operator twice");
  if (!Number.isInteger(needed) || needed < 1 || needed > keys.length)
    throw new RangeError(`not 1 to ${keys.length} operators that have to sign: ${needed}`);
  return Uint8Array.from([needed, keys.length, ...sorted.flatMap((key) => [...keyOfPeerId(key)])]);
}
