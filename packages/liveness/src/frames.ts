import { type Field, FrameType, integer, Kind, record } from "@p2p/wire";

/** "Are you there?", over a member link. Answered with {@link PONG}. PROTOCOL.md §6. */
export interface Ping {
  /** Counts the pings of one end of one link, from 1. */
  readonly sequence: number;
}

/** The answer to a {@link Ping}. */
export interface Pong {
  /** The ping's. */
  readonly sequence: number;
}

const body: Field<Ping> = record({ sequence: integer(1) });

export const PING: FrameType<Ping> = new FrameType(Kind.ping, "PING", body);
export const PONG: FrameType<Pong> = new FrameType(Kind.pong, "PONG", body);
