import { signAccusation } from "@p2p/consensus";
import type { Host } from "@p2p/sim";
import { expect, test } from "vitest";
import { Network } from "../src/index.ts";

/** Seventeen others and one whom the seeds call grey: three accused it, each alone, and it lives. */
function withGrey(seed: number): { readonly network: Network; readonly grey: Host } {
  const network = new Network({ seed, pace: "lan", peers: 18, signatures: "hash" });
  if (!network.settle()) throw new Error("the network does not settle");
  const [grey, ...others] = network.peerHosts as [Host, ...Host[]];
  for (const accuser of others.slice(0, 3)) {
    accuse(network, accuser, grey);
    network.world.run(20_000);
  }
  return { network, grey };
}

function accuse(network: Network, accuser: Host, victim: Host): void {
  const { clock, random, signer } = accuser;
  const { incarnation } = network.peer(victim).seeds;
  const terms = {
    victim: victim.signer.id,
    incarnation,
    accuser: signer.id,
    at: clock.wallTime(),
    lastSeen: 0,
  };
  const accusation = signAccusation(terms, network.configuration.networkId, signer);
  network.peer(accuser).seeds.accuse({ accusation, nonce: random.bytes(32) });
}

test("a newcomer does not think of a neighbour whom the seeds call grey, where enough others are left", () => {
  const { network, grey } = withGrey(1);
  const { seeds, overlay } = network.peer(network.addPeer());
  const passedOver: (readonly boolean[])[] = [];
  seeds.on("registered", (news) => {
    const isGrey = news.grey.has(grey.signer.id);
    passedOver.push([isGrey, overlay.members === news.peers.length - 1]);
  });
  expect(network.settle()).toBe(true);
  expect(passedOver).toEqual([[true, true]]);
  expect(network.books.removals).toEqual([]);
});
