import { type Random, shuffle } from "@p2p/wire";
import type { Graph } from "./graph.ts";

/** The order in which nodes fail at random. */
export function randomRemoval<Id>(graph: Graph<Id>, random: Random): Id[] {
  return shuffle(graph.nodes, random);
}

/** The order of an attack on the hubs as they were before it began: by degree, of equals the one named first. */
export function degreeRemoval<Id>(graph: Graph<Id>): Id[] {
  const degrees = graph.degrees;
  const byDegree = [...degrees.keys()].toSorted((a, b) => (degrees[b] as number) - (degrees[a] as number));
  return byDegree.map((position) => graph.nodes[position] as Id);
}

/** The order of an attack that looks again after every strike: always one that has most links left. */
export function recomputedDegreeRemoval<Id>(graph: Graph<Id>): Id[] {
  const left = graph.degrees;
  const ranks = new Ranks(left);
  const order: Id[] = [];
  for (let position = ranks.top(); position !== undefined; position = ranks.top()) {
    order.push(graph.nodes[position] as Id);
    for (const other of graph.neighboursAt(position)) ranks.demote(other);
  }
  return order;
}

/** Who has how many links left. Degrees only fall, so one walk down the levels finds the top each time. */
class Ranks {
  /** Current degrees; −1 for who is out. */
  readonly #degrees: Int32Array;
  /** Who had each degree at some time, entries that have become stale included: at most 2 × links + nodes. */
  readonly #levels: number[][] = [];
  #highest: number;

  constructor(degrees: readonly number[]) {
    this.#degrees = Int32Array.from(degrees);
    this.#highest = degrees.reduce((most, degree) => Math.max(most, degree), 0);
    for (let level = 0; level <= this.#highest; level++) this.#levels.push([]);
    for (const [position, degree] of degrees.entries()) this.#levels[degree]?.push(position);
  }

  /** Takes one of the highest degree out; `undefined` when all are. */
  top(): number | undefined {
    for (; this.#highest >= 0; this.#highest--) {
      const level = this.#levels[this.#highest] as number[];
      for (let position = level.pop(); position !== undefined; position = level.pop()) {
        if (this.#degrees[position] !== this.#highest) continue;
        this.#degrees[position] = -1;
        return position;
      }
    }
    return undefined;
  }

  /** One link less, unless it is out. */
  demote(position: number): void {
    const degree = this.#degrees[position] as number;
    if (degree < 0) return;
    this.#degrees[position] = degree - 1;
    this.#levels[degree - 1]?.push(position);
  }
}
