import { CERTIFICATE, type Certificate } from "@p2p/consensus";
import type { PeerNews } from "./events.ts";
import type { Office } from "./office.ts";
import type { Settlement } from "./tally.ts";

/**
 * Passes on what holds now: to every linked peer, the one it is about included, and to the other seeds unless one of
 * them brought it, since that one tells them all itself. Each certificate once; who was not linked catches up when it is.
 */
export class Herald {
  readonly #office: Office;

  constructor(office: Office) {
    this.#office = office;
  }

  announce(settlement: Settlement): void {
    const { certificate, from } = settlement;
    const { lobby } = this.#office;
    const frame = CERTIFICATE.encode({ certificate });
    if (from?.remote.role !== "seed") lobby.seeds.broadcast(frame);
    lobby.links.broadcast(frame, from);
    this.#tell(settlement);
  }

  #tell({ certificate, before }: Settlement): void {
    const { tell } = this.#office;
    if (certificate.fact.kind === "add") return tell("added", newsOf(certificate));
    // A tombstone of somebody who was never listed here is no news.
    if (before?.fact.kind !== "add") return;
    tell("removed", {
      ...newsOf(before),
      incarnation: certificate.fact.incarnation,
      reason: certificate.leave === undefined ? "dead" : "left",
    });
  }
}

/** Who is listed by an ADD, and where. */
function newsOf({ fact, registration }: Certificate): PeerNews {
  if (registration === undefined) throw new TypeError("an ADD without its registration was never verified");
  return { peer: fact.peer, incarnation: fact.incarnation, address: registration.address };
}
