import type { NetworkId, PeerId, Signer, Verifier } from "@p2p/identity";
import type { Address } from "./address.ts";
import { BARRED_AT, BLAME_POINTS, type Offence } from "./blame.ts";
import type { Clock } from "./clock.ts";
import { Malformed } from "./codec.ts";
import type { Connection, Room } from "./connection.ts";
import { type FrameType, proves } from "./frame.ts";
import type { Random } from "./random.ts";
import { SafeEmitter } from "./safe-emitter.ts";
import type { CloseReason } from "./transport.ts";

/** What a node is and stands on: the ports that everything which speaks over its links shares. */
export interface Local {
  readonly id: PeerId;
  readonly signer: Signer;
  readonly verifier: Verifier;
  readonly networkId: NetworkId;
  readonly clock: Clock;
  readonly random: Random;
  /** Where this node can be dialled, once it listens. */
  readonly address: Address | undefined;
}

export interface LinkSetEvents {
  /** A connection stands in the set and can be sent to. */
  joined: [connection: Connection];
  /** A connection is gone from the set. With "replaced", its successor stands in it already and `joined` follows. */
  left: [connection: Connection, reason: CloseReason];
  /** A connection that refused a frame takes frames again. */
  drained: [connection: Connection];
}

/** Gets each frame of its type: what it carries, whom it came from, and the bytes as they came (never to be changed). */
export type RouteHandler<T> = (value: T, from: Connection, frame: Uint8Array) => void;

/** What is done about a connection whose far end misbehaved. */
export type Judge = (connection: Connection, offence: Offence, detail: string) => void;

interface Route {
  readonly type: FrameType<unknown>;
  readonly handle: RouteHandler<unknown>;
}

/**
 * The connections of one kind that a node has, and the routes of what arrives on them.
 *
 * Frames of a kind without a route are ignored (a newer minor version may send them); a frame that its type cannot
 * read ends the connection. Each frame is handled in its own try: what a listener throws is thrown again from a
 * task of the clock, so nothing is swallowed and nothing else is disturbed.
 */
export class LinkSet extends SafeEmitter<LinkSetEvents> implements Room, Iterable<Connection> {
  /** The node whose links these are. */
  readonly local: Local;
  readonly #connections = new Set<Connection>();
  readonly #byId = new Map<PeerId, Connection>();
  readonly #routes = new Map<number, Route>();
  readonly #judge: Judge;

  /** @param judge default: what would bar by itself ends the connection, and nothing is remembered. */
  constructor(local: Local, judge: Judge = cut) {
    super(local.clock);
    this.local = local;
    this.#judge = judge;
  }

  get size(): number {
    return this.#connections.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#connections[Symbol.iterator]();
  }

  /** The newest connection with `id`. */
  get(id: PeerId): Connection | undefined {
    return this.#byId.get(id);
  }

  has(id: PeerId): boolean {
    return this.#byId.has(id);
  }

  /**
   * Hands every frame of `type` to `handle`, once its sender has proved what the type asks for.
   * @throws TypeError when the kind has a route already.
   */
  route<T>(type: FrameType<T>, handle: RouteHandler<T>): void {
    const taken = this.#routes.get(type.kind);
    if (taken) throw new TypeError(`frames of kind ${type.kind} (${taken.type.name}) have a route already`);
    this.#routes.set(type.kind, { type, handle: handle as RouteHandler<unknown> });
  }

  /** Sends the same bytes to every connection but `except`; one that does not take them is passed over. */
  broadcast(frame: Uint8Array, except?: Connection): void {
    for (const connection of this.#connections) if (connection !== except) connection.send(frame);
  }

  /** Puts a new connection in, in place of `replaced` if given. For the lobby. */
  add(connection: Connection, replaced?: Connection): void {
    this.#connections.add(connection);
    this.#byId.set(connection.id, connection);
    replaced?.close({ kind: "replaced" });
    this.emit("joined", connection);
  }

  received(connection: Connection, frame: Uint8Array): void {
    const route = this.#routes.get(frame[0] as number);
    if (!route || !proves(connection.remote.proof, route.type.proof)) return;
    const value = route.type.decode(frame);
    if (value instanceof Malformed) {
      connection.blame("malformed", value.detail);
      return;
    }
    try {
      route.handle(value, connection, frame);
    } catch (error) {
      this.local.clock.after(0, () => {
        throw error;
      });
    }
  }

  drained(connection: Connection): void {
    this.emit("drained", connection);
  }

  ended(connection: Connection, reason: CloseReason): void {
    if (!this.#connections.delete(connection)) return;
    if (this.#byId.get(connection.id) === connection) this.#byId.delete(connection.id);
    this.emit("left", connection, reason);
  }

  blamed(connection: Connection, offence: Offence, detail: string): void {
    this.#judge(connection, offence, detail);
  }
}

function cut(connection: Connection, offence: Offence, detail: string): void {
  if (BLAME_POINTS[offence] >= BARRED_AT) connection.close({ kind: "misbehaved", detail });
}
