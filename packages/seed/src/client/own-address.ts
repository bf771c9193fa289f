import type { Council } from "@p2p/consensus";
import { type Address, type Lobby, P2PError, splitAddress, tryJoinAddress } from "@p2p/wire";
import { observedHost } from "./observed-host.ts";

/**
 * Where this peer is to be dialled: what the lobby advertises or listens at; if that is a wildcard, the host that a
 * quorum of linked seeds sees it come from, with the bound port, and the lobby advertises it from then on.
 * @returns nothing while too few seeds are linked; `ADDRESS_UNAVAILABLE` when they will not agree.
 */
export function ownAddress(lobby: Lobby, { quorum, size }: Council): Address | P2PError | undefined {
  if (lobby.address !== undefined || lobby.bound === undefined) return lobby.address;
  const hosts = [...lobby.seeds].map(({ remote }) => remote.observed);
  const observed = observedHost(hosts, quorum, size - hosts.length);
  if (observed.kind === "open") return undefined;
  const address =
    observed.kind === "agreed" ? tryJoinAddress(observed.host, splitAddress(lobby.bound).port) : undefined;
  if (address === undefined) return unclear(hosts);
  lobby.advertise(address);
  return address;
}

function unclear(hosts: readonly string[]): P2PError {
  return new P2PError(
    "ADDRESS_UNAVAILABLE",
    `this peer listens at every address, and the seeds do not agree which one others can dial (they see ` +
      `${[...new Set(hosts)].join(", ")}): name one to advertise`,
  );
}
