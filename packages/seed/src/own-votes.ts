import { type Vote, verifyVote } from "@p2p/consensus";
import type { Connection } from "@p2p/wire";
import type { Freshness } from "./freshness.ts";
import type { NewestVotes } from "./newest-votes.ts";
import type { Office } from "./office.ts";
import type { VoteLog } from "./vote-log.ts";

/** What {@link OwnVotes} are compared in. */
export interface OwnVotesRooms {
  readonly log: VoteLog;
  readonly newest: NewestVotes;
  readonly freshness: Freshness;
}

/**
 * Whether this seed remembers all that it ever voted: others show it the newest vote of its that they have seen. One that
 * has forgotten some must not vote any more, since it might say something else now. PROTOCOL.md §9.2.
 */
export class OwnVotes {
  readonly #office: Office;
  readonly #rooms: OwnVotesRooms;

  constructor(office: Office, rooms: OwnVotesRooms) {
    this.#office = office;
    this.#rooms = rooms;
  }

  /** Votes were seen: looks whether one of this seed's own is news to it. */
  compare(): void {
    const { log, newest, freshness } = this.#rooms;
    const own = newest.of(this.#office.id);
    if (own === undefined || own.counter <= log.counter) return;
    if (freshness.distrust()) this.#office.tell("forgotVotes", own);
  }

  /** Another seed shows what it takes for this seed's newest vote. */
  take(vote: Vote, from: Connection): void {
    const { log, newest } = this.#rooms;
    const { configuration, id, lobby } = this.#office;
    if (vote.counter <= log.counter || configuration.isForeign(vote.cfg)) return;
    if (!this.#office.hears(from)) return;
    if (vote.seed !== id || !verifyVote(vote, configuration, lobby.local.verifier))
      return this.#office.blame(from, "vote", "not signed by this seed");
    newest.see(vote);
    this.compare();
  }
}
