import { electorate } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { CloseReason, Connection, Lobby } from "@p2p/wire";
import type { Directory, Listed } from "./directory.ts";

/** For how long a node whose link broke stays listed. */
const REMEMBER_MS = 120_000;
/** Most nodes remembered after their links broke. */
const LOST_MAX = 256;

/**
 * The directory of a network without seeds, read off the links: whoever has a member link with this node and says where
 * it can be dialled is a member, and everybody watches over everybody. That is right where all nodes are linked with
 * each other. Nobody has an incarnation other than 0.
 *
 * Who said goodbye is forgotten at once; who was lost stays listed for two minutes (at most 256 of those), because
 * nobody could look for it otherwise.
 */
export class LinkDirectory implements Directory {
  readonly #lobby: Lobby;
  readonly #listed = new Map<PeerId, Listed>();
  /** When each link broke, by the monotonic clock; oldest first. */
  readonly #lost = new Map<PeerId, number>();

  constructor(lobby: Lobby) {
    this.#lobby = lobby;
    for (const connection of lobby.links) this.#joined(connection);
    lobby.links.on("joined", (connection) => this.#joined(connection));
    lobby.links.on("left", (connection, reason) => this.#left(connection, reason));
  }

  find(id: PeerId): Listed | undefined {
    this.#tidy();
    return this.#listed.get(id);
  }

  members(): Iterable<Listed> {
    this.#tidy();
    return this.#listed.values();
  }

  electorate(victim: PeerId, done: (monitors: readonly PeerId[]) => void): void {
    this.#tidy();
    const everybody = [this.#lobby.id, ...this.#listed.keys()];
    done(electorate(victim, everybody, everybody));
  }

  isSeed(): boolean {
    return false;
  }

  tellSeeds(): void {
    // There are none.
  }

  /** Takes `id` off the list: it is known to be dead. A new link lists it again. */
  forget(id: PeerId): void {
    this.#listed.delete(id);
    this.#lost.delete(id);
  }

  #joined({ id, remote }: Connection): void {
    this.forget(id);
    if (remote.listen === undefined) return;
    this.#listed.set(id, { peer: id, incarnation: 0, address: remote.listen });
  }

  #left({ id }: Connection, { kind }: CloseReason): void {
    if (kind === "replaced" || !this.#listed.has(id)) return;
    if (kind !== "broken") return this.forget(id);
    this.#lost.set(id, this.#lobby.local.clock.now());
    if (this.#lost.size > LOST_MAX) this.forget(this.#lost.keys().next().value as PeerId);
  }

  #tidy(): void {
    const since = this.#lobby.local.clock.now() - REMEMBER_MS;
    for (const [id, lostAt] of this.#lost) {
      if (lostAt > since) return;
      this.forget(id);
    }
  }
}
