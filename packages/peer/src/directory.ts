import type { Directory } from "@p2p/liveness";
import type { SeedClient } from "@p2p/seed/client";

/** What liveness knows of the network, from the Peer List and the links to the seeds. */
export function directoryOf(seeds: SeedClient): Directory {
  const { ledger } = seeds;
  return {
    find: (id) => ledger.member(id),
    members: () => ledger.members(),
    electorate: (victim, done) => seeds.electorate(victim, done),
    isSeed: (id) => seeds.council.has(id),
    tellSeeds: (frame) => seeds.send(frame),
  };
}
