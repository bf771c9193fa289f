import type { Edge } from "@p2p/identity";
import { EDGES, type Edges, ITEMS_A_FRAME } from "../frames.ts";

/** Edges, and ends of edges, that are kept to be told again; beyond, the oldest go. */
export const EDGES_MAX = 256;

/** What a peer told the seeds of its edges, so that a seed that it links anew can be told the same. */
export class ToldEdges {
  /** By both ends: what stands, made or ended, newest last. */
  readonly #entries = new Map<string, Entry>();

  /** How many are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Takes news of edges. Renewed ones take the place of what they renew. */
  enter(made: Iterable<Edge>, ended: Iterable<Edge>, now: number): void {
    for (const edge of made) this.#put({ edge, hasEnded: false, lapsesAt: lapsesAt(edge, now) });
    for (const edge of ended) this.#put({ edge, hasEnded: true, lapsesAt: lapsesAt(edge, now) });
  }

  /** Everything that still matters, as frames. An edge matters for its own span since it was entered. */
  frames(now: number): readonly Uint8Array[] {
    for (const [key, { lapsesAt: end }] of this.#entries) if (end <= now) this.#entries.delete(key);
    const entries = [...this.#entries.values()];
    const [made, ended] = [
      entries.filter((entry) => !entry.hasEnded),
      entries.filter((entry) => entry.hasEnded),
    ];
    return edgeFrames({ made: made.map(({ edge }) => edge), ended: ended.map(({ edge }) => edge) });
  }

  #put(entry: Entry): void {
    const key = `${entry.edge.a}${entry.edge.b}`;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > EDGES_MAX) this.#entries.delete(this.#entries.keys().next().value as string);
  }
}

/** EDGES frames of at most 64 edges and 64 ends each; none when there is nothing to say. */
export function edgeFrames({ made, ended }: Edges): readonly Uint8Array[] {
  const count = Math.ceil(Math.max(made.length, ended.length) / ITEMS_A_FRAME);
  return Array.from({ length: count }, (_, index) => {
    const part = (edges: readonly Edge[]): readonly Edge[] =>
      edges.slice(index * ITEMS_A_FRAME, (index + 1) * ITEMS_A_FRAME);
    return EDGES.encode({ made: part(made), ended: part(ended) });
  });
}

interface Entry {
  readonly edge: Edge;
  readonly hasEnded: boolean;
  /** Monotonic, by this peer's clock: the span that the edge claims, counted from its entering. */
  readonly lapsesAt: number;
}

function lapsesAt({ since, until }: Edge, now: number): number {
  return now + (until - since);
}
