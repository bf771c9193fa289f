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
}

/**
 * The 32-byte hash that every signed statement carries: SHA-256 over u16 length ‖ name, and, if there are seeds,
 * ‖ u16 count ‖ ids in ascending order ‖ u8 faulty. PROTOCOL.md §2.1.
 * @throws RangeError on a name that is empty or longer than 64 bytes, or more than 255 faulty seeds.
 */
export function networkIdOf({ name, seeds, faulty }: NetworkDescription): NetworkId {
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
  }
  return sha256(Uint8Array.from(parts));
}
