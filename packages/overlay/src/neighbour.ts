import type { Edge, EdgeTerms, PeerId } from "@p2p/identity";
import type { Clock, Connection } from "@p2p/wire";
import { Alarm } from "./alarm.ts";

/** One neighbour: who keeps the link up, what both ends signed, and what is due. */
export class Neighbour {
  readonly id: PeerId;
  /** The run of its process. What was agreed with another run is void. */
  readonly session: string;
  /** Monotonic time of its becoming a neighbour; a link that only continues does not change it. */
  readonly since: number;
  /** Whether this node owns the link: offers its edge, renews it, and draws another neighbour when it is lost. */
  readonly isOwn: boolean;
  /** Whether the link may be given up when there are too many: it was drawn or redialled, not an application's wish. */
  readonly isSpare: boolean;
  /** A link that a seed asked for, on top of the m; it becomes one of them when one of them is lost. */
  isBridge = false;
  /** The link, while there is one. */
  connection: Connection | undefined;
  /** The current edge, until it lapses; outlives the link. */
  edge: Edge | undefined;
  /** The terms that were offered last. */
  offered: EdgeTerms | undefined;
  /** Highest incarnation it has named itself. */
  incarnation = 0;
  /** `linked` was told of it, and `unlinked` not yet. */
  isTold = false;
  /** The edge is being ended, by this node's wish. */
  isEnding = false;
  /** When the owner offers the edge again. */
  readonly renewal: Alarm;
  /** When the link is without a valid edge for too long. */
  readonly deadline: Alarm;
  /** When a lost neighbour is given up; later, when an ending that nobody answers is closed anyway. */
  readonly patience: Alarm;

  constructor(connection: Connection, isOwn: boolean, isSpare: boolean, clock: Clock) {
    this.id = connection.id;
    this.session = connection.remote.session;
    this.since = connection.since;
    this.isOwn = isOwn;
    this.isSpare = isSpare;
    this.connection = connection;
    this.renewal = new Alarm(clock);
    this.deadline = new Alarm(clock);
    this.patience = new Alarm(clock);
  }

  /** Whether `connection` only takes the place of the link there was: same owner, same edge. */
  continuesOn(connection: Connection): boolean {
    return connection.remote.replaces && connection.remote.session === this.session;
  }

  /** Its link is up, the first or another one. An ending that the last link cut short is off, and the edge in doubt. */
  resume(connection: Connection): void {
    this.connection = connection;
    this.patience.cancel();
    if (this.isEnding) this.edge = undefined;
    this.isEnding = false;
  }

  /** Nothing is due any more. */
  rest(): void {
    this.renewal.cancel();
    this.deadline.cancel();
    this.patience.cancel();
  }
}
