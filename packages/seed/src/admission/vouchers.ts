import type { Registration } from "@p2p/consensus";
import type { PeerId } from "@p2p/identity";
import type { Refusal } from "@p2p/wire";
import { type InvitationOffice, Invitations } from "./invitations.ts";

/** Whom an operator stands up for: those whom it invited, and those in its list. */
export class Vouchers {
  readonly #invitations: Invitations;
  readonly #allowed: ReadonlySet<PeerId>;

  constructor(inviters: Iterable<PeerId>, allowed: Iterable<PeerId>, office: InvitationOffice) {
    this.#invitations = new Invitations(inviters, office);
    this.#allowed = new Set(allowed);
  }

  /** Why nobody stands up for the peer of a verified registration; nothing when somebody does. At most one signature check. */
  faultOf(registration: Registration): string | undefined {
    return this.#allowed.has(registration.peer) ? undefined : this.#invitations.faultOf(registration);
  }

  /** A refusal of whom nobody stands up for, with what would help; if it brings a token, why that does not. */
  advise({ code, detail }: Refusal, { peer, token = NOTHING }: Registration, fault: string): Refusal {
    const plea = this.#invitations.areTaken
      ? `ask the operator of the seeds to invite the key ${peer}`
      : `ask the operator of the seeds, naming the key ${peer}`;
    return { code, detail: `${detail}${token.length === 0 ? "" : `; ${fault}`}; ${plea}` };
  }
}

const NOTHING = new Uint8Array(0);
