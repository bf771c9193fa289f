import type { Certificate, Member } from "@p2p/consensus";
import { Bulletin } from "./bulletin.ts";
import type { PeerNews } from "./events.ts";
import type { Office } from "./office.ts";
import { removalReasonOf } from "./removal-reason.ts";
import type { Settlement } from "./tally.ts";

/**
 * Passes on what holds now: to every linked peer, the one it is about included, and to the other seeds unless one of
 * them brought it, since that one tells them all itself. Each certificate once; who was not linked catches up when it is.
 */
export class Herald {
  readonly #office: Office;

  readonly #forPeers: Bulletin;
  readonly #forSeeds: Bulletin;

  constructor(office: Office) {
    this.#office = office;
    const { agenda, lobby } = office;
    this.#forPeers = new Bulletin(agenda, (frame, except) => lobby.links.broadcast(frame, except));
    this.#forSeeds = new Bulletin(agenda, (frame) => lobby.seeds.broadcast(frame));
  }

  announce(settlement: Settlement): void {
    const { certificate, from } = settlement;
    if (from?.remote.role !== "seed") this.#forSeeds.add(certificate, undefined);
    this.#forPeers.add(certificate, from);
    this.#tell(settlement);
  }

  /** The leases of these are over. Everybody finds that out by himself; only this seed's owner is told. */
  expired(members: Iterable<Member>): void {
    for (const { peer, incarnation, address } of members)
      this.#office.tell("removed", { peer, incarnation, address, reason: "expired" });
  }

  #tell({ certificate, standing, before }: Settlement): void {
    const { tell } = this.#office;
    if (standing.kind === "member") return tell("added", newsOf(certificate));
    // Of somebody who was not listed here it is no news that he is not.
    if (before?.kind !== "member") return;
    const { incarnation } = standing;
    tell("removed", { ...newsOf(before.certificate), incarnation, reason: removalReasonOf(certificate) });
  }
}

/** Who is listed by an ADD, and where. */
function newsOf({ fact, registration }: Certificate): PeerNews {
  if (registration === undefined) throw new TypeError("an ADD without its registration was never verified");
  return { peer: fact.peer, incarnation: fact.incarnation, address: registration.address };
}
