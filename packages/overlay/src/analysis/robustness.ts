import { DisjointSets } from "./disjoint-sets.ts";
import type { Graph } from "./graph.ts";

/** What is left of a network while its nodes go, one after the other. */
export class RobustnessCurve {
  readonly #nodeCount: number;
  /** Nodes in the largest component after 0, 1, 2, … have gone. */
  readonly #giants: Uint32Array;

  /**
   * @param order who goes, first to last, such as `randomRemoval` or an order of your own; who is not in it stays.
   * @throws RangeError when somebody in `order` is not in `graph`, or goes twice.
   */
  constructor(graph: Graph, order: readonly unknown[]) {
    const positions = order.map((node) => graph.positionOf(node));
    const gone = new Set(positions);
    if (gone.size < positions.length) throw new RangeError("a node goes twice");
    this.#nodeCount = graph.nodes.length;
    this.#giants = new Uint32Array(positions.length + 1);
    // Backwards, as nodes come back: components then only grow, and one pass makes the whole curve.
    const revival = new Revival(graph);
    for (const position of graph.nodes.keys()) if (!gone.has(position)) revival.revive(position);
    this.#giants[positions.length] = revival.largest;
    for (let index = positions.length - 1; index >= 0; index--) {
      revival.revive(positions[index] as number);
      this.#giants[index] = revival.largest;
    }
  }

  /** The largest share of nodes that go: 1 when all do. */
  get removedMax(): number {
    return (this.#giants.length - 1) / this.#nodeCount;
  }

  /**
   * Share of the survivors that are in the largest component when the share `removed` of all nodes has gone, rounded
   * to whole nodes and no more than `removedMax`; 0 when nobody is left.
   */
  at(removed: number): number {
    const gone = Math.min(Math.round(removed * this.#nodeCount), this.#giants.length - 1);
    return (this.#giants[gone] as number) / Math.max(1, this.#nodeCount - gone);
  }

  /**
   * The percolation threshold f_c: the share of all nodes that must go until the largest component has less than
   * `giant` (default 0.05) of all nodes there were; `undefined` when `order` ends before that.
   */
  threshold(giant = 0.05): number | undefined {
    const gone = this.#giants.findIndex((size) => size < giant * this.#nodeCount);
    return gone < 0 ? undefined : gone / this.#nodeCount;
  }
}

/** A network whose nodes come back, and the size of its largest component. */
class Revival {
  largest = 0;
  readonly #graph: Graph;
  readonly #sets: DisjointSets;
  readonly #isHere: Uint8Array;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#sets = new DisjointSets(graph.nodes.length);
    this.#isHere = new Uint8Array(graph.nodes.length);
  }

  revive(position: number): void {
    this.#isHere[position] = 1;
    for (const other of this.#graph.neighboursAt(position))
      if (this.#isHere[other] === 1) this.#sets.join(position, other);
    this.largest = Math.max(this.largest, this.#sets.sizeOf(position));
  }
}
