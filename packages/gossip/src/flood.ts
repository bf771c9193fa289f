import type { Connection } from "@p2p/wire";

/**
 * To whom a batch goes on once it is accepted: calls `pass` for each of the `neighbours` that shall have it at once.
 * @param from who brought it; nobody if it is this node's own.
 */
export type Strategy = (
  neighbours: Iterable<Connection>,
  from: Connection | undefined,
  pass: (neighbour: Connection) => void,
) => void;

/** To everybody but who brought it. Costs 2E − (N − 1) frames a message in a network of N nodes and E links. */
export const flood: Strategy = (neighbours, from, pass) => {
  for (const neighbour of neighbours) if (neighbour !== from) pass(neighbour);
};
