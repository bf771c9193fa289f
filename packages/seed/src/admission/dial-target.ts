import type { PeerId } from "@p2p/identity";
import {
  type Address,
  isExemptFromPrefixRules,
  isHostName,
  isLoopback,
  isWildcard,
  machineOf,
  type Refusal,
  splitAddress,
} from "@p2p/wire";

/** Who brought a registration. */
export interface Bringer {
  readonly id: PeerId;
  /** The far end of its link. */
  readonly address: Address;
  /** Whether it is another seed: then it has reached the peer at the address that is registered, or lies. */
  readonly isSeed: boolean;
}

/** What a peer may name beside the address it comes from: nothing, IP addresses, or host names, too. */
export type Trust = "none" | "addresses" | "names";

/** Whether whoever registers `target` comes from there: then a dial tells him nothing that is not his own. */
export function isOwnTarget(target: Address, { address, isSeed }: Bringer): boolean {
  if (isSeed) return false;
  return machineOf(target) === machineOf(address) || (isLoopback(target) && isLoopback(address));
}

/**
 * Whether a seed may dial `target` for `bringer`: else it would be a scanner, and a reflector, for everybody. Into its own
 * machine it dials only for whoever is on it, into private networks only for whoever is in one, or for a seed. What a host
 * name stands for is its owner's to say, at each look anew, and he may have any number of them: it takes an operator's word.
 * @param trust what the peer may name beside the address that it comes from.
 */
export function mayBeDialled(target: Address, bringer: Bringer, trust: Trust): boolean {
  if (isWildcard(target)) return false;
  if (isOwnTarget(target, bringer)) return true;
  if (isLoopback(target)) return isLoopback(bringer.address);
  if (isHostName(target)) return trust === "names";
  if (bringer.isSeed) return true;
  if (isExemptFromPrefixRules(target) && !isExemptFromPrefixRules(bringer.address)) return false;
  return trust !== "none";
}

/** Why the address of a registration is not dialled for `bringer`; nothing when it may be. See {@link mayBeDialled}. */
export function misdirection(target: Address, bringer: Bringer, trust: Trust): Refusal | undefined {
  if (mayBeDialled(target, bringer, trust)) return undefined;
  const { host } = splitAddress(bringer.address);
  const detail = bringer.isSeed
    ? `${target} is not dialled for another seed`
    : `${target} is not where this peer comes from, ${host}, and nobody is dialled elsewhere for it: ` +
      "listen at all addresses and advertise none, or advertise that one";
  return { code: "address", detail };
}
