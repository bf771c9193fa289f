import type { PeerId } from "@p2p/identity";
import type { Connection } from "./connection.ts";
import type { Local } from "./link-set.ts";
import type { Remote } from "./remote.ts";

/** What decides between two member links of the same two nodes. */
export interface Tie {
  /** The end that dialled. */
  readonly dialler: PeerId;
  /** The far end's run. */
  readonly session: string;
  /** Whether it was dialled to replace a link held for broken. */
  readonly replaces: boolean;
  /** Monotonic time of its making, by this end's clock. */
  readonly since: number;
}

/** For how long two redials count as made at once. */
const AT_ONCE_MS = 10_000;

/**
 * Whether `newcomer` takes the place of `held`. Both ends must come to the same answer, in whatever order they see
 * the two: a new run of the far end replaces the old one; of two links dialled by one end the newer stays; a redial
 * beats a plain dial; of two dialled at once by both ends the smaller id's stays. PROTOCOL.md §4.3.
 */
export function replacesHeld(held: Tie, newcomer: Tie): boolean {
  if (newcomer.session !== held.session) return true;
  if (newcomer.dialler === held.dialler) return true;
  const heldIsRedial = held.replaces && newcomer.since - held.since < AT_ONCE_MS;
  if (newcomer.replaces !== heldIsRedial) return newcomer.replaces;
  return newcomer.dialler < held.dialler;
}

/** That of a link which stands. */
export function tieOf(held: Connection, self: PeerId): Tie {
  const { remote, since } = held;
  const dialler = held.dialled ? self : remote.id;
  return { dialler, session: remote.session, replaces: remote.replaces, since };
}

/** That of a link which is being made. */
export function tieTo(remote: Remote, dialled: boolean, local: Local): Tie {
  const dialler = dialled ? local.id : remote.id;
  return { dialler, session: remote.session, replaces: remote.replaces, since: local.clock.now() };
}
