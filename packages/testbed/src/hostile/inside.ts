import { type Certificate, type Fact, type Member, signVote } from "@p2p/consensus";
import type { PeerId, Signer } from "@p2p/identity";
import type { Host } from "@p2p/sim";
import { Network } from "../network.ts";
import type { NetworkOptions } from "../network-options.ts";
import { Hostile } from "./hostile.ts";

/** A certificate signed by whoever is named. */
export function certificateBy(
  network: Network,
  fact: Fact,
  signers: readonly Signer[],
  tick: number,
  rest: Partial<Certificate> = {},
): Certificate {
  const { cfg, networkId } = network.configuration;
  const votes = signers.map((signer) =>
    signVote({ cfg, fact, tick, counter: 1, seed: signer.id }, networkId, signer),
  );
  return { fact, votes, ...rest };
}

/** How `host`'s peer is listed at a seed that is up. */
export function listing(network: Network, id: PeerId): Member {
  const seed = network.liveSeeds.find(({ ledger }) => ledger.isMember(id));
  for (const member of seed?.ledger.members() ?? []) if (member.peer === id) return member;
  throw new Error("it is not listed");
}

/** A network at rest, with edges old enough to make neighbours monitors. */
export function settled(options: NetworkOptions = {}): Network {
  const network = new Network({ pace: "lan", signatures: "hash", ...options });
  if (!network.settle()) throw new Error("the network does not settle");
  network.world.run(options.pace === "assignment" ? 70_000 : 12_000);
  return network;
}

/** Takes over a seed: its key, its address, and nothing of its honesty. */
export function compromise(network: Network, index = 0): Hostile {
  // Among the honest ones it is counted no more.
  const [host] = network.seedHosts.splice(index, 1) as [Host];
  host.crash();
  network.world.run(100);
  const rogue = host.boot(() => new Hostile(network, host, { role: "seed" }));
  network.world.run(100);
  rogue.dialSeeds();
  return rogue;
}
