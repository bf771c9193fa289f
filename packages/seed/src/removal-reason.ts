import type { Certificate } from "@p2p/consensus";

/** Why a peer is listed no longer: a quorum of seeds found it dead; it asked for it; or it did not renew its lease. */
export type RemovalReason = "dead" | "left" | "expired";

/** Why a certificate that lists nobody does so. */
export function removalReasonOf({ fact, leave }: Certificate): RemovalReason {
  if (fact.kind === "add") return "expired";
  return leave === undefined ? "dead" : "left";
}
