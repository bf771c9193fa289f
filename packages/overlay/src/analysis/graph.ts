/**
 * An undirected network as it is at one moment. A link is there once, however often and from whichever end it is told;
 * a link of a node with itself is none. A node is named by whatever a `Map` tells apart, strings and numbers say.
 * Algorithms speak of nodes by their position in `nodes`.
 */
export class Graph<Id = unknown> {
  /** All nodes, in the order they were first named. */
  readonly nodes: readonly Id[];
  readonly edgeCount: number;
  readonly #positions: ReadonlyMap<Id, number>;
  /** Of each position. */
  readonly #neighbours: readonly (readonly number[])[];

  /** @param nodes some or all of the nodes: those without any link are named nowhere else. */
  constructor(edges: Iterable<readonly [Id, Id]>, nodes: Iterable<Id> = []) {
    const positions = new Map<Id, number>();
    for (const node of nodes) place(positions, node);
    const pairs = Array.from(edges, ([a, b]) => [place(positions, a), place(positions, b)] as const);
    this.#positions = positions;
    this.nodes = [...positions.keys()];
    const distinct = withoutRepeats(pairs, this.nodes.length);
    this.edgeCount = distinct.length;
    this.#neighbours = adjacency(distinct, this.nodes.length);
  }

  /** Where `node` stands in `nodes`. @throws RangeError when it is not there. */
  positionOf(node: Id): number {
    const position = this.#positions.get(node);
    if (position === undefined) throw new RangeError(`no such node: ${String(node)}`);
    return position;
  }

  /** Positions of the neighbours of the node at `position`. */
  neighboursAt(position: number): readonly number[] {
    return this.#neighbours[position] as readonly number[];
  }

  /** Number of neighbours of each node, in the order of `nodes`. */
  get degrees(): number[] {
    return this.#neighbours.map(({ length }) => length);
  }

  /** Every link once. */
  *edges(): Generator<[Id, Id], void, undefined> {
    for (const [position, node] of this.nodes.entries())
      for (const other of this.neighboursAt(position))
        if (position < other) yield [node, this.nodes[other] as Id];
  }

  /** What is left when `gone` and their links go. @throws RangeError when one of them is not there. */
  without(gone: Iterable<Id>): Graph<Id> {
    const positions = new Set(Array.from(gone, (node) => this.positionOf(node)));
    const isLeft = (node: Id): boolean => !positions.has(this.positionOf(node));
    const edges = [...this.edges()].filter(([a, b]) => isLeft(a) && isLeft(b));
    return new Graph(edges, this.nodes.filter(isLeft));
  }
}

type Pair = readonly [number, number];

function place<Id>(positions: Map<Id, number>, node: Id): number {
  const known = positions.get(node);
  if (known === undefined) positions.set(node, positions.size);
  return known ?? positions.size - 1;
}

function withoutRepeats(pairs: readonly Pair[], nodeCount: number): Pair[] {
  const seen = new Set<number>();
  return pairs.filter(([a, b]) => {
    const key = Math.min(a, b) * nodeCount + Math.max(a, b);
    return a !== b && !seen.has(key) && seen.add(key);
  });
}

function adjacency(pairs: readonly Pair[], nodeCount: number): number[][] {
  const neighbours: number[][] = Array.from({ length: nodeCount }, () => []);
  for (const [a, b] of pairs) {
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  return neighbours;
}
