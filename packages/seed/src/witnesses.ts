import type { PeerId } from "@p2p/identity";
import { type Address, type Random, shuffle } from "@p2p/wire";

/** Most witnesses in one round. */
const WITNESSES_MAX = 8;

/** Somebody who might be asked. */
export interface Candidate {
  readonly peer: PeerId;
  readonly address: Address;
}

/**
 * Draws witnesses: at most {@link WITNESSES_MAX}, and at most one of a netgroup, so that whoever owns a prefix is one
 * voice. Nobody can foresee the draw as long as `random` is private.
 * @param groupOf the netgroup of an address.
 */
export function drawWitnesses(
  candidates: Iterable<Candidate>,
  groupOf: (address: Address) => string,
  random: Random,
): readonly Candidate[] {
  const groups = new Set<string>();
  const drawn: Candidate[] = [];
  for (const candidate of shuffle(candidates, random)) {
    const group = groupOf(candidate.address);
    if (groups.has(group)) continue;
    groups.add(group);
    drawn.push(candidate);
    if (drawn.length === WITNESSES_MAX) break;
  }
  return drawn;
}
