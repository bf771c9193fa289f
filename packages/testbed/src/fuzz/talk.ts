import { EDGE_END } from "@p2p/overlay";
import { BUMP, DOUBLE_VOTE, SYNC_DELTA, VOTE } from "@p2p/seed";
import type { Host } from "@p2p/sim";
import { Kind, Malformed } from "@p2p/wire";
import { Messenger, OPERATORS, signed } from "../messenger.ts";
import type { Network } from "../network.ts";
import type { Observer } from "../observer.ts";

export { OPERATORS };

/** Frames of a kind that are kept: the first ones, and then some at random would say no more. */
const KEPT_MAX = 40;

/** What the nodes of a network say to each other, by kind. */
export class Talk implements Observer {
  readonly said: Map<number, Uint8Array[]> = new Map();

  sent(_: Host, frame: Uint8Array): void {
    this.keep(frame);
  }

  keep(frame: Uint8Array): void {
    const kind = frame[0] as number;
    const frames = this.said.get(kind) ?? [];
    this.said.set(kind, frames);
    if (frames.length < KEPT_MAX) frames.push(frame);
  }

  get all(): readonly Uint8Array[] {
    return [...this.said.values()].flat();
  }
}

/**
 * Lets a network of at least nine peers, whose operators are {@link OPERATORS}, live through everything that makes nodes
 * talk: somebody publishes, dies, freezes, leaves, restarts, joins, and the seeds change.
 * @throws Error when it does not come together.
 */
export function liveThrough(network: Network, talk: Talk): void {
  if (!network.settle()) throw new Error("the network does not come together");
  network.world.run(20_000);
  for (const host of network.live) network.publish(host, `hello of ${host.name}`);
  network.peerHosts[0]?.crash();
  network.peerHosts[1]?.freeze();
  network.world.run(20_000);
  network.peerHosts[2]?.stop();
  restart(network, network.peerHosts[3] as Host);
  network.addPeer();
  const third = network.seedHosts[2] as Host;
  third.crash();
  network.bootSeed(third);
  changeSeeds(network);
  network.world.run(30_000);
  network.settle();
  tellRarities(network, talk);
}

/** It says before that it will be back. */
function restart(network: Network, host: Host): void {
  network.peer(host).close({ backWithinMs: 10_000 });
  network.world.run(5000);
  host.crash();
  network.bootPeer(host);
}

/** Another seed joins. */
function changeSeeds(network: Network): void {
  network.addSeed();
  network.world.run(5000);
  const messenger = new Messenger(network);
  const first = network.seedHosts[0] as Host;
  const next = messenger.propose(network.seed(first).configuration, network.seedHosts);
  const answer = messenger.handIn(first, signed(next));
  if (answer !== "taken") throw new Error(`the seeds do not change: ${answer}`);
  network.world.runUntil(() => network.liveSeeds.every((seed) => seed.configuration.number === 1), 60_000);
}

/** What honest nodes rarely say is made of what they said. */
function tellRarities(network: Network, talk: Talk): void {
  for (const host of network.live)
    for (const { signatureA: signature, ...terms } of network.peer(host).overlay.edges())
      talk.keep(EDGE_END.encode({ terms, signature }));
  for (const frame of talk.said.get(Kind.vote) ?? []) {
    const news = VOTE.decode(frame);
    if (news instanceof Malformed) continue;
    talk.keep(BUMP.encode({ vote: news.vote }));
    const fact = { ...news.vote.fact, digest: news.vote.fact.digest.map((byte) => byte ^ 1) };
    talk.keep(DOUBLE_VOTE.encode({ first: news.vote, second: { ...news.vote, fact } }));
  }
  talk.keep(SYNC_DELTA.encode(NOTHING_NEW));
}

const NOTHING_NEW = {
  buckets: [],
  certificates: [],
  votes: [],
  edges: { made: [], ended: [] },
  yours: undefined,
  answer: true,
  last: true,
  more: false,
  fresh: true,
};
