import type { Configuration, Ledger, Member } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Directory } from "@p2p/liveness";
import type { SeedClient } from "@p2p/seed/client";

/** What liveness knows of the network, from the Peer List and the links to the seeds. */
export function directoryOf(seeds: SeedClient, configuration: Configuration): Directory {
  const { ledger } = seeds;
  return {
    find: (id) => listed(ledger, id),
    members: () => ledger.members(),
    electorate: (victim, done) => seeds.electorate(victim, done),
    isSeed: (id) => configuration.has(id),
    tellSeeds: (frame) => seeds.send(frame),
  };
}

function listed(ledger: Ledger, peer: PeerId): Pick<Member, "peer" | "incarnation" | "address"> | undefined {
  const standing = ledger.standing(peer);
  const address = ledger.addressOf(peer);
  if (standing?.kind !== "member" || address === undefined) return undefined;
  return { peer, incarnation: standing.incarnation, address };
}
