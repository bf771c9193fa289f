import type { Registration } from "@p2p/consensus";
import {
  faultOfInvitation,
  INVITATION_BYTES,
  type NetworkId,
  type PeerId,
  readInvitation,
  shortId,
  type Verifier,
  verifyInvitation,
} from "@p2p/identity";

/** What invitations are judged by. */
export interface InvitationOffice {
  readonly networkId: NetworkId;
  readonly verifier: Verifier;
  /** Quorum time. */
  tick(): number;
}

/** Tells good invitations: those of inviters that this seed's operator named. PROTOCOL.md §8.6. */
export class Invitations {
  readonly #inviters: ReadonlySet<PeerId>;
  readonly #office: InvitationOffice;

  constructor(inviters: Iterable<PeerId>, office: InvitationOffice) {
    this.#inviters = new Set(inviters);
    this.#office = office;
  }

  /** Whether anybody may invite. */
  get areTaken(): boolean {
    return this.#inviters.size > 0;
  }

  /**
   * Why the token of a registration does not let its peer in, as a sentence; nothing when it does. At most one signature
   * check, and none when nobody may invite.
   */
  faultOf({ peer, token }: Registration): string | undefined {
    if (token === undefined || token.length === 0) return "it brings no invitation";
    if (!this.areTaken) return "this seed takes no invitations";
    const { networkId, verifier } = this.#office;
    const invitation = readInvitation(token);
    if (invitation === undefined) {
      const hint = token.length === INVITATION_BYTES ? "of another version" : `of ${token.length} bytes`;
      return `its token, ${hint}, is no invitation: these have ${INVITATION_BYTES} bytes`;
    }
    const fault = faultOfInvitation(invitation, { networkId, peer, tick: this.#office.tick() });
    if (fault !== undefined) return `its invitation ${fault}`;
    const { inviter } = invitation;
    if (!this.#inviters.has(inviter))
      return `its invitation is by ${shortId(inviter)}, whom this seed's operator has not named as an inviter`;
    return verifyInvitation(invitation, verifier) ? undefined : "the signature of its invitation is false";
  }
}
