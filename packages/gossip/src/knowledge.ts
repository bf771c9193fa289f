import type { PeerId } from "@p2p/identity";
import type { Membership } from "./membership.ts";
import type { Origins } from "./origins.ts";
import type { OwnMessages } from "./own-messages.ts";
import { SeenWindow } from "./seen-window.ts";

/** What a {@link Knowledge} looks into. */
export interface KnowledgeSources {
  readonly id: PeerId;
  readonly origins: Origins;
  readonly own: OwnMessages;
  readonly membership: Membership;
}

/** Which messages a node has seen, its own included, and which others it would take if somebody brought them. */
export class Knowledge {
  readonly #sources: KnowledgeSources;

  constructor(sources: KnowledgeSources) {
    this.#sources = sources;
  }

  /** What was seen of a run; undefined if it is not known, or its time is over. */
  seen(origin: PeerId, incarnation: number, now: number): SeenWindow | undefined {
    const { id, origins, own } = this.#sources;
    if (origin === id) return own.seen(incarnation);
    const run = origins.find(origin, incarnation, now);
    return run === undefined || run === "stale" ? undefined : run.window;
  }

  /**
   * The same of a run of which more would be taken, an empty window if nothing of it was met yet; undefined if nothing
   * would be taken; "unknown" if nobody has vouched for its origin yet.
   */
  wanted(origin: PeerId, incarnation: number, now: number): SeenWindow | "unknown" | undefined {
    const { id, origins, membership } = this.#sources;
    if (origin === id) return undefined;
    const run = origins.find(origin, incarnation, now);
    if (run === "stale") return undefined;
    if (run !== undefined) return run.window;
    const standing = membership.standing(origin, incarnation);
    if (standing === "unknown") return standing;
    return standing === "member" ? SeenWindow.of(0, []) : undefined;
  }
}
