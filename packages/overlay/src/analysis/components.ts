import { DisjointSets } from "./disjoint-sets.ts";
import type { Graph } from "./graph.ts";

/** The nodes of each component, the largest component first. */
export function components<Id>(graph: Graph<Id>): Id[][] {
  const sets = new DisjointSets(graph.nodes.length);
  const members = new Map<number, Id[]>();
  for (const position of graph.nodes.keys())
    for (const other of graph.neighboursAt(position)) sets.join(position, other);
  for (const [position, node] of graph.nodes.entries()) {
    const root = sets.find(position);
    const known = members.get(root);
    if (known === undefined) members.set(root, [node]);
    else known.push(node);
  }
  return [...members.values()].toSorted((a, b) => b.length - a.length);
}

/** Share of all nodes that are in the largest component: 1 when the network is in one piece, 0 when it has no nodes. */
export function giantShare(graph: Graph): number {
  return (components(graph)[0]?.length ?? 0) / Math.max(1, graph.nodes.length);
}
