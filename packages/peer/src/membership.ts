import type { Ledger } from "@p2p/consensus";
import type { Membership, Standing } from "@p2p/gossip";
import type { PeerId } from "@p2p/identity";
import type { SeedClient } from "@p2p/seed/client";

/** Only members may originate, each in its certified incarnation; of whom nothing is known, the bringer is asked. */
export function membershipOf(seeds: SeedClient): Membership {
  return {
    standing: (origin, incarnation) => standingIn(seeds.ledger, origin, incarnation),
    ask: (origin, _, from) => seeds.askCertificate(origin, from),
  };
}

function standingIn(ledger: Ledger, origin: PeerId, incarnation: number): Standing {
  const known = ledger.standing(origin);
  if (known === undefined || incarnation > known.incarnation) return "unknown";
  return known.kind === "member" && incarnation === known.incarnation ? "member" : "former";
}
