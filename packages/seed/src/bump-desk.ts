import type { Ledger } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Lobby } from "@p2p/wire";
import { BUMP } from "./frames.ts";
import type { VoteLog } from "./vote-log.ts";

/**
 * Owns up to members that this seed once voted against and hears again: a vote never dies, and who keeps it could
 * complete a removal with it later. PROTOCOL.md §9.8.
 */
export class BumpDesk {
  readonly #lobby: Lobby;
  readonly #ledger: Ledger;
  readonly #log: VoteLog;

  constructor(lobby: Lobby, ledger: Ledger, log: VoteLog) {
    this.#lobby = lobby;
    this.#ledger = ledger;
    this.#log = log;
  }

  /** `peer` has signed something fresh: if it is linked, it is shown the vote against its present life. */
  heard(peer: PeerId): void {
    const news = this.#log.voteOn("remove", peer);
    if (news === undefined || news.leave !== undefined) return;
    const { vote } = news;
    if (this.#ledger.isMember(peer, vote.fact.incarnation))
      this.#lobby.links.get(peer)?.send(BUMP.encode({ vote }));
  }
}
