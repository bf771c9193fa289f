import {
  type Council,
  type Ledger,
  type Member,
  TICK,
  type TickCertificate,
  verifyTick,
} from "@p2p/consensus";
import type { Connection, Lobby } from "@p2p/wire";

/** What {@link followQuorumTime} reports. */
export interface QuorumTimeOwner {
  /** It is later now. @param expired who was listed until now, and is not any more: their leases are over. */
  ticked(expired: readonly Member[]): void;
  /** `from` speaks of a configuration that is not known here. */
  foreign(from: Connection): void;
  /** `from` brought a time that no quorum certified. */
  forged(from: Connection): void;
}

/**
 * Tells `ledger` what time it is: the latest tick that a quorum certified, whoever brought it. It goes on to the
 * neighbours, once, so leases end for those as well whom no seed can reach. PROTOCOL.md §9.6.
 * @throws TypeError when TICK has a route on `lobby.links` or `lobby.seeds` already.
 */
export function followQuorumTime(
  lobby: Lobby,
  configuration: Council,
  ledger: Ledger,
  owner: QuorumTimeOwner,
): void {
  const hear = (certificate: TickCertificate, from: Connection): void => {
    if (certificate.tick <= ledger.tick) return;
    // Of earlier seeds, who have not heard of these; or of later ones, whom this peer has not heard of.
    if (certificate.tick > configuration.timeEndsAt(certificate.cfg)) return;
    if (configuration.isForeign(certificate.cfg)) return owner.foreign(from);
    if (verifyTick(certificate, configuration, lobby.local.verifier) !== undefined) return owner.forged(from);
    const expired = ledger.advance(certificate.tick);
    lobby.links.broadcast(TICK.encode(certificate), from);
    owner.ticked(expired);
  };
  for (const room of [lobby.seeds, lobby.links]) room.route(TICK, hear);
}
