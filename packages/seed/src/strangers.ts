import type { Ledger } from "@p2p/consensus";
import type { Connection } from "@p2p/wire";
import type { Office } from "./office.ts";

/**
 * Sees to it that links of those who are no members leave room for those who are: strangers hold at most half of the
 * places, and of more the one linked first has to go. A stranger needs its link only until it is registered or refused.
 */
export function limitStrangers({ lobby }: Office, ledger: Ledger): void {
  const max = Math.max(1, Math.floor(lobby.limits.acceptedMax / 2));
  const strangers = new Set<Connection>(); // linked first, first

  lobby.links.on("left", (connection) => void strangers.delete(connection));
  lobby.links.on("joined", (connection) => {
    if (ledger.isMember(connection.id)) return;
    strangers.add(connection);
    if (strangers.size <= max) return;
    for (const link of strangers) if (ledger.isMember(link.id)) strangers.delete(link);
    const [first] = strangers;
    if (strangers.size > max) first?.goodbye("link", "too many who are no members");
  });
}
