import type { PeerId } from "@p2p/identity";
import { LAN_TIMING, Liveness } from "@p2p/liveness";
import { keepLink, Lobby, parseAddress } from "@p2p/wire";

/** Starts a node, links it with those at `others`, and tells when one of its neighbours is dead. */
export async function watch(listen: string, others: string[], dead: (id: PeerId) => void): Promise<Lobby> {
  const lobby = new Lobby({ listen });
  const liveness = new Liveness({ lobby, timing: LAN_TIMING });
  liveness.on("confirmed", ({ report }) => {
    liveness.forget(report.victim);
    dead(report.victim);
  });
  await lobby.start();
  for (const other of others) keepLink(lobby, parseAddress(other));
  return lobby;
}
