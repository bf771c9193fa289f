import { pick, type Random } from "@p2p/wire";

/** Who is linked to whom, by number. */
export type Edges = (readonly [number, number])[];

export function line(size: number): Edges {
  return Array.from({ length: size - 1 }, (_, number) => [number, number + 1]);
}

export function star(size: number): Edges {
  return Array.from({ length: size - 1 }, (_, number) => [number + 1, 0]);
}

export function tree(size: number): Edges {
  return Array.from({ length: size - 1 }, (_, number) => [number + 1, number >> 1]);
}

export function mesh(size: number): Edges {
  const edges: Edges = [];
  for (let a = 0; a < size; a++) for (let b = a + 1; b < size; b++) edges.push([a, b]);
  return edges;
}

/** A tree and every `nth` of the other pairs. */
export function partial(size: number, nth: number): Edges {
  const edges = tree(size);
  const known = new Set(edges.map(([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}`));
  const others = mesh(size).filter(([a, b]) => !known.has(`${a} ${b}`));
  return [...edges, ...others.filter((_, index) => index % nth === 0)];
}

/** Each at its place in a row, the last linked to the first. */
export function ring(size: number): Edges {
  return [...line(size), [size - 1, 0]];
}

/** As Barabási and Albert grow it: each newcomer links to `m` others, drawn by their degrees. */
export function powerLaw(size: number, m: number, random: Random): Edges {
  const edges = mesh(m + 1);
  const ends = edges.flat();
  for (let newcomer = m + 1; newcomer < size; newcomer++) {
    const chosen = new Set<number>();
    while (chosen.size < m) chosen.add(pick(ends, random) as number);
    for (const other of chosen) {
      edges.push([newcomer, other]);
      ends.push(newcomer, other);
    }
  }
  return edges;
}

/** How many hops each number is away from `from`. */
export function hopsFrom(from: number, edges: Edges): Map<number, number> {
  const hops = new Map([[from, 0]]);
  for (let frontier = [from]; frontier.length > 0; ) {
    const reached = frontier.flatMap((at) => edges.flatMap((edge) => otherEnd(edge, at)));
    frontier = [...new Set(reached)].filter((number) => !hops.has(number));
    const next = Math.max(...hops.values()) + 1;
    for (const number of frontier) hops.set(number, next);
  }
  return hops;
}

function otherEnd([a, b]: readonly [number, number], at: number): number[] {
  return a === at ? [b] : b === at ? [a] : [];
}
