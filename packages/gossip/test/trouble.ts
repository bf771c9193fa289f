import type { Random } from "@p2p/wire";
import { flood, type GossipCounts, type Strategy } from "../src/index.ts";
import type { Edges } from "./graphs.ts";
import type { Citizen, Town } from "./town.ts";

/** The longest interval of repair at the default pace. */
export const INTERVAL_MS = 13_000;

/** Flood that loses each frame with that chance, as links that break and queues that overflow do. */
export function lossy(chance: number, random: Random): Strategy {
  return (neighbours, from, pass) =>
    flood(neighbours, from, (neighbour) => {
      if (random.next() >= chance) pass(neighbour);
    });
}

/** Passes nothing on, not even what the node says itself. */
export const nothing: Strategy = () => undefined;

/** Each of `speakers` says `count` messages, `everyMs` apart. Answers how many that were. */
export function talk(town: Town, speakers: readonly Citizen[], count: number, everyMs: number): number {
  for (let number = 0; number < count; number++) {
    for (const speaker of speakers) speaker.gossip.publish(`${speaker.host.name} ${town.world.now}`);
    town.world.run(everyMs);
  }
  return speakers.length * count;
}

/** Dials again and again whoever of `edges` is not linked, as an overlay would. */
export function keepLinked(town: Town, edges: Edges, everyMs = 1000): void {
  for (const [a, b] of edges.map(([a, b]) => [town.at(a), town.at(b)] as const)) {
    const areUp = a.host.isUp && b.host.isUp;
    if (areUp && !a.lobby.links.has(b.id) && !b.lobby.links.has(a.id)) a.dial(b);
  }
  town.world.after(everyMs, () => keepLinked(town, edges, everyMs));
}

export function counted(citizens: readonly Citizen[], name: keyof GossipCounts): number {
  return citizens.reduce((sum, { gossip }) => sum + gossip.counts[name], 0);
}

/** Those of `citizens` that did not get all `total` messages but their `own`, each once, and what they got. */
export function amiss(citizens: readonly Citizen[], total: number, own: number): string[] {
  return citizens
    .filter(({ texts }) => texts.length !== total - own || new Set(texts).size !== texts.length)
    .map(({ host, texts }) => `${host.name}: ${new Set(texts).size} of ${total - own} in ${texts.length}`);
}
