/**
 * How a network is besieged: frames to a peer and to a seed from everybody, from strangers before they have proved
 * anything, and files that are damaged while a node is down. Each has its share of inputs, by what one takes.
 */
export const SIEGE_SHARES = { peer: 1, seed: 1, door: 0.5, disk: 0.02 } as const;

export type SiegeName = keyof typeof SIEGE_SHARES;

export function isSiege(name: string): name is SiegeName {
  return Object.hasOwn(SIEGE_SHARES, name);
}
