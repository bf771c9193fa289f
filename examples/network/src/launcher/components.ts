/** How many parts a graph falls into. Neighbours that are not among its nodes do not count. */
export function countComponents(graph: ReadonlyMap<string, readonly string[]>): number {
  const unseen = new Set(graph.keys());
  let components = 0;
  for (const start of graph.keys()) {
    if (!unseen.delete(start)) continue;
    components++;
    const waiting = [start];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      for (const next of graph.get(node) ?? []) if (unseen.delete(next)) waiting.push(next);
    }
  }
  return components;
}
