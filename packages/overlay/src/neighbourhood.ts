import type { Edge, PeerId } from "@p2p/identity";
import type { Connection } from "@p2p/wire";
import type { Neighbour } from "./neighbour.ts";

/** Most lost neighbours that are remembered; of more, the one lost first is forgotten. */
const AWAY_MAX = 128;

/**
 * The neighbours of a node: those near, whose link stands or was lost a moment ago, and those away, given up but
 * remembered with owner and edge until the edge lapses, in case they come back.
 */
export class Neighbourhood implements Iterable<Neighbour> {
  readonly #near = new Map<PeerId, Neighbour>();
  readonly #away = new Map<PeerId, Neighbour>();

  /** Near neighbours, in the order of their coming. */
  [Symbol.iterator](): Iterator<Neighbour> {
    return this.#near.values();
  }

  get size(): number {
    return this.#near.size;
  }

  /** Links that this node owns, without those being ended and what a seed asked for. */
  get owned(): number {
    return this.#count(({ isOwn, isEnding, isBridge }) => isOwn && !isEnding && !isBridge);
  }

  /** Those of the {@link owned} that have an edge. */
  get ownedEdges(): number {
    return this.#count(
      ({ isOwn, isEnding, isBridge, edge }) => isOwn && !isEnding && !isBridge && edge !== undefined,
    );
  }

  /** Links that a seed asked for, the oldest first: one, or for a moment two. */
  get bridges(): readonly Neighbour[] {
    const bridges = [...this.#near.values()].filter(({ isBridge, isEnding }) => isBridge && !isEnding);
    return bridges.toSorted((one, other) => one.since - other.since);
  }

  /** Links that the other end owns. */
  get inbound(): number {
    return this.#count(({ isOwn }) => !isOwn);
  }

  /** Near neighbours with an edge. */
  get degree(): number {
    return this.#count(({ edge }) => edge !== undefined);
  }

  has(id: PeerId): boolean {
    return this.#near.has(id);
  }

  get(id: PeerId): Neighbour | undefined {
    return this.#near.get(id);
  }

  /** A neighbour near or away. */
  recall(id: PeerId): Neighbour | undefined {
    return this.#near.get(id) ?? this.#away.get(id);
  }

  /** The neighbour whose link `connection` is, now. */
  on(connection: Connection): Neighbour | undefined {
    const neighbour = this.#near.get(connection.id);
    return neighbour?.connection === connection ? neighbour : undefined;
  }

  /** The edges with near neighbours. */
  *edges(): Generator<Edge> {
    for (const { edge } of this.#near.values()) if (edge !== undefined) yield edge;
  }

  /** Takes a neighbour in, or back, in place of what was known under its id. */
  enter(neighbour: Neighbour): void {
    const known = this.recall(neighbour.id);
    if (known !== neighbour) known?.rest();
    this.#away.delete(neighbour.id);
    this.#near.set(neighbour.id, neighbour);
  }

  /** A neighbour is gone, and remembered as long as its edge lasts. */
  leave(neighbour: Neighbour): void {
    if (!this.#near.delete(neighbour.id)) return;
    neighbour.patience.cancel();
    if (neighbour.edge === undefined || neighbour.isEnding) return neighbour.rest();
    this.#away.set(neighbour.id, neighbour);
    const [first] = this.#away.keys();
    if (first !== undefined && this.#away.size > AWAY_MAX) this.forgetAway(first);
  }

  /** Nothing of `id` is remembered; a near neighbour stays. */
  forgetAway(id: PeerId): void {
    this.#away.get(id)?.rest();
    this.#away.delete(id);
  }

  /** Nothing is due any more. */
  rest(): void {
    for (const neighbour of [...this.#near.values(), ...this.#away.values()]) neighbour.rest();
  }

  #count(suits: (neighbour: Neighbour) => boolean): number {
    let count = 0;
    for (const neighbour of this.#near.values()) if (suits(neighbour)) count += 1;
    return count;
  }
}
