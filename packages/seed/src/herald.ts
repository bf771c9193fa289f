import { CERTIFICATES, type Certificate, type Ledger, type Member } from "@p2p/consensus";
import type { Connection } from "@p2p/wire";
import { Bulletin } from "./bulletin.ts";
import type { PeerNews } from "./events.ts";
import type { Office } from "./office.ts";
import { removalReasonOf } from "./removal-reason.ts";
import type { Settlement } from "./tally.ts";

/**
 * Passes on what holds now: to every linked member, to the one it is about, and to the other seeds unless one of them
 * brought it, since that one tells them all itself. Each certificate once; who was not linked catches up when it is. Who
 * only waits to be a member is told of nobody else, since it reads the list once it is one: of ten thousand that come at
 * once, each would be told of all. PROTOCOL.md §10.5.
 */
export class Herald {
  readonly #office: Office;
  readonly #ledger: Ledger;
  readonly #forMembers: Bulletin;
  readonly #forSeeds: Bulletin;

  constructor(office: Office, ledger: Ledger) {
    this.#office = office;
    this.#ledger = ledger;
    const { agenda, lobby } = office;
    this.#forMembers = new Bulletin(agenda, (frame, except) => this.#tellMembers(frame, except));
    this.#forSeeds = new Bulletin(agenda, (frame) => lobby.seeds.broadcast(frame));
  }

  announce(settlement: Settlement): void {
    const { certificate, from } = settlement;
    if (from?.remote.role !== "seed") this.#forSeeds.add(certificate, undefined);
    this.#forMembers.add(certificate, from);
    this.#tellRemoved(certificate);
    this.#tell(settlement);
  }

  /** The leases of these are over. Everybody finds that out by himself; only this seed's owner is told. */
  expired(members: Iterable<Member>): void {
    for (const { peer, incarnation, address } of members)
      this.#office.tell("removed", { peer, incarnation, address, reason: "expired" });
  }

  #tellMembers(frame: Uint8Array, except: Connection | undefined): void {
    for (const link of this.#office.lobby.links) {
      if (link !== except && this.#ledger.isMember(link.id)) link.send(frame);
    }
  }

  /** Who is no member any more is not among those who are told. */
  #tellRemoved(certificate: Certificate): void {
    const { peer } = certificate.fact;
    if (this.#ledger.isMember(peer)) return;
    this.#office.lobby.links.get(peer)?.send(CERTIFICATES.encode({ certificates: [certificate] }));
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
