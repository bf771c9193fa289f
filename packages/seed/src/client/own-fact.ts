import { type Certificate, type Registration, registrationDigest } from "@p2p/consensus";
import { type NetworkId, sameBytes } from "@p2p/identity";

/** What a certified fact about a peer's own key means to that peer, once it has announced itself. */
export type OwnFact =
  /** About an earlier life; says nothing about this one. */
  | "history"
  /** The very registration of this process is certified. */
  | "certified"
  /** This life was voted out. */
  | "removed"
  /** This life asked to be removed. */
  | "left"
  /** A later life, or other words in this one: somebody else holds the key. */
  | "foreign";

/** Reads a verified certificate about the key of `mine`, the newest registration that this process sent. */
export function readOwnFact(certificate: Certificate, mine: Registration, networkId: NetworkId): OwnFact {
  const { fact, leave } = certificate;
  if (fact.incarnation < mine.incarnation) return "history";
  if (fact.incarnation > mine.incarnation) return "foreign";
  if (fact.kind === "remove") return leave === undefined ? "removed" : "left";
  return sameBytes(fact.digest, registrationDigest(mine, networkId)) ? "certified" : "foreign";
}
