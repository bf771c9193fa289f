import { Graph } from "@p2p/overlay/analysis";
import { integerBelow, type Random } from "@p2p/wire";

/** Grows as Barabási–Albert does, but each newcomer draws its `m` neighbours without a look at their degrees. */
export function uniformAttachment(count: number, m: number, random: Random): Graph<number> {
  const edges: [number, number][] = [];
  for (let node = 1; node < count; node++) {
    const targets = new Set<number>(node <= m ? Array(node).keys() : []);
    while (targets.size < Math.min(node, m)) targets.add(integerBelow(node, random));
    for (const target of targets) edges.push([node, target]);
  }
  return new Graph(edges);
}

/** `count` nodes, and as many links between pairs drawn at random as Barabási–Albert with `m` would have. */
export function erdosRenyi(count: number, m: number, random: Random): Graph<number> {
  const links = (m * (m + 1)) / 2 + (count - m - 1) * m;
  const pairs = new Set<number>();
  while (pairs.size < links) {
    const [a, b] = [integerBelow(count, random), integerBelow(count, random)];
    if (a < b) pairs.add(a * count + b);
  }
  const edges = Array.from(pairs, (pair) => [Math.floor(pair / count), pair % count] as const);
  return new Graph(edges, Array(count).keys());
}
